"""A phone number of somebody's in a body or an answer."""

from typing import Any

from rest_framework import serializers

from rooms import phones


class WithPhone(serializers.Serializer[Any]):
    """For serializers with a field `phone`: read as people write it, whole to whom it may be.

    Others get it masked. The context has the `caller`.
    """

    def validate_phone(self, text: str) -> str:
        return phones.parse(text) if text else ""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["caller"].sees_whole_numbers:
            shown["phone"] = phones.masked(shown["phone"])
        return shown
