"""Forms of the people list."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms import phones
from rooms.accounts import countries, people, people_records
from rooms.accounts.models import Account, Person
from rooms.accounts.time_zones import TimeZoneSelect

LANGUAGES = dict(settings.LANGUAGES)


class TimeZoneOrNone(TimeZoneSelect):
    """All zones, and first one that says what an empty one means."""

    none = ""

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, object] | None = None
    ) -> list[tuple[str | None, list[dict[str, object]], int | None]]:
        groups = super().optgroups(name, value, attrs)
        none = self.create_option(name, "", self.none, not any(value), 0)
        return [(None, [none], 0), *groups]


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "off", "placeholder": "+34 600 123 456"}
        ),
        help_text=_("With its country code. Lists show it masked."),
    )

    class Meta:
        model = Person
        fields = people.FIELDS
        labels = {"name": pgettext_lazy("person", "Name")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "time_zone": TimeZoneOrNone,
        }
        help_texts = {
            "language": _("Invitations and reminders are written in it."),
            "time_zone": _("Times are told in it."),
        }

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        theirs = _("The account's: %(value)s")
        language: Any = self.fields["language"]
        spoken = LANGUAGES[account.language]
        language.choices = [("", theirs % {"value": spoken}), *settings.LANGUAGES]
        zone: Any = self.fields["time_zone"]
        zone.widget.none = theirs % {"value": account.time_zone.replace("_", " ")}
        self.initial["phone"] = phones.grouped(self.instance.phone)

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return phones.parse(typed) if typed else ""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            people.check_somebody(**{one: cleaned[one] for one in ("name", "email", "phone")})
        return cleaned


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.vcf,.txt,.tsv,text/csv,text/vcard"}),
        help_text=_("CSV or vCard, 5,000 people and 2 MB at most."),
    )
    country = forms.ChoiceField(
        label=_("Country of numbers without a country code"),
        required=False,
        help_text=_("Numbers that begin with + or 00 need none."),
    )
    update = forms.BooleanField(
        label=_("Update those that are there"),
        required=False,
        help_text=_(
            "Who is on the list already gets what the file gives: blank fields are filled, others "
            "replaced. Without it they stay as they are."
        ),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country: Any = self.fields["country"]
        country.choices = [("", _("None: tell me which they are")), *countries.choices()]
        country.initial = countries.of_zone(account.time_zone)

    def clean_file(self) -> str:
        """The text of the file."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > people_records.MOST_BYTES:
            raise people_records.too_large()
        return people_records.decode(file.read())
