"""`manage.py setup_stripe`: made where missing, found where there, the settings printed."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing.management.commands.setup_stripe import EVENTS
from tests.billing.fake_stripe import FakeStripe, Json

URL = f"{settings.PUBLIC_URL}/billing/webhook"


@pytest.fixture
def shop(fake: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A Stripe account with prices, webhooks and a saved portal."""
    monkeypatch.setattr(settings, "BILLING_SANDBOX", False)
    rows: dict[str, Any] = {"prices": {}, "webhook_endpoints": {}, "portal": [{"id": "bpc_1"}]}
    fake.trouble = _serving(fake, rows)
    return rows


def _serving(fake: FakeStripe, rows: dict[str, Any]) -> Callable[[str, str], tuple[int, Json]]:
    def listed(found: list[Json]) -> tuple[int, Json]:
        return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/x"}

    def answer(method: str, path: str) -> tuple[int, Json]:
        kind, _slash, pk = path.removeprefix("/v1/").partition("/")
        sent = fake.requests[-1][2]
        params: Json = dict(sent)
        if kind == "billing_portal":
            return listed(rows["portal"])
        if method == "get":
            wanted = params.get("lookup_keys[0]")
            return listed(
                [row for row in rows[kind].values() if not wanted or row["lookup_key"] == wanted]
            )
        if method == "delete":
            return 200, rows[kind].pop(pk)
        if kind == "prices":
            row: Json = {
                **fake.price,
                "id": f"price_{len(rows[kind]) + 1}",
                "unit_amount": int(params["unit_amount"]),
                "lookup_key": params["lookup_key"],
            }
        else:
            events = [value for name, value in sent if name.startswith("enabled_events")]
            old = rows[kind].get(pk, {"id": f"we_{len(rows[kind]) + 1}", "status": "enabled"})
            row = {**old, **{k: params[k] for k in ("url", "api_version") if k in params}}
            row |= {"enabled_events": events, "object": "webhook_endpoint"}
            row["status"] = "disabled" if params.get("disabled") == "true" else "enabled"
            secret = {} if pk else {"secret": f"whsec_{row['id']}"}
            rows[kind][row["id"]] = row
            return 200, {**row, **secret}
        rows[kind][row["id"]] = row
        return 200, row

    return answer


def run() -> str:
    out = StringIO()
    call_command("setup_stripe", stdout=out)
    return out.getvalue()


def test_it_makes_all_and_prints_the_settings(shop: dict[str, Any]) -> None:
    assert run() == "STRIPE_PRICE_ID=price_1\nSTRIPE_WEBHOOK_SECRET=whsec_we_1\n"
    (hook,) = shop["webhook_endpoints"].values()
    assert hook["url"] == URL
    assert hook["api_version"] == "2026-10-28.endive"
    assert hook["enabled_events"] == EVENTS
    (price,) = shop["prices"].values()
    assert (price["unit_amount"], price["lookup_key"]) == (5000, "anyroom_monthly")


def test_a_second_run_makes_nothing(shop: dict[str, Any], fake: FakeStripe) -> None:
    run()
    made = len([1 for method, _path, _params in fake.requests if method != "get"])
    assert "stays as it is" in run()
    assert len([1 for method, _path, _params in fake.requests if method != "get"]) == made


def test_a_webhook_that_lacks_events_or_is_off_is_mended(shop: dict[str, Any]) -> None:
    run()
    (hook,) = shop["webhook_endpoints"].values()
    hook.update(enabled_events=EVENTS[:3], status="disabled")
    assert "stays as it is" in run()
    (hook,) = shop["webhook_endpoints"].values()
    assert (hook["enabled_events"], hook["status"]) == (EVENTS, "enabled")


def test_a_webhook_of_another_version_is_replaced_and_others_stay(shop: dict[str, Any]) -> None:
    other = {"id": "we_x", "url": "https://else.example", "api_version": None, "status": "enabled"}
    old = {**other, "id": "we_y", "url": URL, "api_version": "2020-08-27", "enabled_events": ["*"]}
    shop["webhook_endpoints"] |= {"we_x": other, "we_y": old}
    assert "STRIPE_WEBHOOK_SECRET=whsec_we_3" in run()
    assert set(shop["webhook_endpoints"]) == {"we_x", "we_3"}


def test_a_price_that_is_not_ours_is_not_used(shop: dict[str, Any], fake: FakeStripe) -> None:
    wrong = {**fake.price, "id": "price_w", "unit_amount": 4900, "lookup_key": "anyroom_monthly"}
    shop["prices"]["price_w"] = wrong
    assert "STRIPE_PRICE_ID=price_2" in run()


def test_a_portal_that_was_never_saved_is_said(shop: dict[str, Any]) -> None:
    shop["portal"] = []
    assert "Save the settings of the customer portal" in run()


def test_what_stripe_says_is_told_to_the_operator(shop: dict[str, Any], fake: FakeStripe) -> None:
    refusal = {"error": {"type": "invalid_request_error", "message": "Invalid URL"}}
    fake.trouble = lambda _method, _path: (400, refusal)
    with pytest.raises(CommandError, match="Invalid URL"):
        run()


def test_the_sandbox_needs_no_setting_up() -> None:
    with pytest.raises(CommandError, match="plays Stripe itself"):
        run()
