"""No text of the project is forgotten when somebody is erased: each is erased, or holds nobody."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from rooms.accounts import erasing
from rooms.ids import IdField

# What is not about those who call, whole models: who may log in, what pays, Django's own.
MODELS: dict[str, str] = {
    "accounts.User": "a login is its owner's; a member is not erased from an account",
    "account.EmailAddress": "a login's",
    "account.EmailConfirmation": "a login's",
    "mfa.Authenticator": "a login's",
    "usersessions.UserSession": "a login's",
    "sessions.Session": "a login's, for some weeks",
    "auth.Permission": "Django's",
    "auth.Group": "Django's",
    "contenttypes.ContentType": "Django's",
    "accounts.TrialUse": "hashes",
    "accounts.Erasure": "the receipt itself",
    "accounts.WindowCount": "the service's counters: a number that guesses, for hours",
    "accounts.IdempotentRequest": "hashes, and answers that are encrypted, for a day",
    "accounts.Membership": "a member's own choices",
    "billing.Customer": "who pays",
    "billing.Subscription": "money",
    "billing.CheckoutAttempt": "money",
    "billing.StripeEvent": "money, as Stripe told it",
    "billing_sandbox.Customer": "an embedded run's Stripe",
    "billing_sandbox.Subscription": "an embedded run's Stripe",
    "billing_sandbox.Invoice": "an embedded run's Stripe",
    "billing_sandbox.CheckoutSession": "an embedded run's Stripe",
    "billing_sandbox.PortalSession": "an embedded run's Stripe",
    "billing_sandbox.Event": "an embedded run's Stripe",
    "billing_sandbox.IdempotentAnswer": "an embedded run's Stripe",
    "telephony.SmsWish": "that somebody wants no SMS is heeded for good",
}
# Fields of the others that can hold no person.
FIELDS: dict[str, str] = {
    **dict.fromkeys(
        (
            *("accounts.Account.name", "rooms.AccessCode.code", "rooms.Room.access_code"),
            *("rooms.Room.host_pin", "rooms.Room.guest_pin", "rooms.Room.public_token"),
            "rooms.PhoneNumber.number",
        ),
        "the account's own",
    ),
    **dict.fromkeys(
        (
            *("accounts.Invitation.token_hash", "accounts.ApiKey.secret_hash"),
            *("accounts.ApiKey.hint", "hooks.WebhookEndpoint.secret"),
            *("hooks.WebhookEndpoint.previous_secret", "conferences.Sound.token"),
            *("meetings.Feed.token", "telephony.WebhookReceipt.body_hash"),
            "telephony.KeyPress.body_hash",
        ),
        "a secret, or a hash",
    ),
    **dict.fromkeys(
        (
            *("admin.LogEntry.object_id", "telephony.Call.uuid", "telephony.IncomingSms.uuid"),
            *("telephony.Call.conversation_uuid", "telephony.WebhookReceipt.call"),
            *("telephony.KeyPress.call", "telephony.WrongCode.call", "meetings.CallRequest.call"),
            *("conferences.Participant.call", "conferences.Conference.carrier_conversation"),
            *("conferences.Recording.carrier_id", "conferences.Recording.file"),
            *("conferences.Sound.file", "notices.Notice.carrier_id", "notices.Notice.key"),
            *("hooks.WebhookEvent.key", "meetings.Mailing.written_up_to", "meetings.Meeting.uid"),
            "conferences.Command.about",
        ),
        "an id, or a key made of ids",
    ),
    **dict.fromkeys(
        (
            *("accounts.ApiKey.scopes", "hooks.WebhookEndpoint.event_types"),
            *("hooks.WebhookEvent.type", "meetings.Meeting.reminders", "meetings.Meeting.rrule"),
            *("meetings.Reminder.channel", "meetings.Reminder.skipped_why"),
            *("meetings.Mailing.stopped_why", "conferences.Command.error"),
            *("conferences.Command.language", "conferences.Recording.error"),
            *("conferences.Recording.content_type", "conferences.Sound.content_type"),
            *("hooks.DeliveryAttempt.error", "hooks.DeliveryAttempt.request_headers"),
            *("telephony.Call.status", "telephony.Call.direction", "telephony.Call.network"),
            *("telephony.Call.hung_up_by", "telephony.KeyPress.did", "telephony.IncomingSms.did"),
            *("telephony.IncomingSms.error", "rooms.PhoneNumber.country"),
        ),
        "words of the service's own",
    ),
    **dict.fromkeys(
        (
            *("hooks.WebhookEndpoint.url", "conferences.Command.sound_url"),
            *("conferences.Recording.url", "telephony.Call.region_url"),
        ),
        "an address of a machine's",
    ),
    "telephony.IncomingSms.number": "a number of the service's",
}


def texts() -> Iterator[tuple[str, str]]:
    """Every field that could hold a name, an address or a number: its model and its full name."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if _is_text(field):
                yield model._meta.label, f"{model._meta.label}.{field.name}"


def _is_text(field: Any) -> bool:
    """But ids of ours, and words that are chosen from a list."""
    if isinstance(field, IdField) or field.choices or field.name == "time_zone":
        return False
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


@pytest.mark.parametrize(("model", "name"), list(texts()))
def test_somebody_has_thought_of_it(model: str, name: str) -> None:
    known = [model in MODELS, name in FIELDS, name in erasing.COVERED]
    assert sum(known) == 1, (
        f"{name} may hold a person's name or number: erase it (rooms/accounts/erasing.py), "
        "or say here why it holds nobody"
    )


def test_nothing_is_known_that_is_not_there() -> None:
    there = set(texts())
    labels, names = {label for label, _name in there}, {name for _label, name in there}
    chosen = {"meetings.Invitee.reply"}  # what they replied is theirs, whatever the words
    assert set(MODELS) <= labels
    assert set(FIELDS) <= names
    assert set(erasing.COVERED) - chosen <= names
