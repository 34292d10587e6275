"""Forms of the room pages."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rooms import dial_in, phones
from rooms.accounts.models import Account
from rooms.models import PhoneNumber, Room

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Room]
    _Numbers = forms.ModelMultipleChoiceField[PhoneNumber]
else:
    _ModelForm = forms.ModelForm
    _Numbers = forms.ModelMultipleChoiceField

ENTRY = (
    "guest_pin",
    "host_pin",
    "waits_for_host",
    "after_hosts",
    "personal_pins",
    "opens_before",
    "known_callers",
)
LINE = ("announcements", "asks_when_alone", "alone_minutes", "records", "recording_days")


class NumbersField(_Numbers):
    """A choice of numbers, shown as people read them and with where they are."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, one: PhoneNumber) -> str:
        place = ", ".join(filter(None, (one.label, one.get_language_display())))
        return f"{phones.grouped(one.number)} ({place})"


class RoomForm(_ModelForm):
    """Everything that an organizer chooses for a room of `account`."""

    shown_numbers = NumbersField(
        PhoneNumber.objects.none(),
        required=False,
        label=_("Numbers to show"),
        help_text=_("On its pages and in invitations. None chosen: all that lead here."),
    )

    class Meta:
        model = Room
        fields = ("name", "language", "greeting", *ENTRY, *LINE, "shown_numbers")
        widgets = {
            "greeting": forms.Textarea(attrs={"rows": 3}),
            "host_pin": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            "guest_pin": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, account: Account, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        room = self.instance if self.instance.pk and not self.instance._state.adding else None
        numbers: QuerySet[PhoneNumber] = dial_in.numbers_for(account.pk, room)
        if len(numbers) > 1:
            self.fields["shown_numbers"].queryset = numbers  # type: ignore[attr-defined]
        else:
            del self.fields["shown_numbers"]

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in the groups that the page shows; the first has no heading."""
        groups = (
            ("", ("name", "language", "greeting")),
            (_("Who gets in"), ENTRY),
            (_("During the call"), LINE),
            (_("Phone numbers"), ("shown_numbers",)),
        )
        return [
            (str(title), [self[name] for name in names if name in self.fields])
            for title, names in groups
            if any(name in self.fields for name in names)
        ]
