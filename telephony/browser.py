"""Calls from a browser: the token that lets one into a room, and what it opens.

A browser calls through the carrier's client SDK. Two things speak for it, and are made together: a
JWT of the carrier's makes it a user of our application, and says nothing of rooms; a join token of
ours names one room, and counts with that user alone. The page sends it along with the call, so it
is believed for its signature. Who has none that counts keys a code, as those do who hide a number.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from functools import partial

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms.accounts.models import ApiKey, Membership, Scope
from rooms.ids import new_id
from rooms.meetings.models import Invitee
from rooms.models import Room
from rooms.phones import from_carrier
from telephony import call_flow, call_rows, codes, doors, entry, lines
from telephony.doors import Proof
from telephony.steps import Step
from telephony.vonage import app_user
from telephony.vonage.events import Incoming
from telephony.vonage.ncco import Ncco

BEGINS_WITHIN = dt.timedelta(minutes=15)
# A call lasts two hours at most, and its session must not end before it.
SESSION = dt.timedelta(hours=3)
_signer = signing.Signer(salt="telephony.browser")


@dataclass(frozen=True)
class JoinToken:
    """What the token says: `user` is the browser's name at the carrier, `by` the id of its maker.

    That is a key, or a member. A call may begin `until` then, in seconds since 1970.
    """

    room: str
    user: str
    by: str
    until: int
    name: str = ""
    invitee: str = ""
    host: bool = False

    def text(self) -> str:
        return _signer.sign_object(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "JoinToken | None":
        """None for a text that is not ours."""
        try:
            return cls(**_signer.unsign_object(text))
        except (signing.BadSignature, TypeError):  # or of a version that told something else
            return None


@dataclass(frozen=True)
class BrowserToken:
    """What a browser needs to call: `jwt` for the carrier's client SDK, `join_token` for us."""

    join_token: str
    jwt: str
    application_id: str
    user: str
    expires_at: dt.datetime
    session_expires_at: dt.datetime


def let_in(
    room: Room,
    *,
    by: str,
    at: dt.datetime,
    name: str = "",
    invitee: Invitee | None = None,
    host: bool = False,
) -> BrowserToken:
    """A way into the room for one browser. `by` is the id of the key or the member who makes it.

    Raises ValidationError where the room is archived.
    """
    if room.archived_at:
        raise ValidationError(_("This room is archived."), code="archived")
    user = new_id("browser")  # never digits alone, which the carrier might take for a number
    until, session_until = at + BEGINS_WITHIN, at + SESSION
    token = JoinToken(
        room.pk, user, by, int(until.timestamp()), name, invitee.pk if invitee else "", host
    )
    jwt = app_user.token(
        application_id=settings.VONAGE_APPLICATION_ID,
        private_key=settings.VONAGE_PRIVATE_KEY,
        user=user,
        issued_at=at,
        expires_at=session_until,
    )
    return BrowserToken(
        token.text(), jwt, settings.VONAGE_APPLICATION_ID, user, until, session_until
    )


def answer(call: Incoming, at: dt.datetime) -> Ncco:
    """What somebody hears who calls from a browser; the same when it is asked again."""
    token = JoinToken.from_text(call.join_token)
    if token is None or token.user != call.user:
        return _ask_for_code(call)
    room = codes.find_room(pk=token.room)
    if room and (proof := _proof(token, room, at)):
        step = Step(call.uuid, room.language, call.region)
        return entry.without_code(step, call, at, partial(doors.vouched_for, room, proof))
    # It counted perhaps when the first of two deliveries came.
    kept = call_rows.kept_answer(call.uuid, 0)
    return kept or _ask_for_code(call, room.language if room else "")


def _proof(token: JoinToken, room: Room, at: dt.datetime) -> Proof | None:
    """What the token is worth now; None where its time is over, or what it rests on is no more."""
    if at.timestamp() > token.until or not _may_still(token.by, room.account_id, at):
        return None
    invitee = None
    if token.invitee:
        invited = Invitee.objects.invited().filter(room=room, meeting__cancelled_at=None)
        invitee = invited.select_related("meeting").filter(pk=token.invitee).first()
        if invitee is None:
            return None
    host = token.host or (invitee is not None and invitee.is_organizer)
    return Proof(host, invitee, token.name)


def _may_still(by: str, account_id: str, at: dt.datetime) -> bool:
    """Whether the key still works, or the member still is one; each role may control calls."""
    key = ApiKey.objects.filter(pk=by, account=account_id).first()
    if key:
        return key.works(at) and Scope.CONTROL in key.scopes
    members = Membership.objects.filter(pk=by, account=account_id, user__is_active=True)
    return members.exists()


def _ask_for_code(call: Incoming, language: str = "") -> Ncco:
    """Of the number that the page named, if it named one of ours: its account's rooms alone."""
    dialled = from_carrier(call.dialled)
    line = lines.find(dialled) if dialled else None
    spoken = language or (line.language if line else lines.language(dialled))
    step = Step(call.uuid, spoken, call.region, account=line.account_id if line else "")
    return call_flow.ask(step, entry.INPUT_URL, prompt="no_token").ncco
