"""What conferences keep of somebody who is erased: their stays, what was said of them, recordings.

That somebody was there, when and for how long stays, since minutes and reports count it; and that
they were told of a recording, which is proof.
"""

from typing import Any

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.dispatch import receiver
from django.utils import timezone

from rooms.accounts.erased import forget_doers
from rooms.accounts.erasing import BeingRecorded, OnTheLine, covers, erasing, holding, seeking
from rooms.accounts.erasing_rows import clear
from rooms.accounts.erasing_subject import Known, Reach, Subject
from rooms.accounts.models import Account
from rooms.conferences import recording_files
from rooms.conferences.models import Command, Participant, Recording, Sound
from rooms.conferences.models.recording import RecordingQuerySet
from rooms.models import PhoneNumber, Room


@receiver(seeking, dispatch_uid="erasing: conferences")
def _seek(account: Account, known: Known, **_sent: Any) -> Known:
    """Their stays are those from their numbers, and those in which a PIN told who they are."""
    told = Q(invitee__email__in=known.emails) | Q(invitee__phone__in=known.phones)
    stays = Participant.objects.filter(room__account=account)
    theirs = list(stays.filter(told | Q(caller__in=known.phones)))
    others = stays.filter(name__in=known.names).exclude(pk__in=[stay.pk for stay in theirs])
    return Known(
        names=frozenset(stay.name for stay in theirs if stay.name and "@" not in stay.name),
        others=frozenset(others.order_by().values_list("name", flat=True).distinct()),
        stays=frozenset(stay.pk for stay in theirs),
        rooms=frozenset(stay.room_id for stay in theirs),
        calls=frozenset(stay.call for stay in theirs),
        lines=frozenset(stay.caller for stay in theirs if stay.caller) - known.phones,
    )


@receiver(holding, dispatch_uid="erasing: conferences")
def _hold(subject: Subject, **_sent: Any) -> None:
    """Notices about their rooms wait; nothing is erased of somebody who is there."""
    list(Room.objects.locked().filter(pk__in=subject.known.rooms).order_by("pk"))
    there = Participant.objects.filter(room__account=subject.account, left_at=None)
    if there.filter(Q(pk__in=subject.known.stays) | Q(caller__in=subject.phones)).exists():
        raise OnTheLine
    if heard_in(subject).going_on().exists():
        raise BeingRecorded


@receiver(erasing, dispatch_uid="erasing: conferences")
@covers(
    *("conferences.Participant.caller", "conferences.Participant.name"),
    *("conferences.Command.text", "conferences.Sound.name"),
    *("rooms.Room.name", "rooms.Room.greeting", "rooms.PhoneNumber.label"),
)
def _erase(subject: Subject, account: Account, **_sent: Any) -> dict[str, int]:
    stays = _stays(subject)
    conferences = list(stays.order_by().values_list("conference", flat=True).distinct())
    said = Command.objects.filter(conference__in=conferences).exclude(text="")
    recordings = list(heard_in(subject).kept())
    for recording in recordings:
        recording_files.delete(recording)
    rooms = Room.objects.filter(account=account)
    sounds = Sound.objects.filter(account=account)
    own = ((rooms, ("name", "greeting")), (sounds, ("name",)))
    numbers = PhoneNumber.objects.filter(Q(account=account) | Q(room__account=account))
    erased = {
        "recordings": len(recordings),
        "spoken": clear(said, "text", subject=subject, reach=Reach.OWN),
        "stays": stays.exclude(caller="", name="").update(caller="", name=""),
        "texts": sum(clear(rows, *fields, subject=subject) for rows, fields in own)
        + clear(numbers, "label", subject=subject),
    }
    commands = Command.objects.filter(conference__account=account)
    started = Recording.objects.filter(room__account=account)
    doers = ((commands, "by_user"), (started, "started_by"), (sounds, "created_by"))
    forget_doers(subject, doers)
    return erased


def heard_in(subject: Subject) -> RecordingQuerySet:
    """The recordings that went on while they were in the room, and not only waited."""
    came_in = Coalesce("admitted_at", "joined_at", output_field=DateTimeField())
    inside = (
        _stays(subject)
        .alias(came_in=came_in)
        .filter(
            Q(waiting=False) | Q(admitted_at__isnull=False),
            conference=OuterRef("conference"),
            came_in__lt=Coalesce(OuterRef("stopped_at"), Value(timezone.now())),
            left_at__gt=OuterRef("started_at"),
        )
    )
    conferences = _stays(subject).order_by().values("conference")
    there = Recording.objects.filter(Exists(inside), conference__in=conferences)
    return there.exclude(status=Recording.Status.FAILED)


def _stays(subject: Subject) -> QuerySet[Participant]:
    return Participant.objects.filter(pk__in=subject.known.stays)
