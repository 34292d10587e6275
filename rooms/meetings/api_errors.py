"""What functions of meetings refuse, told by the API at the fields that it is about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from rooms.rest.problem import Problem

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
    try:
        yield
    except DjangoValidationError as error:
        if getattr(error, "code", None) in CONFLICTS:
            raise Problem("conflict", " ".join(error.messages)) from error
        raise serializers.ValidationError(_by_field(error, names)) from error


def _by_field(error: DjangoValidationError, names: Mapping[str, str]) -> Any:
    fields = getattr(error, "error_dict", None)
    if fields is None:
        code = str(getattr(error, "code", None) or "")
        if code in RULE or code == "rrule":
            return {"rrule": get_error_detail(error)}
        if code == "first_day":
            return {names.get(code, code): get_error_detail(error)}
        return get_error_detail(error)
    return {
        names.get(name, name): get_error_detail(DjangoValidationError(problems))
        for name, problems in fields.items()
    }
