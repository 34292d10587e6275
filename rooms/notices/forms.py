"""Which notices a member wants, and when."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.accounts.models import Membership
from rooms.notices import preferences
from rooms.notices.models import Notice
from rooms.notices.preferences import CHANNELS, CHOICES, SMS, Choice


class WantedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A box for each choice and channel, named as `waiting_sms`, and the times."""

    class Meta:
        model = Membership
        fields = ("presence_minutes", "quiet_from", "quiet_until")
        labels = {"quiet_from": gettext_lazy("Quiet from"), "quiet_until": gettext_lazy("Until")}
        widgets = {
            name: forms.TimeInput(format="%H:%M", attrs={"type": "time"})
            for name in ("quiet_from", "quiet_until")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phone = self.instance.user.phone
        for choice in CHOICES:
            chosen = preferences.chosen(self.instance, choice)
            for channel in CHANNELS:
                # Without a phone there are no SMS, whatever a request says.
                self.fields[f"{choice.name}_{channel}"] = forms.BooleanField(
                    required=False,
                    initial=channel in chosen and (channel != SMS or bool(phone)),
                    disabled=channel == SMS and not phone,
                    label=f"{choice.label}: {Notice.Channel(channel).label}",
                )

    def rows(self) -> list[tuple[Choice, list[forms.BoundField]]]:
        return [(one, [self[f"{one.name}_{channel}"] for channel in CHANNELS]) for one in CHOICES]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "quiet_from" in cleaned and "quiet_until" in cleaned:
            start, end = cleaned["quiet_from"], cleaned["quiet_until"]
            if (start is None) != (end is None):
                missing = "quiet_until" if end is None else "quiet_from"
                self.add_error(missing, _("Give both times, or none."))
            elif start is not None and start == end:
                self.add_error("quiet_until", _("Quiet hours have to end at another time."))
        return cleaned

    def save(self, commit: bool = True) -> Membership:
        membership: Membership = self.instance
        channels = {
            choice.name: [one for one in CHANNELS if self.cleaned_data[f"{choice.name}_{one}"]]
            for choice in CHOICES
        }
        times = {field: self.cleaned_data[field] for field in self.Meta.fields}
        preferences.save(membership, channels, **times)
        return membership
