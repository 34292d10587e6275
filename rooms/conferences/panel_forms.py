"""What the buttons and fields of the live panel send."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.conferences import named
from rooms.conferences.actions import LONGEST_TEXT

TOO_OLD = _("This page is out of date. Load it again.")


class ControlForm(forms.Form):
    """A button's value: the name of an action, and the id of whom or what it is about."""

    do = forms.RegexField(
        r"\A[a-z_]{1,20} [a-z]{2}_[0-9a-z]{26}\Z",
        error_messages={"required": TOO_OLD, "invalid": TOO_OLD},
    )

    def clean_do(self) -> tuple[str, str]:
        name, _space, about = self.cleaned_data["do"].partition(" ")
        known = {"pt": set(named.ON_PARTICIPANT), "cf": set(named.ON_CONFERENCE)}
        if name not in known.get(about[:2], set()):
            raise forms.ValidationError(TOO_OLD, code="invalid")
        return name, about


class AnnouncementForm(forms.Form):
    """What is to be said to all."""

    text = forms.CharField(
        label=_("Say to everybody"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
