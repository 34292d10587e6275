"""The form by which past conferences are looked for; all that is given has to fit."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.accounts.models import Account
from rooms.conferences.history_people import read_number
from rooms.conferences.history_search import Asked
from rooms.models import Room
from rooms.rest.views import ID

MOST_ROOMS = 100  # of which a part of the name is enough
OFFERED = 100  # rooms whose names the browser offers
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 1, 1)  # all zones know moments of them


class SearchForm(forms.Form):
    """Days are those of the current zone. Without any choice it asks for all."""

    q = forms.CharField(
        label=_("Name or e-mail"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("Number or last digits"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, account: Account, room: Room | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.account, self.room = account, room
        self.fields["from"] = _day(pgettext_lazy("a day", "From"))
        self.fields["until"] = _day(pgettext_lazy("a day", "Until"))
        if room is None:
            self.fields["room"] = forms.CharField(
                label=_("Room"),
                max_length=100,
                required=False,
                widget=forms.TextInput(attrs={"list": "rooms", "autocomplete": "off"}),
            )

    @property
    def asks(self) -> bool:
        """Whether anything was chosen."""
        return any(self.data.get(name, "").strip() for name in self.fields)

    @property
    def asked(self) -> Asked:
        """What is looked for; of a valid form."""
        given: dict[str, Any] = self.cleaned_data
        until = given["until"] and given["until"] + dt.timedelta(days=1)
        return Asked(
            self.account,
            name=given["q"],
            number=given["number"],
            since=_midnight(given["from"]),
            until=_midnight(until),
            rooms=(self.room.pk,) if self.room else given["room"],
        )

    def clean_number(self) -> str:
        text: str = self.cleaned_data["number"]
        return read_number(text) if text else ""

    def clean_room(self) -> tuple[str, ...] | None:
        """The ids of the rooms that are meant: by id, by name, or by a part of the name."""
        text: str = self.cleaned_data["room"]
        if not text:
            return None
        mine = Room.objects.filter(account=self.account).order_by()
        if re.fullmatch(ID, text):
            found = list(mine.filter(pk=text))
            self.data = {**self.data, "room": found[0].name} if found else self.data
        else:
            named = mine.filter(name__iregex=re.escape(text))
            found = list(named.only("name")[: MOST_ROOMS + 1])
            exact = [room for room in found if room.name.casefold() == text.casefold()]
            found = exact or found
        if not found:
            raise forms.ValidationError(_("No room is called so."))
        if len(found) > MOST_ROOMS:
            raise forms.ValidationError(_("Too many rooms are called so. Write more of the name."))
        return tuple(room.pk for room in found)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (since := given.get("from")) and (until := given.get("until")) and until < since:
            self.add_error("until", _("This day is before the first one."))
        return given


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    """When the day begins in the current zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min)) if day else None
