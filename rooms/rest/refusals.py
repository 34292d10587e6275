"""What functions of the core refuse, as the API tells it: at the field, or as a conflict."""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from rooms.rest.problem import Problem

Told = Callable[[DjangoValidationError], Any]


def by_field(error: DjangoValidationError) -> Any:
    """The errors of each field that it names, or what it says of the whole."""
    fields = getattr(error, "error_dict", None)
    if fields is None:
        return get_error_detail(error)
    return {name: get_error_detail(DjangoValidationError(one)) for name, one in fields.items()}


def at_field(name: str) -> Told:
    """For a function that knows of no fields: all that it refuses is about this one."""
    return lambda error: {name: get_error_detail(error)}


@contextmanager
def refusals(conflicts: Container[str] | None = None, told: Told = by_field) -> Iterator[None]:
    """Turns ValidationErrors into problems.

    `conflicts` are the codes of those that the state of things is to blame for, whatever is sent;
    None: of all that name no field. The others are `told` at the fields of the request.
    """
    try:
        yield
    except DjangoValidationError as error:
        whole = not hasattr(error, "error_dict")
        code = getattr(error, "code", None)
        if whole and (conflicts is None or code in conflicts):
            raise Problem("conflict", " ".join(error.messages)) from error
        raise serializers.ValidationError(told(error)) from error
