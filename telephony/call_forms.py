"""The form that finds a call by who called and when."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import phones


class FindForm(forms.Form):
    """What a caller can tell of a call that went wrong; the time is the reader's own."""

    number = forms.CharField(
        label=_("Number that called"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("With the country code, as +34 600 123 456."),
    )
    at = forms.DateTimeField(
        label=_("About when"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Calls up to half an hour before and after it are found."),
    )

    def clean_number(self) -> str:
        """E.164."""
        return phones.parse(self.cleaned_data["number"])

    def clean_at(self) -> dt.datetime:
        """A time that can have been."""
        at: dt.datetime = self.cleaned_data["at"]
        if at > timezone.now() + dt.timedelta(hours=1):
            raise forms.ValidationError(_("This time has not come yet."))
        return at
