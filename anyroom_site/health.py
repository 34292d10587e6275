"""Is it up, can it work, and how much has it to do: for load balancers and Prometheus."""

import ipaddress
import logging
from collections.abc import Iterator
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rooms.accounts.access import public
from rooms.conferences.models import Conference, Participant
from rooms.notices.models import Notice
from telephony.models import WebhookReceipt

log = logging.getLogger(__name__)


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Restart it where this fails."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
def readyz(request: HttpRequest) -> JsonResponse:
    """The database is migrated and the shared counters work. Send no traffic where this fails."""
    problems = [*_database_problems(), *_cache_problems()]
    return JsonResponse(
        {"ready": not problems, "problems": problems}, status=503 if problems else 200
    )


def _database_problems() -> Iterator[str]:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            yield "The database is not migrated: run `manage.py migrate`."
    except DatabaseError:
        log.exception("the database does not answer")
        yield "The database does not answer: see the log."


def _cache_problems() -> Iterator[str]:
    try:
        cache.set("readyz", timezone.now().isoformat(), 10)
    except Exception:  # whatever the cache's driver raises
        log.exception("the shared counters do not work")
        yield "The shared counters do not work: see the log."


class _State(Collector):
    """Read when asked: how much is going on, and what waits."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        going_on = Conference.objects.filter(ended_at=None)
        yield _gauge("conferences_open", "Conferences going on", going_on)
        yield _gauge(
            "participants_in", "Callers in a room", Participant.objects.filter(left_at=None)
        )
        yield _gauge(
            "webhook_receipts_waiting",
            "Events not acted on yet",
            WebhookReceipt.objects.filter(processed_at=None),
        )
        notices = GaugeMetricFamily("anyroom_notices", "Notices by status", labels=["status"])
        for status, number in Notice.objects.values_list("status").annotate(n=Count("pk")):
            notices.add_metric([status], number)
        yield notices


def _gauge(name: str, text: str, rows: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"anyroom_{name}", text, value=rows.count())


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for scrapers that reach the process without passing the proxy."""
    if "HTTP_X_FORWARDED_FOR" in request.META or not _is_near(request.META["REMOTE_ADDR"]):
        text = "Metrics are for the private network: scrape the process, not the proxy.\n"
        return HttpResponse(text, status=403, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(_State())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_near(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:  # a Unix socket has no address
        return True
