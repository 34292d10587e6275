"""The operator's blocks: numbers that may enter no room of the service."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from rooms.accounts import blocked
from rooms.accounts.models import BlockedNumber
from rooms.phones import parse


class BlockForm(forms.ModelForm[BlockedNumber]):
    class Meta:
        model = BlockedNumber
        fields = ("number", "note")

    def clean_number(self) -> str:
        number = parse(self.cleaned_data["number"])
        if BlockedNumber.objects.filter(account=None, number=number).exists():
            raise blocked.BlockedBefore().error_dict["number"][0]
        return number


@admin.register(BlockedNumber)
class BlockedNumberAdmin(ModelAdmin):
    """What accounts block is their own business and not shown."""

    form = BlockForm
    list_display = ("masked_number", "note", "by", "created_at")
    list_select_related = ("by",)
    search_fields = ("=number", "note")
    readonly_fields = ("masked_number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlockedNumber]:
        rows: QuerySet[BlockedNumber] = super().get_queryset(request)
        return rows.filter(account=None)

    def get_fields(self, request: HttpRequest, obj: BlockedNumber | None = None) -> tuple[str, ...]:
        """Whole only where it is typed."""
        return ("masked_number", "note", "by", "created_at") if obj else ("number", "note")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: BlockedNumber, form: Any, change: bool) -> None:
        obj.by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.display(description=_("number"), ordering="number")
    def masked_number(self, row: BlockedNumber) -> str:
        return str(row)
