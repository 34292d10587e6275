"""Calling people into a room, as the core's CALL_BACKEND.

The addresses of a call's webhooks carry what it is about, signed, so that the carrier's first word
tells which call it is even where the answer to our request never came.
"""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.core import signing
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.calls import CallError
from rooms.models import PhoneNumber, Room
from telephony import call_rows, carrier
from telephony.models import Call
from telephony.vonage.client import VonageError

ADDRESS = f"{settings.PUBLIC_URL}/telephony/outbound/"
RINGING_SECONDS = 45
# What a call without a price yet counts as, in euros: ten minutes to a dear mobile network.
UNPRICED = Decimal("0.50")
# Nobody pays for a call that nobody took.
_PRICE_TO_COME = Q(price=None) & (Q(ended_at=None) | Q(answered_at__isnull=False))

signer = signing.Signer(salt="telephony.outbound")


class VonageCallBackend:
    """Calls from the first shared number, so that whoever calls back reaches the service."""

    def place(self, *, to: str, room_id: str, about: str) -> str:
        """Raises CallError."""
        check_spent(room_id)
        shared = PhoneNumber.objects.filter(active=True, room=None, account=None).first()
        if shared is None:
            raise CallError(_("The service has no number to call from."), permanent=True)
        token = signer.sign(about)
        try:
            uuid = carrier.client().create_call(
                to=to,
                sender=shared.number,
                answer_url=f"{ADDRESS}answer/{token}",
                event_url=f"{ADDRESS}event/{token}",
                ringing_seconds=RINGING_SECONDS,
            )
        except VonageError as error:
            raise CallError(str(error), permanent=error.permanent, unclear=error.unclear) from error
        _keep(Call(uuid=uuid, caller=shared.number, dialled=to), room_id)
        return uuid


def _keep(call: Call, room_id: str) -> None:
    """The call's row, which the carrier's webhooks may have made already."""
    call.direction = "outbound"
    Call.objects.bulk_create([call], ignore_conflicts=True)
    call_rows.note_room(call.pk, room_id)


def spent(account_id: str, since: dt.datetime) -> Decimal:
    """Euros that calls to an account's invitees have cost since then."""
    found = Call.objects.filter(
        direction="outbound", account=account_id, created_at__gte=since
    ).aggregate(priced=Sum("price"), unpriced=Count("pk", filter=_PRICE_TO_COME))
    priced: Decimal = found["priced"] or Decimal(0)
    return priced + int(found["unpriced"]) * UNPRICED


def check_spent(room_id: str) -> None:
    """Raises CallError where the account's calls of this month, in UTC, have cost enough."""
    account_id = Room.objects.values_list("account_id", flat=True).get(pk=room_id)
    month = (
        timezone.now().astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    )
    if spent(account_id, month) + UNPRICED > settings.CALL_CAP_EUROS:
        raise CallError(
            _("This month's calls to invited people have cost all that they may."), permanent=True
        )
