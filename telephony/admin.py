"""The operator's view of the line: every call, and the events that could not be acted on."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.admin import LookOnly
from rooms.conferences.models import Command
from rooms.phones import masked
from telephony import costs, receipts
from telephony.models import Call, IncomingSms, SmsWish, WebhookReceipt


@admin.register(Call)
class CallAdmin(LookOnly):
    list_display = (
        "uuid",
        "status",
        "masked_caller",
        "dialled",
        "room",
        "created_at",
        "duration",
        "price",
    )
    exclude = ("caller", "steps")  # whole numbers and keyed digits are nobody's to browse
    readonly_fields = ("masked_caller",)
    list_select_related = ("room",)
    list_filter = ("status", ("room", admin.EmptyFieldListFilter))
    search_fields = ("=uuid", "=caller", "=conversation_uuid")

    @admin.display(description=_("from"))
    def masked_caller(self, call: Call) -> str:
        return masked(call.caller)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What nobody's minutes tell is told above the list."""
        now = timezone.now()
        cost = costs.of_operator(now.replace(day=1, hour=0, minute=0, second=0), now)
        text = _("Calls that reached no room cost €%(cost).2f this month.") % {"cost": cost}
        context = {"subtitle": text, **(extra_context or {})}
        page: HttpResponse = super().changelist_view(request, context)
        return page


@admin.register(Command)
class CommandAdmin(LookOnly):
    """What conferences were asked for, and what the carrier made of it."""

    list_display = ("kind", "participant", "created_at", "due_at", "done_at", "attempts", "error")
    list_filter = ("kind", ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("=participant__call", "=conference__id")


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(LookOnly):
    list_display = ("call", "received_at", "processed_at", "attempts", "error")
    list_filter = (("processed_at", admin.EmptyFieldListFilter),)
    search_fields = ("=call",)
    actions = ("process_again",)

    @admin.action(description=_("Act on the chosen events again"), permissions=["view"])
    def process_again(self, request: HttpRequest, chosen: QuerySet[WebhookReceipt]) -> None:
        waiting: list[Any] = list(chosen.filter(processed_at=None).values_list("call", "body_hash"))
        for call, body_hash in waiting:
            receipts.process(call, body_hash)
        left = chosen.filter(processed_at=None).count()
        done = len(waiting) - left
        text = ngettext("%(n)d event was acted on.", "%(n)d events were acted on.", done)
        self.message_user(request, text % {"n": done})
        if left:
            self.message_user(request, _("The others still fail."), messages.WARNING)


@admin.register(IncomingSms)
class IncomingSmsAdmin(LookOnly):
    """SMS that people sent to us, without their texts."""

    list_display = ("masked_sender", "number", "received_at", "did", "answered", "error")
    exclude = ("sender", "text")
    list_filter = ("did", "answered")
    search_fields = ("=uuid", "=sender")

    @admin.display(description=_("from"))
    def masked_sender(self, sms: IncomingSms) -> str:
        return masked(sms.sender)


@admin.register(SmsWish)
class SmsWishAdmin(LookOnly):
    """Who wants no more SMS of ours."""

    list_display = ("masked_number", "stopped", "said_at")
    fields = ("masked_number", "stopped", "said_at")
    list_filter = ("stopped",)
    search_fields = ("=number",)

    @admin.display(description=_("number"))
    def masked_number(self, wish: SmsWish) -> str:
        return masked(wish.number)
