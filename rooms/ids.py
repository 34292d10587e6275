"""Public ids: a prefix that says what a thing is and a ULID, as `rm_01jd2k…` (lower case).

They are the primary keys, so that a page, the API and a log line name a row by one word. A ULID
begins with its time, so new rows land at one end of an index.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from ulid import ULID

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


def new_id(prefix: str) -> str:
    """A fresh id of `len(prefix) + 27` characters."""
    return f"{prefix}_{str(ULID()).lower()}"


def call_id(carriers: str) -> str:
    """What programs outside know a call by, whose id at the carrier this is."""
    return f"cl_{carriers}"


class IdField(_CharField):
    """A primary key made by `new_id(prefix)`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        options.update(
            primary_key=True, max_length=32, editable=False, default=partial(new_id, prefix)
        )
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, _options = super().deconstruct()
        return name, path, [self.prefix], {}
