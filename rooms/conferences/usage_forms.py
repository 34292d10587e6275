"""What happens when the minutes are used up: the owner's choice."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Account

LARGEST_CAP = 10_000_000


class CapForm(forms.Form):
    """Go on, or stop at a number of minutes."""

    then = forms.ChoiceField(
        label=_("When the minutes of a month are used up"),
        choices=[("go_on", _("Calls go on")), ("stop", _("Calls end at a limit"))],
        widget=forms.RadioSelect,
    )
    minutes = forms.IntegerField(
        label=_("Limit, in minutes a month"),
        required=False,
        min_value=1,
        max_value=LARGEST_CAP,
        help_text=_(
            "At the limit nobody else is let in. Those who are talking hear a warning "
            "10 and 2 minutes before their call ends."
        ),
    )

    @classmethod
    def of(cls, account: Account, included: int) -> "CapForm":
        """The form as it stands for the account; the limit that it offers is what is included."""
        then = "go_on" if account.minutes_cap is None else "stop"
        initial = {"then": then, "minutes": account.minutes_cap or included}
        return cls(initial=initial, label_suffix="")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        stops = cleaned.get("then") == "stop"
        if stops and "minutes" in cleaned and cleaned["minutes"] is None:
            self.add_error("minutes", _("Say at how many minutes calls end."))
        if not stops:
            self.errors.pop("minutes", None)
        return cleaned

    @property
    def cap(self) -> int | None:
        """What was chosen, once it is valid."""
        cap: int | None = self.cleaned_data.get("minutes")
        return cap if self.cleaned_data["then"] == "stop" else None
