"""What makes each event happen: the real functions that pages, the API, keys and tasks call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import Customer
from billing.subscriptions import sync_account
from rooms import changes, files
from rooms.accounts import blocked
from rooms.accounts.models import Account, User
from rooms.conferences import actions, presence, recording_files, recordings
from rooms.conferences.commands import By
from rooms.conferences.models import Conference, Participant, Recording
from rooms.conferences.recording_files import Told
from rooms.meetings import invitees, planning
from rooms.meetings.models import Reply
from rooms.models import Room
from rooms.notices.hooks import conference_news
from rooms.notices.hooks.models import WebhookEndpoint, WebhookEvent
from tests.billing.asking import subscribe
from tests.billing.fake_stripe import FakeStripe
from tests.meetings.plans import invite, plan
from tests.on_the_line import ANA, BEN, carry_out, enter, go

KEY = By()
Act = Callable[[], object]


@dataclass(frozen=True)
class World:
    """An account of Alice's with a room, and Stripe, of which it is a customer."""

    account: Account
    alice: User
    room: Room
    stripe: FakeStripe
    customer: Customer


def listen(account: Account, *types: str, **fields: Any) -> WebhookEndpoint:
    """An endpoint that is told of these, or of all; nothing is sent to it."""
    return WebhookEndpoint.objects.create(
        account=account, url="https://example.com/hook", event_types=list(types), **fields
    )


def gather() -> int:
    """As the sweep does every other second."""
    return conference_news.gather(timezone.now())


def told() -> list[WebhookEvent]:
    """What was recorded, of a conference in its order."""
    return list(WebhookEvent.objects.order_by("conference", "sequence", "created_at", "pk"))


def types() -> list[str]:
    return [event.type for event in told()]


def record(room: Room) -> Recording:
    """Ana is in, and a recording of her goes on."""
    enter(room, ANA)
    recordings.start(room, KEY)
    carry_out()
    return Recording.objects.get()


def fetched(recording: Recording) -> Recording:
    """The carrier told of its file, which is taken to be fetched."""
    now = timezone.now()
    told = Told("carrier's", "https://api.nexmo.com/file", now, now, 3)
    recording_files.heard(recording.conference_id, told, now)
    taken = recording_files.take_next(now)
    assert taken
    return taken


def show(recording: Recording) -> bool:
    return recording_files.show(recording, "recordings/a.wav", files.WAV, 3)


@transaction.atomic
def begin_recorded(room: Room) -> Participant:
    """The first caller of a room that records everything, as the telephony lets them in."""
    changes.change(room, records=True)
    at = timezone.now()
    joined = presence.join(call="first", caller=ANA, at=at, room_id=room.pk, checked=True)
    assert joined
    recordings.entered(joined, at)
    return Participant.objects.get(pk=joined.participant_id)


def _come(world: World) -> Act:
    enter(world.room, ANA)
    return gather


def _go(world: World) -> Act:
    go(enter(world.room, ANA))
    return gather


def _lock(on: bool) -> Callable[[World], Act]:
    def prepare(world: World) -> Act:
        enter(world.room, ANA)
        if not on:
            actions.lock(world.room, True, KEY)
        return lambda: actions.lock(world.room, on, KEY)

    return prepare


def _control(act: Callable[[Participant, bool, By], object], on: bool) -> Callable[[World], Act]:
    """Asked for, and done by the carrier."""

    def prepare(world: World) -> Act:
        stay = enter(world.room, ANA)
        if not on:
            act(stay, True, KEY)
            carry_out()

        def do() -> None:
            act(stay, on, KEY)
            carry_out()

        return do

    return prepare


def _promote(world: World) -> Act:
    stay = enter(world.room, ANA)
    return lambda: actions.promote(stay, KEY)


def _start_recording(world: World) -> Act:
    enter(world.room, ANA)

    def do() -> None:
        recordings.start(world.room, KEY)
        carry_out()

    return do


def _get_recording(world: World) -> Act:
    taken = fetched(record(world.room))
    return lambda: show(taken)


def _lose_recording(world: World) -> Act:
    taken = fetched(record(world.room))
    return lambda: recording_files.not_fetched(taken, "Gone.", timezone.now(), final=True)


def _delete_recording(world: World) -> Act:
    taken = fetched(record(world.room))
    show(taken)
    taken.refresh_from_db()
    return lambda: recording_files.delete(taken)


def _change_meeting(world: World) -> Act:
    meeting = plan(world.room, world.alice)
    return lambda: planning.change(meeting, by=world.alice, title="Plans")


def _cancel_meeting(world: World) -> Act:
    meeting = plan(world.room, world.alice)
    return lambda: planning.cancel(meeting, by=world.alice)


def _reply(world: World) -> Act:
    ana = invite(plan(world.room, world.alice), "Ana", phone=ANA)
    return lambda: invitees.reply(ana, Reply.ACCEPTED)


def _subscribe(world: World) -> Act:
    subscribe(world.stripe, world.customer)
    return lambda: sync_account(world.account)


def _change_subscription(world: World) -> Act:
    one = subscribe(world.stripe, world.customer)
    sync_account(world.account)
    one["cancel_at_period_end"] = True
    return lambda: sync_account(world.account)


def _end_subscription(world: World) -> Act:
    one = subscribe(world.stripe, world.customer)
    sync_account(world.account)
    world.stripe._cancel(one["id"])
    return lambda: sync_account(world.account)


def _unblock(world: World) -> Act:
    row = blocked.block(world.account, BEN, by=world.alice)
    return lambda: blocked.unblock(row)


# For each event, what comes before it and what makes it happen; made again, that changes nothing.
HAPPENINGS: dict[str, Callable[[World], Act]] = {
    "conference.started": _come,
    "conference.ended": _go,
    "conference.locked": _lock(True),
    "conference.unlocked": _lock(False),
    "participant.joined": _come,
    "participant.left": _go,
    "participant.muted": _control(actions.mute, True),
    "participant.unmuted": _control(actions.mute, False),
    "participant.held": _control(actions.hold, True),
    "participant.unheld": _control(actions.hold, False),
    "participant.promoted": _promote,
    "participant.raised_hand": _control(actions.raise_hand, True),
    "participant.lowered_hand": _control(actions.raise_hand, False),
    "recording.started": _start_recording,
    "recording.ready": _get_recording,
    "recording.failed": _lose_recording,
    "recording.deleted": _delete_recording,
    "meeting.planned": lambda world: (
        lambda: planning.start_now(world.account, world.alice, world.room)
    ),
    "meeting.changed": _change_meeting,
    "meeting.cancelled": _cancel_meeting,
    "meeting.replied": _reply,
    "room.changed": lambda world: lambda: changes.change(world.room, name="Daily"),
    "room.archived": lambda world: lambda: changes.archive(world.room),
    "subscription.started": _subscribe,
    "subscription.changed": _change_subscription,
    "subscription.ended": _end_subscription,
    "number.blocked": lambda world: lambda: blocked.block(world.account, BEN, by=world.alice),
    "number.unblocked": _unblock,
}
# Made again, these happen again.
ANEW: dict[str, Callable[[World], Act]] = {
    "room.made": lambda world: lambda: changes.make(world.account, name="Second"),
    "room.code_rotated": lambda world: lambda: changes.rotate_code(world.room),
}


def in_order(conference: Conference) -> list[WebhookEvent]:
    """The events of a conference, which are numbered without a gap."""
    events = list(WebhookEvent.objects.filter(conference=conference).order_by("sequence"))
    conference.refresh_from_db()
    assert [event.sequence for event in events] == list(range(1, conference.event_sequence + 1))
    return events
