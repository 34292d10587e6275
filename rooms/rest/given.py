"""What a request gives in its query or its body: moments, and ids.

Ids of another account are not found, nor are those that nothing has.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.views import ID


def moment(request: Request, name: str) -> dt.datetime | None:
    """A query parameter as RFC 3339, None where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+"))  # what a plus becomes in an address
        found = found.astimezone(dt.UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):  # of the year 0, or as good as
        found = None
    if found is None:
        raise wrong_parameter(name, _("Give a moment in RFC 3339, such as 2026-11-23T09:00:00Z."))
    return found


def chosen(request: Request, name: str, words: Collection[str]) -> str | None:
    """The one of `words` that a query parameter chooses, None where it is not given."""
    word = request.query_params.get(name)
    if word is not None and word not in words:
        what = {"words": ", ".join(words)}
        raise wrong_parameter(name, _("Give one of: %(words)s.") % what)
    return word


def named(request: Request, name: str, rows: "QuerySet[Any]") -> Any:
    """The one among `rows` that a query parameter names, None where it names none.

    Raises Problem for one that is not there.
    """
    pk = request.query_params.get(name, "")
    return _found(rows, pk, parameter=name) if pk else None


def known(rows: "QuerySet[Any]", field: str, given: Mapping[str, Any]) -> Any:
    """The one among `rows` that a field of the body names, None where it is left out or null.

    Raises Problem for one that is not there.
    """
    pk = given.get(field)
    return None if pk is None else _found(rows, pk, pointer=f"/{field}")


def _found(rows: "QuerySet[Any]", pk: str, **place: str) -> Any:
    found = rows.filter(pk=pk).first() if re.fullmatch(ID, pk) else None
    if found is None:
        raise not_there(**place)
    return found


def not_there(**place: str) -> Problem:
    """What an id stands for that was given at this `pointer` of the body, or `parameter`."""
    text = _("There is none with this id.")
    return Problem("not-found", errors=[{**place, "detail": text, "code": "not_found"}])
