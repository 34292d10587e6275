"""Forms by which people are invited: typed, pasted, and chosen from the people list."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms import phones
from rooms.accounts import countries, people
from rooms.accounts.models import Person, check_time_zone
from rooms.accounts.people_forms import TimeZoneOrNone
from rooms.accounts.time_zones import LongSelect
from rooms.meetings import pasting
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting
from rooms.text import check_one_line

LANGUAGES = dict(settings.LANGUAGES)
FOUND = 30  # of the people list on the page


class GuestForm(forms.Form):
    """Somebody who is invited, or is to be; empty fields mean the account's and the meeting's."""

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=100,
        required=False,
        validators=[check_one_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "off", "placeholder": "+34 600 123 456"}
        ),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, max_length=64, widget=TimeZoneOrNone
    )

    def __init__(self, data: Any, meeting: Meeting, **kwargs: Any) -> None:
        """`meeting` has its room and account."""
        super().__init__(data, label_suffix="", **kwargs)
        spoken = LANGUAGES[meeting.room.account.language]
        language: Any = self.fields["language"]
        none = _("The account's: %(value)s") % {"value": spoken}
        language.choices = [("", none), *settings.LANGUAGES]
        zone: Any = self.fields["time_zone"]
        zone.widget.none = _("The meeting's: %(value)s") % {
            "value": meeting.time_zone.replace("_", " ")
        }

    @classmethod
    def of(cls, data: Any, invitee: Invitee) -> "GuestForm":
        names = ("name", "email", "phone", "language", "time_zone")
        initial = {name: getattr(invitee, name) for name in names}
        initial["phone"] = phones.grouped(invitee.phone)
        return cls(data, invitee.meeting, initial=initial)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return phones.parse(typed) if typed else ""

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone:
            check_time_zone(zone)
        return zone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not data["email"] and not data["phone"]:
            text = _("Give an e-mail address or a phone number.")
            raise ValidationError({"email": ValidationError(text, code="required")})
        return data

    @property
    def guest(self) -> Guest:
        return Guest(**{name: self.cleaned_data[name] for name in vars(Guest())})


class PasteForm(forms.Form):
    """A list of people as text. Once it was read, `problems` tells what it could not read."""

    people = forms.CharField(
        label=_("People, one in a line"),
        max_length=pasting.LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": "Ana Ruiz <ana@example.com>, +34 600 123 456"}
        ),
    )
    country = forms.ChoiceField(
        label=_("Country of numbers without a country code"), required=False, widget=LongSelect
    )
    leave_out = forms.BooleanField(label=_("Leave these lines out"), required=False)

    guests: "list[Guest]"
    problems: "list[tuple[int, str, str]]"
    repeated = 0

    def __init__(self, data: Any, meeting: Meeting, **kwargs: Any) -> None:
        """`meeting` has its room and account."""
        super().__init__(data, label_suffix="", **kwargs)
        self.guests, self.problems = [], []
        country: Any = self.fields["country"]
        country.choices = [("", _("None")), *countries.choices()]
        zones = meeting.room.account.time_zone, meeting.time_zone
        country.initial = next(filter(None, map(countries.of_zone, zones)), "")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            pasted = pasting.parse(data["people"], country=data["country"])
            self.problems = pasted.problems
            self.repeated = len(pasted.repeated)
            self.guests = [Guest(one.name, one.email, one.phone) for one in pasted.people]
            if self.problems and not data["leave_out"]:
                self.add_error("people", _("Nobody is invited yet: mend these lines first."))
        return data


class PeopleChoice:
    """Who is chosen from the people list, across searches: those ticked, or all that match."""

    def __init__(self, data: Any, meeting: Meeting) -> None:
        """`data` is a query: `find`, `person` (ids), `everybody`."""
        self.sought: str = data.get("find", "").replace("\0", "").strip()
        self.everybody = bool(data.get("everybody"))
        self._meeting = meeting
        ticked = [pk.replace("\0", "") for pk in data.getlist("person")]
        reachable = Person.objects.filter(account=meeting.room.account_id)
        self._people = reachable.exclude(email="", phone="")
        self._matching = people.search(self._people, self.sought)
        self.ticked = list(self._people.filter(pk__in=ticked)) if ticked else []

        self.count = self._matching.count()
        first = self._matching.exclude(pk__in=[one.pk for one in self.ticked])
        self.found = list(first[:FOUND])

    @property
    def any(self) -> bool:
        """Whether there is anybody on the list to choose from."""
        return bool(self.sought or self.count or self.ticked)

    @cached_property
    def invited(self) -> set[str]:
        """The ids of those on the page whose address is on the meeting's list already."""
        shown = [*self.ticked, *self.found]
        there = Invitee.objects.invited().filter(
            Q(email__in=[one.email for one in shown if one.email])
            | Q(email="", phone__in=[one.phone for one in shown if one.phone]),
            meeting=self._meeting,
        )
        known = {email or phone for email, phone in there.values_list("email", "phone")}
        return {one.pk for one in shown if (one.email or one.phone) in known}

    @property
    def guests(self) -> list[Guest]:
        """Those who were chosen."""
        names = vars(Guest())
        chosen = self._matching if self.everybody else self.ticked
        return [Guest(**{name: getattr(one, name) for name in names}) for one in chosen]
