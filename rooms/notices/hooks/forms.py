"""The form of an endpoint."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.notices.hooks import endpoints
from rooms.notices.hooks.events import TYPES
from rooms.notices.hooks.models import WebhookEndpoint
from rooms.text import check_one_line

# By the first word of an event's name.
GROUPS = {
    "conference": gettext_lazy("Conferences"),
    "participant": gettext_lazy("Who is in a conference"),
    "recording": gettext_lazy("Recordings"),
    "meeting": gettext_lazy("Meetings"),
    "room": gettext_lazy("Rooms"),
    "subscription": gettext_lazy("The plan"),
    "number": gettext_lazy("Blocked numbers"),
}


class EndpointForm(forms.Form):
    """`values()` is what `endpoints.make` and `endpoints.change` take."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.com/anyroom", "autocomplete": "off"}
        ),
        help_text=gettext_lazy("Where your program listens. Events are sent there as they happen."),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"),
        required=False,
        max_length=200,
        validators=[check_one_line],
        help_text=gettext_lazy("For you, such as “Booking site”."),
    )
    which = forms.ChoiceField(
        label=gettext_lazy("It is told of"),
        choices=[
            ("all", gettext_lazy("All events, also ones that are added later")),
            ("some", gettext_lazy("Only those that I choose")),
        ],
        widget=forms.RadioSelect,
        initial="all",
    )
    event_types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(name, one.label) for name, one in TYPES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, data: Any = None) -> "EndpointForm":
        """The form as it stands for the endpoint."""
        chosen = endpoint.event_types
        return cls(
            data,
            initial={
                "url": endpoint.url,
                "description": endpoint.description,
                "which": "some" if chosen else "all",
                "event_types": chosen,
            },
        )

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes of the events, by what they are about."""
        boxes = self["event_types"].subwidgets
        found = groupby(boxes, key=lambda box: box.data["value"].partition(".")[0])
        return [(str(GROUPS[word]), list(some)) for word, some in found]

    def clean_url(self) -> str:
        return endpoints.check_url(self.cleaned_data["url"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("which") == "all":
            self.errors.pop("event_types", None)
            cleaned["event_types"] = []
        elif "event_types" in cleaned and not cleaned["event_types"]:
            self.add_error("event_types", _("Choose at least one event."))
        return cleaned

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("url", "description", "event_types")}
