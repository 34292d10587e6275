"""The pages of outgoing webhooks: endpoints, their log, and one delivery."""

import html
import logging
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from rooms.accounts.models import Account, Membership, Role, User
from rooms.notices.hooks import endpoints, picture
from rooms.notices.hooks.events import TYPES
from rooms.notices.hooks.forms import GROUPS
from rooms.notices.hooks.models import DeliveryAttempt, WebhookDelivery, WebhookEndpoint
from rooms.notices.hooks.views import PAGE_SIZE
from tests.hooks import hook_rows
from tests.hooks.hook_rows import URL

SECRET = re.compile(r'<code id="secret">(whsec_[\w+/=]+)</code>')
FORM = {"url": URL, "description": "Booking site", "which": "all"}


@pytest.fixture
def endpoint(account: Account, alice: User) -> WebhookEndpoint:
    return hook_rows.make(account, by=alice, description="Booking site")


def address(name: str, row: WebhookEndpoint | WebhookDelivery | None = None) -> str:
    return reverse(f"hooks:{name}", args=[row.pk] if row else [])


def read(client: Client, name: str, row: Any = None, query: str = "") -> str:
    response = client.get(address(name, row) + query)
    assert response.status_code == 200
    return response.content.decode()


def said(response: Any) -> str:
    [message] = get_messages(response.wsgi_request)
    return str(message)


def test_without_endpoints_the_page_says_what_they_are_for(alice_client: Client) -> None:
    page = read(alice_client, "list")
    assert "Add your first endpoint" in page
    assert address("make") in page
    assert "<table" not in page


def test_an_endpoint_is_made_and_its_secret_shown_once(
    alice_client: Client, account: Account, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = alice_client.post(address("make"), FORM)
    row = WebhookEndpoint.objects.get()
    assert (made.status_code, made["Location"]) == (302, address("endpoint", row))
    assert (row.account, row.url, row.description, row.made_by) == (
        *(account, URL, "Booking site", alice),
    )
    assert row.event_types == []
    secret = endpoints.secret_of(row)
    assert secret not in str(dict(alice_client.session))
    alice_client.head(address("endpoint", row))  # shows nothing, so it uses nothing up
    shown = alice_client.get(address("endpoint", row))
    assert html.unescape(SECRET.findall(shown.content.decode())[0]) == secret
    assert "no-store" in shown["Cache-Control"]
    for name in ("endpoint", "edit", "rotate", "delete"):
        assert secret not in html.unescape(read(alice_client, name, row))
    assert secret not in html.unescape(read(alice_client, "list"))
    assert secret not in caplog.text


def test_only_chosen_events_are_told(alice_client: Client) -> None:
    data = {**FORM, "which": "some", "event_types": ["room.made", "number.blocked"]}
    alice_client.post(address("make"), data)
    row = WebhookEndpoint.objects.get()
    assert row.event_types == ["room.made", "number.blocked"]
    assert f"2 of {len(TYPES)}" in read(alice_client, "list")
    page = read(alice_client, "endpoint", row)
    assert "<code>number.blocked</code>" in page
    form = read(alice_client, "edit", row)
    checked = re.findall(r'value="([\w.]+)"[^>]*\schecked', form)
    assert checked == ["some", "room.made", "number.blocked"]
    alice_client.post(address("edit", row), FORM)
    row.refresh_from_db()
    assert row.event_types == []


def test_every_event_can_be_chosen_in_a_group(alice_client: Client) -> None:
    page = read(alice_client, "make")
    for name in TYPES:
        assert f'name="event_types" value="{name}"' in page
        assert str(GROUPS[name.partition(".")[0]]) in html.unescape(page)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "http://example.com/in"}, "https"),
        ({"url": "https://192.168.0.1/in"}, "public internet"),
        ({"which": "some"}, "Choose at least one event."),
        ({"which": "some", "event_types": ["no.such"]}, "no.such"),
        ({"description": "two\tcolumns"}, "one line"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    alice_client: Client, settings: Any, change: dict[str, Any], says: str
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    page = alice_client.post(address("make"), {**FORM, **change}).content.decode()
    [error] = re.findall(r'<ul class="errorlist".*?</ul>', page, re.S)
    assert says in html.unescape(error)
    assert not WebhookEndpoint.objects.exists()


def test_an_account_has_so_many_endpoints_and_no_more(
    alice_client: Client, account: Account
) -> None:
    for _ in range(endpoints.MOST):
        hook_rows.make(account)
    assert address("make") not in read(alice_client, "list")
    page = alice_client.post(address("make"), FORM)
    assert "errorlist nonfield" in page.content.decode()
    assert WebhookEndpoint.objects.count() == endpoints.MOST


def test_the_list_tells_what_works_and_what_does_not(
    alice_client: Client, account: Account, endpoint: WebhookEndpoint
) -> None:
    row = hook_rows.delivery(endpoint, "failed", ago=7200)
    assert "none yet" not in read(alice_client, "list")
    assert "2\xa0hours ago" in read(alice_client, "list")
    WebhookEndpoint.objects.update(failing_since=row.created_at)
    since = f"since {date_format(timezone.localtime(row.created_at), 'N j, Y, H:i')}"
    assert since in read(alice_client, "list")
    assert f"Nothing has arrived {since}." in read(alice_client, "endpoint", endpoint)
    endpoints.switch_off(endpoint, WebhookEndpoint.Off.FAILING)
    assert "nothing arrived for days" in read(alice_client, "list")
    assert "nothing arrived for days" in read(alice_client, "endpoint", endpoint)


def test_an_endpoint_is_switched_off_and_on(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    alice_client.post(address("switch", endpoint), {"to": "off"})
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_why) == (False, "member")
    page = read(alice_client, "endpoint", endpoint)
    assert "Send a ping" not in page
    assert "Switch on" in page
    alice_client.post(address("switch", endpoint), {"to": "on"})
    endpoint.refresh_from_db()
    assert endpoint.enabled


def test_a_new_secret_is_asked_about_and_shown_once(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    old = endpoints.secret_of(endpoint)
    assert "24 hours" in read(alice_client, "rotate", endpoint)
    endpoint.refresh_from_db()
    assert endpoints.secret_of(endpoint) == old
    alice_client.post(address("rotate", endpoint))
    endpoint.refresh_from_db()
    page = read(alice_client, "endpoint", endpoint)
    assert html.unescape(SECRET.findall(page)[0]) == endpoints.secret_of(endpoint) != old
    assert "The old one signs too" in page
    assert not SECRET.search(read(alice_client, "endpoint", endpoint))


def test_an_endpoint_is_deleted_once_that_is_confirmed(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    hook_rows.attempt(hook_rows.delivery(endpoint))
    assert "cannot be undone" in read(alice_client, "delete", endpoint)
    assert WebhookEndpoint.objects.exists()
    alice_client.post(address("delete", endpoint))
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_ping_leads_to_its_delivery_which_waits(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    answer = alice_client.post(address("ping", endpoint))
    row = WebhookDelivery.objects.get()
    assert answer["Location"] == address("delivery", row)
    page = read(alice_client, "delivery", row)
    assert "It is on its way." in page
    assert f'hx-get="{address("delivery_state", row)}"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "Send again" not in page
    WebhookDelivery.objects.update(status="delivered", delivered_at=row.created_at)
    hook_rows.attempt(row, 204, response_body="")
    part = read(alice_client, "delivery_state", row)
    assert "<html" not in part
    assert "hx-get" not in part
    assert "Its body was empty." in part
    assert "Send again" in part
    endpoints.switch_off(endpoint, WebhookEndpoint.Off.BY_MEMBER)
    assert said(alice_client.post(address("ping", endpoint)))
    assert WebhookDelivery.objects.count() == 1


def test_a_delivery_shows_every_attempt_and_runs_nothing_of_it(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    row = hook_rows.delivery(endpoint, "pending", tries=2)
    hook_rows.attempt(row, None)
    hook_rows.attempt(row, 503, response_headers={"x-bad": "<i>no</i>"})
    page = read(alice_client, "delivery", row)
    for raw in ("<script>alert", "<i>no", "<b>Weekly"):
        assert raw not in page
    text = html.unescape(page)
    assert "Nothing answered." in text
    assert '"seen": "<script>alert(1)</script>"' in text, "one thing in a line"
    assert f"webhook-id: {row.event_id}" in text
    assert "1.23 s" in text
    assert "It is tried again" in text
    assert "Its body was erased" not in text
    newest, older = re.findall(r"<h3>\s*(.*?)\s*<small", page, re.S)
    assert "503" in newest
    assert "No answer" in older


def test_an_answer_that_is_no_json_is_shown_as_it_came(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    row = hook_rows.delivery(endpoint, "failed")
    for body in ("<html>Bad gateway", "[" * 100_000, '{"cut": "of'):
        DeliveryAttempt.objects.all().delete()
        hook_rows.attempt(row, 502, response_body=body)
        assert body in html.unescape(read(alice_client, "delivery", row))


def test_what_failed_is_sent_again(alice_client: Client, endpoint: WebhookEndpoint) -> None:
    row = hook_rows.delivery(endpoint, "failed")
    assert "It did not arrive" in read(alice_client, "delivery", row)
    again = alice_client.post(address("send_again", row))
    assert again["Location"] == address("delivery", row)
    row.refresh_from_db()
    assert row.status == "pending"
    assert said(alice_client.post(address("send_again", row)))
    WebhookDelivery.objects.update(status="failed")
    endpoints.switch_off(endpoint, WebhookEndpoint.Off.BY_MEMBER)
    assert "Switch the endpoint on" in read(alice_client, "delivery", row)


def test_the_log_is_filtered_and_paged(alice_client: Client, endpoint: WebhookEndpoint) -> None:
    rows = [hook_rows.delivery(endpoint, ago=n) for n in range(PAGE_SIZE + 1)]
    failed = hook_rows.delivery(endpoint, "failed", ago=99)
    first = read(alice_client, "endpoint", endpoint)
    shown = re.findall(r"deliveries/(wd_\w+)/", first)
    assert shown == [row.pk for row in rows[:PAGE_SIZE]]
    second = read(alice_client, "endpoint", endpoint, "?page=2")
    assert re.findall(r"deliveries/(wd_\w+)/", second) == [rows[PAGE_SIZE].pk, failed.pk]
    only = read(alice_client, "endpoint", endpoint, "?status=failed")
    assert re.findall(r"deliveries/(wd_\w+)/", only) == [failed.pk]
    assert "None of them." in read(alice_client, "endpoint", endpoint, "?status=pending")
    assert failed.pk not in read(alice_client, "endpoint", endpoint, "?status=lost")


def test_the_picture_tells_the_last_deliveries_apart_without_colour(
    alice_client: Client, endpoint: WebhookEndpoint
) -> None:
    assert picture.draw(endpoint) is None
    hook_rows.delivery(endpoint, "pending", ago=1)
    hook_rows.delivery(endpoint, "failed", ago=2)
    hook_rows.delivery(endpoint, ago=3)
    drawn = picture.draw(endpoint)
    assert drawn
    arrived, failed, waits = drawn.bars
    assert arrived.x < failed.x < waits.x < 100
    assert arrived.y + arrived.height == waits.y + waits.height == drawn.base == failed.y
    assert arrived.height > waits.height
    text = " ".join(read(alice_client, "endpoint", endpoint).split())
    assert "what failed below the line: 1 delivered, 1 failed, 1 waiting" in text
    for _ in range(60):
        hook_rows.delivery(endpoint, ago=0)
    drawn = picture.draw(endpoint)
    assert drawn
    assert (drawn.words, len(drawn.bars), drawn.bars[0].x) == ("50 delivered", 50, 0.3)


def _pages(endpoint: WebhookEndpoint, row: WebhookDelivery) -> list[tuple[str, str, bool]]:
    """The pages by method, and whether they are about a thing."""
    of_endpoint = [("get", name) for name in ("endpoint", "edit", "rotate", "delete")]
    of_endpoint += [("post", name) for name in ("edit", "ping", "rotate", "switch", "delete")]
    of_delivery = [("get", "delivery"), ("get", "delivery_state"), ("post", "send_again")]
    return [
        ("get", address("list"), False),
        ("get", address("make"), False),
        ("post", address("make"), False),
        *((method, address(name, row), True) for method, name in of_delivery),
        *((method, address(name, endpoint), True) for method, name in of_endpoint),
    ]


def test_they_are_for_managers_of_the_account(
    endpoint: WebhookEndpoint, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    row = hook_rows.delivery(endpoint, "failed")
    before = list(WebhookEndpoint.objects.values())
    for method, path, is_one in _pages(endpoint, row):
        assert getattr(bob_client, method)(path).status_code == 403, path
        stranger = getattr(client, method)(path)
        assert (stranger.status_code, stranger["Location"][:16]) == (302, "/accounts/login/")
        outsider = getattr(charlie_client, method)(path)
        assert outsider.status_code == (404 if is_one else 200), path
        assert URL not in outsider.content.decode()
    assert list(WebhookEndpoint.objects.values()) == before
    row.refresh_from_db()
    assert row.status == "failed"


def test_the_navigation_leads_there_whom_it_may(
    alice_client: Client, bob: User, bob_client: Client
) -> None:
    link = f'href="{address("list")}"'
    assert link in read(alice_client, "list")
    assert link not in bob_client.get(reverse("accounts:members")).content.decode()
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    assert link in bob_client.get(reverse("accounts:members")).content.decode()


def test_the_operator_sees_whether_they_arrive_and_no_secret(
    alice_client: Client, alice: User, endpoint: WebhookEndpoint
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    hook_rows.attempt(hook_rows.delivery(endpoint, "failed"), 500)
    secret = endpoints.secret_of(endpoint)
    endpoint.refresh_from_db()
    models = [model for model in admin.site._registry if model._meta.app_label == "hooks"]
    assert len(models) == 4
    for model in models:
        listed = f"/admin/hooks/{model._meta.model_name}/"
        page = alice_client.get(listed).content.decode()
        assert endpoint.pk in page or "500" in page or "room.made" in page
        for hidden in (secret, endpoint.secret, "t0ken", "Weekly"):
            assert hidden not in html.unescape(page)
        row = model._default_manager.get()
        assert alice_client.get(f"{listed}{row.pk}/change/").status_code in (302, 403)
        assert alice_client.get(f"{listed}add/").status_code == 403
