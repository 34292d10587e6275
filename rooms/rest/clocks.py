"""Local times of day, which have no zone of their own."""

import re
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_SHORT = "^[0-9]{2}:[0-9]{2}$"
_LONG = "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"


@extend_schema_field({"type": "string", "pattern": _SHORT})
class Clock(serializers.TimeField):
    """As 09:00, and no other way."""

    told = "%H:%M"
    read: ClassVar = ["%H:%M"]
    shape = _SHORT

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format=self.told, input_formats=self.read, **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(self.shape, value):
            self.fail("invalid", format="hh:mm")
        return super().to_internal_value(value)


@extend_schema_field({"type": "string", "pattern": _LONG})
class ClockOfSeconds(Clock):
    """Told as 09:00:00, and read without the seconds too."""

    told = "%H:%M:%S"
    read: ClassVar = ["%H:%M", "%H:%M:%S"]
    shape = _LONG
