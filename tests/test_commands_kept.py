"""What is left of the ledger of commands after a month."""

import datetime as dt

from django.utils import timezone

from rooms.conferences import actions, commands
from rooms.conferences.commands import SERVICE
from rooms.conferences.models import Command
from rooms.models import Room
from telephony import tasks
from tests.on_the_line import carry_out, enter

Kind = Command.Kind


def test_what_was_said_goes_and_what_was_done_stays(room: Room) -> None:
    stay = enter(room)
    actions.announce(room, "Five minutes left.", SERVICE)
    actions.mute(stay, True, SERVICE)
    carry_out()
    tasks.tidy()
    assert Command.objects.filter(kind=Kind.SAY).exists()
    assert commands.tidy(timezone.now() - dt.timedelta(days=30)) == 0
    Command.objects.update(done_at=timezone.now() - dt.timedelta(days=31))
    actions.announce(room, "Not said yet.", SERVICE)
    tasks.tidy()
    assert set(Command.objects.values_list("kind", "text")) == {
        (Kind.MUTE, ""),
        (Kind.SAY, "Not said yet."),
    }
