"""Forms of the accounts' pages."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms import phones
from rooms.accounts import history
from rooms.accounts.history import Loss
from rooms.accounts.models import Account, Invitation, Membership, Role, Scope, User
from rooms.accounts.models import check_time_zone as _check_time_zone
from rooms.accounts.time_zones import TimeZoneSelect


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password: the browser fills in its time zone."""

    time_zone = forms.CharField(
        required=False,
        max_length=64,
        widget=forms.HiddenInput(attrs={"data-browser-time-zone": True}),
    )

    def clean_time_zone(self) -> str:
        """A zone that we do not know is no reason to turn somebody away."""
        zone: str = self.cleaned_data["time_zone"]
        try:
            _check_time_zone(zone)
        except ValidationError:
            return "UTC"
        return zone

    def signup(self, _request: object, user: User) -> None:
        """allauth calls this before it tells of the sign-up; the account is made in `signup.py`."""
        language = translation.get_language()
        user.language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        user.time_zone = self.cleaned_data["time_zone"]
        user.save(update_fields=["language", "time_zone"])


class StartForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account of somebody who has none."""

    class Meta:
        model = Account
        fields = ("name", "time_zone")
        labels = {"name": _("Name of the account")}
        widgets = {"time_zone": TimeZoneSelect}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The account's settings; keeping less history than there is has to be confirmed.

    `loss` is what would go then, where nobody has confirmed it: the page asks before it saves.
    """

    loss: Loss | None = None

    class Meta:
        model = Account
        fields = ("name", "time_zone", "language", "history_days")
        widgets = {"time_zone": TimeZoneSelect}
        labels = {"history_days": _("Days that history is kept")}
        help_texts = {
            "language": _("New rooms speak it, and so do the e-mails of the account."),
            "history_days": _(
                "Who called, recordings and reports are forgotten after so many days; the minutes "
                "stay. Empty: history is kept as long as the account."
            ),
        }

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        days = self.cleaned_data.get("history_days")
        confirmed = self.data.get("confirmed_days") == str(days)
        if "history_days" in self.changed_data and not confirmed:
            found = history.loss(self.instance, days)
            self.loss = found if found.conferences else None
        return given


class YouForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("name", "language", "time_zone")
        labels = {"name": pgettext_lazy("person", "Name")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "time_zone": TimeZoneSelect,
        }
        help_texts = {
            "language": _("The language of these pages and of what we send you."),
            "time_zone": _("Times are shown to you in this zone."),
        }


def role_field(membership: Membership) -> forms.ChoiceField:
    """A choice of the roles that this member may give, the least first."""
    mine = membership.role
    roles = [role for role in reversed(Role) if role != Role.OWNER or mine == Role.OWNER]
    return forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, str(role.label).capitalize()) for role in roles],
        help_text=_(
            "Organizers use the rooms. Admins also manage members, keys and settings. "
            "Owners do everything."
        ),
    )


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Invitation
        fields = ("email", "role")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(membership)


class RoleForm(forms.Form):
    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(membership)


KEY_LASTS = {
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("a year"),
    "": _("until it is revoked"),
}


# What is not plain from the scope's name.
SCOPES_EXPLAINED = {
    Scope.READ: _("Rooms, conferences, meetings, people and notices. Numbers are masked."),
    Scope.ROOMS: _("Also their codes, and the numbers that are blocked."),
    Scope.MEETINGS: _("Also invitations and calendar feeds; sees the invitees' PINs."),
    Scope.CONTROL: _(
        "Mutes, removes, announces, records, calls people in; gets recordings and sees whole "
        "numbers."
    ),
    Scope.BILLING: _("The plan, the invoices and the limit on minutes."),
    Scope.ADMIN: _("Also its settings, keys and webhooks; sees whole numbers."),
}


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What uses the key, such as “Booking site”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    lasts = forms.ChoiceField(
        label=_("It works for"), choices=list(KEY_LASTS.items()), required=False, initial="90"
    )

    def explained_scopes(self) -> list[tuple[forms.boundfield.BoundWidget, str]]:
        """A box for each scope, and what else there is to say about it."""
        boxes = self["scopes"].subwidgets
        return [(box, str(SCOPES_EXPLAINED[Scope(box.data["value"])])) for box in boxes]

    def expires_at(self) -> dt.datetime | None:
        days = self.cleaned_data["lasts"]
        return timezone.now() + dt.timedelta(days=int(days)) if days else None


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "placeholder": "+34 600 123 456"}
        ),
        help_text=_("With its country code. We text you a code to key in here."),
    )

    def clean_phone(self) -> str:
        return phones.parse(self.cleaned_data["phone"])


class PhoneCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
