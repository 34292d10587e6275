"""What functions of meetings refuse, told by the API at the fields that it is about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError

from rooms.rest.refusals import at_field, by_field, refusals

# The thing's state forbids it, whatever is sent.
CONFLICTS = frozenset(
    {"cancelled", "archived", "passed", "busy", "over", "tries", "too_late"}
    | {"in", "locked", "full", "blocked", "not_let_in"}
)
# Rules name their parts; a request has one field for all of them.
RULE = frozenset(
    {"frequency", "interval", "weekdays", "month_day", "week_of_month", "weekday", "until", "count"}
)


@contextmanager
def told(**names: str) -> Iterator[None]:
    """Turns ValidationErrors into problems; `names` are fields that requests call otherwise."""
    with refusals(CONFLICTS, lambda error: _by_field(error, names)):
        yield


def _by_field(error: DjangoValidationError, names: Mapping[str, str]) -> Any:
    code = str(getattr(error, "code", None) or "")
    if code in RULE or code == "rrule":
        return at_field("rrule")(error)
    if code == "first_day":
        return at_field(names.get(code, code))(error)
    found = by_field(error)
    if isinstance(found, dict):
        return {names.get(name, name): detail for name, detail in found.items()}
    return found
