"""The ids of calls in bodies and answers: opaque, as all ids are, whoever the carrier is."""

from typing import Any

from rest_framework import serializers

from rooms.ids import call_id

# In an address; as of other ids, the first two letters are looked at later.
CALL_ID = "[a-z]{2}_[0-9A-Za-z_-]{1,64}"


class CallIdField(serializers.CharField):
    """Tells a call that is kept by its carrier's id; null where none is known yet."""

    def __init__(self, **options: object) -> None:
        super().__init__(read_only=True, **options)  # type: ignore[arg-type]

    def to_representation(self, value: str) -> Any:
        return call_id(value) if value else None
