"""The carrier tells how an SMS fares, perhaps before we know that it was sent."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from rooms.accounts.models import Account
from rooms.notices import channels
from rooms.notices.channels import ChannelError
from rooms.notices.content import Content
from rooms.notices.models import Notice
from telephony import receipts
from telephony.models import WebhookReceipt
from tests.telephony.vonage import post, stamp


def told(status: str, uuid: str = "m-1", **more: Any) -> None:
    payload = {
        "message_uuid": uuid,
        "to": "34600123456",
        "from": "15550100",
        "timestamp": stamp(timezone.now()),
        "status": status,
        "channel": "sms",
        **more,
    }
    assert post("/telephony/message-status", payload).status_code == 204


@pytest.fixture
def notice(account: Account) -> Notice:
    return Notice.objects.create(
        account=account,
        kind=Notice.Kind.INVITATION,
        channel=Notice.Channel.SMS,
        address="+34600123456",
        key="x",
        status=Notice.Status.SENT,
        carrier_id="m-1",
    )


def test_an_sms_that_arrives(notice: Notice) -> None:
    for status in ("submitted", "delivered", "delivered"):
        told(status)
    notice.refresh_from_db()
    assert notice.delivered_at is not None
    told("undeliverable", error={"title": "1300", "detail": "late and wrong"})
    notice.refresh_from_db()
    assert notice.status == Notice.Status.SENT


def test_an_sms_that_is_lost_says_why(notice: Notice) -> None:
    told("rejected", error={"title": "1100", "detail": "The number is not in use."})
    notice.refresh_from_db()
    assert (notice.status, notice.error) == (Notice.Status.FAILED, "The number is not in use.")
    assert notice.delivered_at is None


def test_a_receipt_that_is_quicker_than_us_is_acted_on_later(notice: Notice) -> None:
    Notice.objects.update(carrier_id="")
    told("delivered")
    Notice.objects.update(carrier_id="m-1")
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=10), tick=False):
        receipts.sweep(timezone.now())
    notice.refresh_from_db()
    assert notice.delivered_at is not None


@pytest.mark.django_db
def test_an_sms_that_is_no_notice_is_forgotten() -> None:
    told("delivered", uuid="m-2")
    assert WebhookReceipt.objects.get().processed_at is None
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=70), tick=False):
        receipts.sweep(timezone.now())
    assert WebhookReceipt.objects.get().processed_at is not None


@pytest.mark.django_db
def test_what_cannot_be_read_is_refused() -> None:
    response = post("/telephony/message-status", {"message_uuid": "x" * 65, "status": "delivered"})
    assert response.status_code == 400


def test_no_sms_goes_to_an_invitees_premium_number(notice: Notice) -> None:
    Notice.objects.update(status="pending", address="+19005551234", carrier_id="")
    notice.refresh_from_db()
    with pytest.raises(ChannelError, match="does not call or text") as refused:
        channels.send_sms(notice, Content("", "text"))
    assert refused.value.permanent
