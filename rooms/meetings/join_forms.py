"""What an invitee may set on their page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import check_time_zone
from rooms.accounts.time_zones import TimeZoneSelect


class ZoneForm(forms.Form):
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, widget=TimeZoneSelect, validators=[check_time_zone]
    )
