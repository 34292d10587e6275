"""Which notices a member wants."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import Membership


class WantedForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ("presence_by_email", "presence_by_sms")
        labels = {"presence_by_email": _("By e-mail"), "presence_by_sms": _("By SMS")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A disabled field keeps what is stored, whatever a request says.
        self.fields["presence_by_sms"].disabled = not self.instance.user.phone
