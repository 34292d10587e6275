"""When a meeting takes place, as its form asks for it: day, start, zone, and how it repeats."""

import dataclasses
import datetime as dt
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.accounts.models import check_time_zone
from rooms.accounts.time_zones import TimeZoneSelect
from rooms.meetings import rules, times
from rooms.meetings.models import Meeting
from rooms.meetings.models.meeting import LONGEST, SHORTEST
from rooms.meetings.month_grid import first_weekday
from rooms.meetings.preview import Schedule
from rooms.meetings.repeats import LAST, MOST_COUNT, MOST_INTERVAL, Repeat

# A repeat as one choice: all that rules.check lets pass is one of these, since the first day is
# always a day of its rule.
Frequency = Literal["", "daily", "weekly", "day", "last_day", "weekday", "last_weekday"]
FREQUENCIES: dict[Frequency, Any] = {
    "": _("Once"),
    "daily": _("Daily"),
    "weekly": _("Weekly, on chosen days"),
    "day": _("Monthly, on the same day of the month"),
    "last_day": _("Monthly, on its last day"),
    "weekday": _("Monthly, on the same weekday, such as the second Tuesday"),
    "last_weekday": _("Monthly, on the last such weekday, such as the last Friday"),
}
ENDS = {"never": _("never"), "until": _("after a day"), "count": _("after so many times")}
SHORT_WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
# Which field tells what is wrong with what the model keeps under another name.
FIELDS = {
    "month_day": "frequency",
    "week_of_month": "frequency",
    "weekday": "frequency",
    "rrule": "frequency",
    "reminders": "email_leads",
}


class Weekdays(forms.CheckboxSelectMultiple):
    """The days in the order that the reader's weeks have."""

    def optgroups(self, *args: Any, **kwargs: Any) -> Any:
        first = first_weekday()
        order = [(first + n) % 7 for n in range(7)]
        self.choices = [(str(n), SHORT_WEEKDAYS[n]) for n in order]
        return super().optgroups(*args, **kwargs)


class ScheduleForm(forms.Form):
    """Once valid, `repeat` and `cleaned_data["rrule"]` say how it repeats.

    `kept` is the rule that a meeting has: it stays as it is written if it means the same.
    """

    first_day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    starts = forms.TimeField(
        label=_("Start"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    minutes = forms.IntegerField(
        label=_("Length in minutes"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=60,
        widget=forms.NumberInput(attrs={"list": "durations", "inputmode": "numeric"}),
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, widget=TimeZoneSelect, validators=[check_time_zone]
    )
    frequency = forms.ChoiceField(
        label=_("Repeats"), choices=list(FREQUENCIES.items()), required=False
    )
    interval = forms.IntegerField(
        label=_("Every so many days, weeks or months"),
        min_value=1,
        max_value=MOST_INTERVAL,
        initial=1,
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=[(str(n), name) for n, name in enumerate(SHORT_WEEKDAYS)],
        coerce=int,
        required=False,
        widget=Weekdays,
    )
    ends = forms.ChoiceField(
        label=_("Ends"),
        choices=list(ENDS.items()),
        initial="never",
        required=False,
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    count = forms.IntegerField(
        label=_("How many times"), min_value=1, max_value=MOST_COUNT, required=False
    )

    repeat = Repeat()
    kept = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._forget_unasked(data)
        first_day = data.get("first_day")
        if first_day and not {"frequency", "interval", "weekdays", "until", "count"} & set(
            self.errors
        ):
            self._clean_repeat(first_day)
        if not {"first_day", "starts", "time_zone"} & set(self.errors):
            zone: str = data["time_zone"]
            if skipped := times.skipped_text(data["first_day"], data["starts"], zone):
                self.add_error("starts", skipped)
        return data

    def schedule(self) -> Schedule | None:
        """What it means as it is filled in; None while that is wrong or not all there."""
        form = self if self.is_bound else ScheduleForm(self.initial)
        if ScheduleForm.base_fields.keys() & form.errors.keys():
            return None
        data = form.cleaned_data
        return Schedule(
            data["first_day"], data["starts"], data["time_zone"], data["minutes"], form.repeat
        )

    def schedule_problems(self) -> list[str]:
        """What is wrong with it, beside fields that are still empty."""
        errors = self.errors.as_data()
        return [
            message
            for name in ScheduleForm.base_fields
            for error in errors.get(name, [])
            if error.code != "required"
            for message in error.messages
        ]

    def _forget_unasked(self, data: dict[str, Any]) -> None:
        """What belongs to another choice cannot be wrong; what belongs to this one is needed."""
        ends = data.get("ends") if data.get("frequency") else ""
        for name in ("until", "count"):
            if ends != name:
                self.errors.pop(name, None)
                data[name] = None
            elif not data.get(name) and name not in self.errors:
                missing = self.fields[name].error_messages["required"]
                self.add_error(name, ValidationError(missing, code="required"))
        if not data.get("frequency"):
            self.errors.pop("interval", None)

    def _clean_repeat(self, first_day: dt.date) -> None:
        data = self.cleaned_data
        self.repeat = repeat_of(data, first_day)
        try:
            rules.check(self.repeat, first_day)
        except ValidationError as problem:
            tell(self, problem)
            return
        same = self.kept and rules.parse(self.kept).filled(first_day) == self.repeat
        data["rrule"] = self.kept if same else rules.to_rrule(self.repeat)


def tell(form: forms.Form, problem: ValidationError) -> None:
    """Put what planning or rules say beside the field that it is about, or above the form."""
    by_field = problem.error_dict if hasattr(problem, "error_dict") else {problem.code: [problem]}
    for name, problems in by_field.items():
        name = FIELDS.get(name or "", name)
        if name == "first_day" and name not in form.fields:
            name = "day"  # of a form that moves one time
        form.add_error(name if name in form.fields else None, problems)


def repeat_of(data: dict[str, Any], first_day: dt.date) -> Repeat:
    """What was chosen, with what the first day says of it."""
    frequency: Frequency = data["frequency"]
    interval = data.get("interval") or 1
    ends = data.get("ends")
    until = data.get("until") if ends == "until" else None
    count = data.get("count") if ends == "count" else None
    match frequency:
        case "":
            return Repeat()
        case "daily":
            chosen = Repeat("daily")
        case "weekly":
            chosen = Repeat("weekly", weekdays=frozenset(data.get("weekdays") or ()))
        case "day" | "last_day":
            chosen = Repeat("monthly_day", month_day=LAST if frequency == "last_day" else None)
        case _:
            week = LAST if frequency == "last_weekday" else None
            chosen = Repeat("monthly_weekday", week_of_month=week)
    chosen = dataclasses.replace(chosen, interval=interval, until=until, count=count)
    return chosen.filled(first_day)


def initial_of(meeting: Meeting) -> dict[str, Any]:
    """How the form shows a meeting's time."""
    repeat = rules.parse(meeting.rrule).filled(meeting.first_day)
    ends = "until" if repeat.until else "count" if repeat.count else "never"
    return {
        "first_day": meeting.first_day,
        "starts": meeting.starts,
        "minutes": meeting.minutes,
        "time_zone": meeting.time_zone,
        "frequency": _frequency(repeat),
        "interval": repeat.interval,
        "weekdays": [str(day) for day in repeat.weekdays],
        "ends": ends,
        "until": repeat.until,
        "count": repeat.count,
    }


def _frequency(repeat: Repeat) -> Frequency:
    if repeat.frequency == "monthly_day":
        return "last_day" if repeat.month_day == LAST else "day"
    if repeat.frequency == "monthly_weekday":
        return "last_weekday" if repeat.week_of_month == LAST else "weekday"
    return repeat.frequency
