"""The form by which a meeting is planned and changed."""

import datetime as dt
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.accounts.models import Account, User
from rooms.meetings import reminders
from rooms.meetings.models import Meeting
from rooms.meetings.schedule_form import ScheduleForm, initial_of
from rooms.meetings.times import zone
from rooms.models import Room
from rooms.notices.models import Notice
from rooms.text import check_one_line

HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60  # minutes
LEADS = (WEEK, DAY, HOUR, 15)
UNITS = {1: _("minutes before"), HOUR: _("hours before"), DAY: _("days before")}
EMAIL, SMS = Notice.Channel.EMAIL, Notice.Channel.SMS

# The model's fields that the form has under the same names.
OWN_FIELDS = (
    *("title", "agenda", "first_day", "starts", "time_zone", "minutes", "rrule"),
    *("quiet_from", "quiet_until"),
)


def lead(minutes: int) -> str:
    """How long before the start, as people say it: "1 day", "90 minutes"."""
    if minutes and minutes % WEEK == 0:
        return ngettext("%(n)d week", "%(n)d weeks", minutes // WEEK) % {"n": minutes // WEEK}
    if minutes and minutes % DAY == 0:
        return ngettext("%(n)d day", "%(n)d days", minutes // DAY) % {"n": minutes // DAY}
    if minutes and minutes % HOUR == 0:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


class LeadsField(forms.TypedMultipleChoiceField):
    """Lead times by one channel; those that a meeting has beside the usual ones are shown too."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple
        super().__init__(coerce=int, required=False, widget=widget, **kwargs)
        self.offer(())

    def offer(self, kept: tuple[int, ...]) -> None:
        """The usual lead times and those `kept`, in the language of whoever reads the form."""
        self.choices = partial(_choices, kept)


def _choices(kept: tuple[int, ...]) -> list[tuple[str, str]]:
    return [(str(one), lead(one)) for one in sorted({*LEADS, *kept}, reverse=True)]


class MeetingForm(ScheduleForm):
    """`cleaned_data` has the model's fields and those of the form's own; `fields_of` sorts them."""

    room = forms.ModelChoiceField(Room.objects.none(), label=_("Room"), empty_label=None)
    title = forms.CharField(label=_("Title"), max_length=150, validators=[check_one_line])
    agenda = forms.CharField(
        label=_("Agenda"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What it is about. The invitation tells it."),
    )
    email_leads = LeadsField(label=_("By e-mail"))
    sms_leads = LeadsField(
        label=_("By SMS"), help_text=_("To those of whom you give a phone number.")
    )
    other_lead = forms.IntegerField(label=_("One more"), min_value=1, required=False)
    other_unit = forms.TypedChoiceField(
        label=_("Unit"), choices=list(UNITS.items()), coerce=int, initial=1, required=False
    )
    other_channel = forms.ChoiceField(
        label=_("Channel"), choices=[(EMAIL, _("by e-mail")), (SMS, _("by SMS"))], required=False
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    tell = forms.BooleanField(label=_("Tell the invitees"), required=False, initial=True)

    @classmethod
    def blank(cls, data: Any, *, account: Account, user: User, room: Room | None) -> "MeetingForm":
        """For a new meeting: at the next full hour of the user's zone, to begin with."""
        at = timezone.localtime(timezone.now(), zone(user.time_zone)) + dt.timedelta(hours=1)
        initial = {
            "room": room,
            "first_day": at.date(),
            "starts": at.time().replace(minute=0, second=0, microsecond=0),
            "time_zone": user.time_zone,
            "minutes": HOUR,
            "email_leads": [str(DAY), "15"],
        }
        form = cls(data, initial=initial, label_suffix="")
        del form.fields["tell"]
        rooms = Room.objects.active().filter(account=account)
        form.fields["room"].queryset = rooms  # type: ignore[attr-defined]
        return form

    @classmethod
    def of(cls, data: Any, meeting: Meeting) -> "MeetingForm":
        """For a meeting that is there; it stays in its room."""
        leads = {
            channel: tuple(
                reminder["minutes"]
                for reminder in meeting.reminders
                if reminder["channel"] == channel
            )
            for channel in (EMAIL, SMS)
        }
        initial = {
            **initial_of(meeting),
            "title": meeting.title,
            "agenda": meeting.agenda,
            "email_leads": [str(minutes) for minutes in leads[EMAIL]],
            "sms_leads": [str(minutes) for minutes in leads[SMS]],
            "quiet_from": meeting.quiet_from,
            "quiet_until": meeting.quiet_until,
        }
        form = cls(data, initial=initial, label_suffix="")
        form.kept = meeting.rrule
        del form.fields["room"]
        for channel, name in ((EMAIL, "email_leads"), (SMS, "sms_leads")):
            form.fields[name].offer(leads[channel])  # type: ignore[attr-defined]
        return form

    def clean_agenda(self) -> str:
        """Browsers send line breaks as CR LF."""
        agenda: str = self.cleaned_data["agenda"]
        return agenda.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (other := data.get("other_lead")) and data.get("other_unit"):
            minutes = other * data["other_unit"]
            if minutes > reminders.LONGEST:
                longest = lead(reminders.LONGEST)
                text = _("At most %(longest)s before the start.") % {"longest": longest}
                self.add_error("other_lead", text)
            chosen = "sms_leads" if data.get("other_channel") == SMS else "email_leads"
            data[chosen] = [*data.get(chosen, []), minutes]
        return data

    def fields_of(self, meeting: Meeting | None = None) -> dict[str, Any]:
        """The model's fields. Reminders that are the same stay as they are written."""
        data = self.cleaned_data
        wanted = {(str(EMAIL), minutes) for minutes in data["email_leads"]}
        wanted |= {(str(SMS), minutes) for minutes in data["sms_leads"]}
        kept = meeting.reminders if meeting else []
        if {(one["channel"], one["minutes"]) for one in kept} != wanted:
            ordered = sorted(wanted, key=lambda one: (one[0], -one[1]))
            kept = [{"channel": how, "minutes": minutes} for how, minutes in ordered]
        return {**{name: data[name] for name in OWN_FIELDS}, "reminders": kept}
