"""The operator's view of money: accounts with what they bring and cost, and Stripe's events."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from billing import books, webhooks
from billing.models import CheckoutAttempt, Customer, StripeEvent, Subscription
from billing.templatetags.billing import euros, money
from rooms.accounts.models import Account
from rooms.admin import AccountAdmin, LookOnly

MONTHS_SHOWN = 12
Lookups = list[tuple[str, Any]]


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return list(books.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class MonthFilter(admin.SimpleListFilter):
    """Of which month minutes and costs are shown; all accounts stay in the list."""

    title = _("month of the costs")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        months = []
        day = timezone.now().date().replace(day=1)
        for _month in range(MONTHS_SHOWN):
            months.append((f"{day:%Y-%m}", date_format(day, "F Y")))
            day = (day - dt.timedelta(days=1)).replace(day=1)
        return months

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def _month(request: HttpRequest) -> dt.date:
    """The month that is asked for; this one where none is, or nonsense."""
    try:
        day = dt.datetime.strptime(request.GET.get("month", ""), "%Y-%m").date()
    except ValueError:
        return timezone.now().date()
    return day if 2000 <= day.year < 2100 else timezone.now().date()


admin.site.unregister(Account)


@admin.register(Account)
class AccountMoneyAdmin(AccountAdmin):
    """The core's accounts with what billing knows of them."""

    list_filter = (StateFilter, MonthFilter)
    change_list_template = "billing/admin/accounts.html"

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        money_of_it = ("monthly", "minutes", "carrier_cost", "margin")
        return ("name", "state", "hosting_until", *money_of_it, "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return books.with_books(super().get_queryset(request), _month(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        day = _month(request)
        failed = StripeEvent.objects.filter(processed_at=None, attempts__gt=0).count()
        context: dict[str, Any] = {
            **(extra_context or {}),
            "totals": books.totals(day),
            "month": day,
            "failed_events": failed,
        }
        return super().changelist_view(request, context)

    @admin.display(description=_("state"), ordering="state")
    def state(self, account: Any) -> Any:
        return books.State(account.state).label

    @admin.display(description=_("a month"), ordering="revenue")
    def monthly(self, account: Any) -> str:
        return money(account.revenue, "usd") if account.revenue else "–"

    @admin.display(description=_("minutes"), ordering="seconds")
    def minutes(self, account: Any) -> str:
        return number_format(account.seconds // 60, force_grouping=True)

    @admin.display(description=_("carrier"), ordering="cost")
    def carrier_cost(self, account: Any) -> str:
        return euros(account.cost) if account.cost else "–"

    @admin.display(description=_("margin"))
    def margin(self, account: Any) -> str:
        return money(books.margin(account.revenue, account.cost), "usd")


@admin.register(Customer)
class CustomerAdmin(LookOnly):
    list_display = ("account", "stripe_id", "email", "trial_end", "applied_at")
    list_select_related = ("account",)
    search_fields = ("=stripe_id", "=email", "account__name", "=account__id")


@admin.register(Subscription)
class SubscriptionAdmin(LookOnly):
    list_display = (
        "customer",
        "status",
        "price",
        "current_period_end",
        "cancels_at",
        "past_due_since",
        "livemode",
    )
    list_select_related = ("customer",)
    list_filter = ("status", "livemode")
    search_fields = ("=stripe_id", "=customer__stripe_id", "=customer__account__id")

    @admin.display(description=_("price"), ordering="amount")
    def price(self, one: Subscription) -> str:
        return f"{money(one.amount, one.currency)} / {one.interval}"


@admin.register(CheckoutAttempt)
class CheckoutAttemptAdmin(LookOnly):
    list_display = ("account", "status", "created_at", "session_id")
    list_select_related = ("account",)
    list_filter = ("status",)
    search_fields = ("=session_id", "=account__id")
    exclude = ("url",)  # whoever has it pays for the account, or subscribes it


class ProcessedFilter(admin.SimpleListFilter):
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("failed", pgettext_lazy("event", "failed")),
            ("waiting", _("not tried yet")),
            ("done", pgettext_lazy("event", "processed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "failed":
            return queryset.filter(processed_at=None, attempts__gt=0)
        if self.value() == "waiting":
            return queryset.filter(processed_at=None, attempts=0)
        return queryset.exclude(processed_at=None) if self.value() == "done" else queryset


@admin.register(StripeEvent)
class StripeEventAdmin(LookOnly):
    list_display = ("type", "id", "received_at", "processed_at", "attempts", "error")
    list_filter = (ProcessedFilter, "livemode")
    search_fields = ("=id", "type")
    actions = ("run_again",)
    change_form_template = "billing/admin/event.html"

    def get_urls(self) -> list[URLPattern]:
        one = path(
            "<str:event_id>/run_again/",
            self.admin_site.admin_view(require_POST(self.run_one_again)),
            name="billing_stripeevent_run_again",
        )
        return [one, *super().get_urls()]

    def run_one_again(self, request: HttpRequest, event_id: str) -> HttpResponse:
        """The button on an event's own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = get_object_or_404(StripeEvent, pk=event_id)
        self.run_again(request, StripeEvent.objects.filter(pk=event.pk))
        return redirect(reverse("admin:billing_stripeevent_change", args=[event.pk]))

    @admin.action(description=_("Run the chosen events again"), permissions=["view"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[StripeEvent]) -> None:
        waiting = list(chosen.filter(processed_at=None).values_list("pk", flat=True))
        done = sum(webhooks.process(event_id) for event_id in waiting)
        text = ngettext("%(n)d event was processed.", "%(n)d events were processed.", done)
        self.message_user(request, text % {"n": done})
        if done < len(waiting):
            self.message_user(request, _("The others still fail."), messages.WARNING)
