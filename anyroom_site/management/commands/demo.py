"""`manage.py demo`: an account to try the service with, on an embedded run."""

import json
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from anyroom_site.keys import write_secret
from billing import subscriptions
from rooms import changes
from rooms.accounts.models import Account, ApiKey, Membership, Role, Scope, User, trial_end
from rooms.models import PhoneNumber, Room
from rooms.phones import grouped

EMAIL = "demo@example.com"
NUMBER = "+15550100"
FILE = settings.ANYROOM_HOME / "demo.json"


class Command(BaseCommand):
    help = "Make the demo account if it is missing, renew its trial, and print how to get in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demo account has a password in a file: it is made on an embedded run alone "
                "(`make run`)."
            )
        with transaction.atomic():
            demo = _demo()
        if options["json"]:
            self.stdout.write(json.dumps(demo))
            return
        room = demo["rooms"][0]
        self.stdout.write(f"Open {demo['url']} and log in as {EMAIL} with {demo['password']}")
        self.stdout.write(f"Dial {grouped(demo['number'])} and key {room['access_code']}#")


def _demo() -> dict[str, Any]:
    user = User.objects.filter(email=EMAIL).first()
    kept = _kept()
    if user is None or kept is None:
        user, kept = _make(user)
    account = user.accounts.order_by("created_at").first()
    if account is None:
        raise CommandError(f"{EMAIL} is a member of no account: delete that user, then try again.")
    subscriptions.renew_trial(account, trial_end())
    number = PhoneNumber.objects.filter(active=True, room=None, account=None).first()
    return {
        "url": settings.PUBLIC_URL,
        "email": EMAIL,
        "password": kept["password"],
        "api_key": kept["api_key"],
        "number": number.number if number else None,
        "rooms": [
            {"name": room.name, "access_code": room.access_code, "host_pin": room.host_pin}
            for room in Room.objects.active().filter(account=account).order_by("created_at")[:20]
        ],
    }


def _kept() -> dict[str, str] | None:
    try:
        return dict(json.loads(FILE.read_text()))
    except FileNotFoundError:
        return None


def _make(user: User | None) -> tuple[User, dict[str, str]]:
    """The demo's people, room and number; with new secrets where the file with them was lost."""
    kept = {"password": secrets.token_urlsafe(9)}
    if user is None:
        user = User.objects.create_user(EMAIL, name="Demo")
        user.emailaddress_set.create(email=EMAIL, verified=True, primary=True)  # type: ignore[attr-defined]
        account = Account.objects.create(name="Demo")
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        changes.make(account, name="Weekly call")
        PhoneNumber.objects.get_or_create(number=NUMBER)
    user.set_password(kept["password"])
    user.save(update_fields=["password"])
    account = user.accounts.order_by("created_at")[0]
    ApiKey.objects.filter(account=account, name="Demo", revoked_at=None).update(
        revoked_at=timezone.now()
    )
    _key, kept["api_key"] = ApiKey.make(account, name="Demo", scopes=[*Scope], made_by=user)
    write_secret(FILE, json.dumps(kept, indent=2))
    return user, kept
