"""How a meeting repeats, as a plain sentence in the reader's language.

It is put together of whole phrases, so that each can take the case and gender that its language
asks for: the weekdays of a week stand in a list, "on the third Tuesday" is one phrase.
"""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from rooms.meetings.repeats import LAST, WORKDAYS, Repeat
from rooms.meetings.times import day_text

SHORTEST_MONTH = 28  # days

ON_WEEKDAYS = (
    # Translators: fills %(days)s of "Every week on %(days)s", in the case that it needs there.
    pgettext_lazy("every week on", "Monday"),
    pgettext_lazy("every week on", "Tuesday"),
    pgettext_lazy("every week on", "Wednesday"),
    pgettext_lazy("every week on", "Thursday"),
    pgettext_lazy("every week on", "Friday"),
    pgettext_lazy("every week on", "Saturday"),
    pgettext_lazy("every week on", "Sunday"),
)
ON_ORDINALS = {
    1: (
        # Translators: fills %(when)s of "Every month %(when)s", with its preposition.
        pgettext_lazy("every month", "on the first Monday"),
        pgettext_lazy("every month", "on the first Tuesday"),
        pgettext_lazy("every month", "on the first Wednesday"),
        pgettext_lazy("every month", "on the first Thursday"),
        pgettext_lazy("every month", "on the first Friday"),
        pgettext_lazy("every month", "on the first Saturday"),
        pgettext_lazy("every month", "on the first Sunday"),
    ),
    2: (
        pgettext_lazy("every month", "on the second Monday"),
        pgettext_lazy("every month", "on the second Tuesday"),
        pgettext_lazy("every month", "on the second Wednesday"),
        pgettext_lazy("every month", "on the second Thursday"),
        pgettext_lazy("every month", "on the second Friday"),
        pgettext_lazy("every month", "on the second Saturday"),
        pgettext_lazy("every month", "on the second Sunday"),
    ),
    3: (
        pgettext_lazy("every month", "on the third Monday"),
        pgettext_lazy("every month", "on the third Tuesday"),
        pgettext_lazy("every month", "on the third Wednesday"),
        pgettext_lazy("every month", "on the third Thursday"),
        pgettext_lazy("every month", "on the third Friday"),
        pgettext_lazy("every month", "on the third Saturday"),
        pgettext_lazy("every month", "on the third Sunday"),
    ),
    4: (
        pgettext_lazy("every month", "on the fourth Monday"),
        pgettext_lazy("every month", "on the fourth Tuesday"),
        pgettext_lazy("every month", "on the fourth Wednesday"),
        pgettext_lazy("every month", "on the fourth Thursday"),
        pgettext_lazy("every month", "on the fourth Friday"),
        pgettext_lazy("every month", "on the fourth Saturday"),
        pgettext_lazy("every month", "on the fourth Sunday"),
    ),
    LAST: (
        pgettext_lazy("every month", "on the last Monday"),
        pgettext_lazy("every month", "on the last Tuesday"),
        pgettext_lazy("every month", "on the last Wednesday"),
        pgettext_lazy("every month", "on the last Thursday"),
        pgettext_lazy("every month", "on the last Friday"),
        pgettext_lazy("every month", "on the last Saturday"),
        pgettext_lazy("every month", "on the last Sunday"),
    ),
}
CHOOSE_TOO = (
    gettext_lazy("%(day)s is a Monday: choose Monday too, or start on another day."),
    gettext_lazy("%(day)s is a Tuesday: choose Tuesday too, or start on another day."),
    gettext_lazy("%(day)s is a Wednesday: choose Wednesday too, or start on another day."),
    gettext_lazy("%(day)s is a Thursday: choose Thursday too, or start on another day."),
    gettext_lazy("%(day)s is a Friday: choose Friday too, or start on another day."),
    gettext_lazy("%(day)s is a Saturday: choose Saturday too, or start on another day."),
    gettext_lazy("%(day)s is a Sunday: choose Sunday too, or start on another day."),
)


def sentence(repeat: Repeat, first_day: dt.date) -> str:
    """When a meeting takes place: "Every 2 weeks on Monday and Friday until 31 December 2026"."""
    repeat = repeat.filled(first_day)
    said = _how_often(repeat)
    if repeat.until:
        return _("%(rule)s until %(day)s") % {"rule": said, "day": day_text(repeat.until)}
    if repeat.count:
        text = ngettext("%(rule)s, %(n)d time", "%(rule)s, %(n)d times", repeat.count)
        return text % {"rule": said, "n": repeat.count}
    return said


def choose_too(first_day: dt.date) -> str:
    """What to do about a first day that is not among the days of the week."""
    return str(CHOOSE_TOO[first_day.weekday()]) % {"day": day_text(first_day)}


def _how_often(repeat: Repeat) -> str:
    n = repeat.interval
    match repeat.frequency:
        case "":
            return _("Once")
        case "daily" if n == 1:
            return _("Every day")
        case "daily":
            return ngettext("Every %(n)d day", "Every %(n)d days", n) % {"n": n}
        case "weekly" if n == 1 and repeat.weekdays == WORKDAYS:
            return _("Every weekday")
        case "weekly" if n == 1:
            return _("Every week on %(days)s") % {"days": _listed(repeat.weekdays)}
        case "weekly":
            text = ngettext("Every %(n)d week on %(days)s", "Every %(n)d weeks on %(days)s", n)
            return text % {"n": n, "days": _listed(repeat.weekdays)}
    when = _in_month(repeat)
    if n == 1:
        return _("Every month %(when)s") % {"when": when}
    text = ngettext("Every %(n)d month %(when)s", "Every %(n)d months %(when)s", n)
    return text % {"n": n, "when": when}


def _listed(weekdays: frozenset[int]) -> str:
    *names, last = (str(ON_WEEKDAYS[day]) for day in sorted(weekdays))
    if not names:
        return last
    return _("%(days)s and %(last)s") % {"days": ", ".join(names), "last": last}


def _in_month(repeat: Repeat) -> str:
    if repeat.week_of_month and repeat.weekday is not None:
        return str(ON_ORDINALS[repeat.week_of_month][repeat.weekday])
    day = repeat.month_day or LAST
    if day == LAST:
        return pgettext("every month", "on the last day")
    if day <= SHORTEST_MONTH:
        return pgettext("every month", "on day %(day)d") % {"day": day}
    text = pgettext("every month", "on day %(day)d (months without it are left out)")
    return text % {"day": day}
