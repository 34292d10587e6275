"""The admin site: for staff alone; numbers are set up there."""

import datetime as dt

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import User
from rooms.models import PhoneNumber, Room
from telephony.models import WebhookReceipt
from tests.telephony.vonage import Phone


@pytest.fixture
def operator(alice_client: Client, alice: User) -> Client:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    return alice_client


def test_it_is_for_staff_alone(client: Client, bob_client: Client) -> None:
    assert client.get("/admin/").status_code == 302
    assert bob_client.get("/admin/rooms/room/").status_code == 302


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_list_opens(operator: Client, room: Room, model: type) -> None:
    meta = model._meta  # type: ignore[attr-defined]
    page = operator.get(f"/admin/{meta.app_label}/{meta.model_name}/")
    assert page.status_code == 200


def test_a_number_is_set_up_in_any_writing(operator: Client) -> None:
    data = {"number": "+34 600 123 456", "language": "en", "active": "on"}
    operator.post("/admin/rooms/phonenumber/add/", data)
    assert PhoneNumber.objects.get().number == "+34600123456"
    page = operator.post("/admin/rooms/phonenumber/add/", {**data, "number": "600"})
    assert "country code" in page.content.decode()


def test_an_event_that_failed_can_be_run_again(operator: Client, room: Room) -> None:
    now = timezone.now()
    payload = Phone().completed(now, now + dt.timedelta(seconds=5))
    receipt = WebhookReceipt.objects.create(call=payload["uuid"], body_hash="x", body=payload)
    data = {"action": "process_again", "_selected_action": [receipt.pk]}
    page = operator.post("/admin/telephony/webhookreceipt/", data, follow=True)
    assert "1 event was acted on" in page.content.decode()
    receipt.refresh_from_db()
    assert receipt.processed_at
