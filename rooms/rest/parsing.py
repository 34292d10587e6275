"""Reading requests: JSON in, JSON out, and nothing that is not asked for."""

import json
from collections.abc import Callable, Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.request import Request


class StrictJSONParser(JSONParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            parsed = super().parse(stream, media_type, parser_context)
            json.dumps(parsed, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:  # half a character, which nothing can store or answer
            raise ParseError(_("The JSON holds a lone surrogate.")) from error
        return parsed


class AlwaysJson(BaseContentNegotiation):
    """There is one format, so a browser that asks for HTML gets it too."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return next((one for one in parsers if _reads(one, request.content_type)), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


def _reads(parser: Any, content_type: str | None) -> bool:
    media_type: str = parser.media_type
    return (content_type or "").partition(";")[0].strip().lower() == media_type


_Field = serializers.Field[Any, Any, Any, Any]


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know or does not let anybody set, and values of another type.

    The framework takes 0 for a text and "no" for a boolean; the description of the API does not.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refused: dict[str, Any] = {
                str(name): [self._refusal(str(name))]
                for name in data
                if name not in self.fields or self.fields[name].read_only
            }
            refused |= {
                name: wrong
                for name, field in self.fields.items()
                if name in data and name not in refused and (wrong := _wrong(field, data[name]))
            }
            if refused:
                others = {name: one for name, one in data.items() if name not in refused}
                raise ValidationError({**self._other_errors(others), **refused})
        return super().to_internal_value(data)

    def _other_errors(self, data: Any) -> dict[str, Any]:
        """Told together with the refused fields, so that one try shows all that is to be mended."""
        try:
            super().to_internal_value(data)
        except ValidationError as error:
            return dict(error.detail) if isinstance(error.detail, dict) else {}
        return {}

    def _refusal(self, name: str) -> ErrorDetail:
        if name in self.fields:
            return ErrorDetail(_("This field cannot be set. Leave it out."), code="read_only")
        return ErrorDetail(
            _("There is no such field. Leave it out or mend its name."), code="unknown"
        )


def _wrong(field: _Field, value: Any) -> Any:
    """The errors of a value that has not the JSON type its field is described with, if any."""
    if value is None:
        return None  # the field says whether it may be null
    if isinstance(field, serializers.ListField | serializers.ManyRelatedField):
        if not isinstance(value, list):
            return [ErrorDetail(_("Give a list."), code="not_a_list")]
        child = getattr(field, "child", None) or getattr(field, "child_relation", None)
        found = enumerate(_wrong(child, one) for one in value if child)
        return {place: wrong for place, wrong in found if wrong}
    if isinstance(field, serializers.ChoiceField) and not any(
        isinstance(one, str) for one in field.choices
    ):
        return None  # its choices are numbers, which it looks at itself
    for fields, fits, text in _TYPES:
        if isinstance(field, fields) and not fits(value):
            return [ErrorDetail(text, code="invalid")]
    return None


def _is_key(value: Any) -> bool:
    """A text that a database may be asked for."""
    return isinstance(value, str) and "\0" not in value


def _is_whole(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: tuple[tuple[Any, Callable[[Any], bool], Any], ...] = (
    (
        serializers.BooleanField,
        lambda one: isinstance(one, bool),
        gettext_lazy("Give true or false."),
    ),
    (serializers.IntegerField, _is_whole, gettext_lazy("Give a whole number.")),
    (
        serializers.CharField | serializers.ChoiceField,
        lambda one: isinstance(one, str),
        gettext_lazy("Give a text."),
    ),
    (serializers.RelatedField, _is_key, gettext_lazy("Give a text.")),
)


class NoFields(Strict):
    """The body of an action that takes none."""
