"""What a browser sends when somebody saves the form of a room."""

from typing import Any

from django.forms import model_to_dict

from rooms.forms import RoomForm
from rooms.models import Room


def filled(room: Room | None = None, **changes: Any) -> dict[str, Any]:
    """The form's fields as they are for `room`, or for a new one, with `changes`."""
    names = [name for name in RoomForm.Meta.fields if name != "shown_numbers"]
    fields = {**model_to_dict(room or Room(), names), **changes}
    return {
        name: value for name, value in fields.items() if value is not None and value is not False
    }
