"""Taking somebody out of the texts of rows, whatever else these say."""

from typing import Any

from django.db.models import JSONField, Model, QuerySet, TextField
from django.db.models.functions import Cast

from rooms.accounts.erasing_subject import Reach, Subject

AT_ONCE = 500


def clear(
    rows: QuerySet[Any],
    *fields: str,
    subject: Subject,
    reach: Reach = Reach.ANYWHERE,
    narrow: bool = False,
) -> int:
    """Take the person out of these fields, texts or JSON; returns of how many rows.

    With `narrow` the database looks first for how the service writes names and numbers, where
    there are many rows; people group digits as they like.
    """
    found = _narrowed(rows, fields, subject) if narrow else rows
    fresh: list[tuple[Any, dict[str, Any]]] = []
    for pk, *values in found.order_by().values_list("pk", *fields).iterator(chunk_size=AT_ONCE):
        cleared = [subject.cleared(value, reach) for value in values]
        if cleared != values:
            fresh.append((pk, dict(zip(fields, cleared, strict=True))))
    for pk, changes in fresh:
        rows.model.objects.filter(pk=pk).update(**_fitting(rows.model, changes))
    return len(fresh)


def _narrowed(rows: QuerySet[Any], fields: tuple[str, ...], subject: Subject) -> QuerySet[Any]:
    """A JSON value is looked into as the text that it is stored as."""
    kinds = {name: rows.model._meta.get_field(name) for name in fields}
    as_text = {
        f"{name}_text": Cast(name, TextField())
        for name, kind in kinds.items()
        if isinstance(kind, JSONField)
    }
    looked_in = [f"{name}_text" if f"{name}_text" in as_text else name for name in fields]
    found: QuerySet[Any] = rows.annotate(**as_text).filter(subject.perhaps_in(*looked_in))
    return found


def _fitting(model: type[Model], changes: dict[str, Any]) -> dict[str, Any]:
    """A mark may be longer than the short name that it replaces."""
    longest = {name: getattr(model._meta.get_field(name), "max_length", None) for name in changes}
    return {
        name: value[: longest[name]] if isinstance(value, str) and longest[name] else value
        for name, value in changes.items()
    }
