"""Sounds: uploaded by an account, and played to everybody in a room."""

import wave
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import files
from rooms.accounts.models import Account, User
from rooms.conferences import commands
from rooms.conferences.actions import live_room, there
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Sound
from rooms.ids import new_id
from rooms.models import Room

Kind = Command.Kind
MOST_BYTES = 10 * 1024**2
MOST_SOUNDS = 100  # of one account


@dataclass(frozen=True)
class BuiltIn:
    """A sound that comes with the service; it has no row."""

    pk: str
    name: str | Promise
    url: str


MUSIC = BuiltIn("music", gettext_lazy("Music"), f"{settings.PUBLIC_URL}/static/sounds/hold.wav")


def url(sound: Sound) -> str:
    """Where the carrier fetches it; whoever knows this address may hear it."""
    _name, _dot, ending = sound.file.rpartition(".")
    return f"{settings.PUBLIC_URL}/sounds/{sound.token}.{ending}"


def upload(account: Account, name: str, content: UploadedFile[bytes], by: User | None) -> Sound:
    """Keep a sound. Raises ValidationError for `name`, `file`, or both."""
    sound = Sound(account=account, name=" ".join(name.split()), created_by=by)
    errors: dict[str, Any] = {}
    try:
        found = _checked(content)
        sound.content_type, sound.size = found.content_type, content.size or 0
        sound.file = f"sounds/{sound.pk}.{found.ending}"
    except ValidationError as error:
        errors["file"] = error
    try:
        sound.full_clean(exclude=["file", "content_type", "size"])
    except ValidationError as error:
        errors.update(error.error_dict)
    if Sound.objects.kept().filter(account=account).count() >= MOST_SOUNDS:
        why = _("There are %(most)d sounds already. Delete one first.") % {"most": MOST_SOUNDS}
        errors["file"] = ValidationError(why, code="too_many")
    if errors:
        raise ValidationError(errors)
    files.keep(sound.file, content)
    sound.save()
    return sound


def _checked(content: UploadedFile[bytes]) -> files.Format:
    """What sound it is, by what it holds and not by its name. Raises ValidationError."""
    if (content.size or 0) > MOST_BYTES:
        raise ValidationError(_("Choose a file of 10 MB at most."), code="too_large")
    content.seek(0)
    found = files.format_of(content.read(16))
    content.seek(0)
    if found == files.WAV:
        _check_wav(content)
    elif found is None:
        raise ValidationError(_("Choose a WAV or an MP3 file."), code="not_sound")
    content.seek(0)
    return found


def _check_wav(content: IO[bytes]) -> None:
    try:
        with wave.open(content) as sound:
            bits, frames = sound.getsampwidth() * 8, sound.getnframes()
    except (wave.Error, EOFError):
        bits, frames = 0, 0
    if bits != 16 or not frames:
        why = _("Phones play WAV files of 16 bits only. Convert it, or choose an MP3.")
        raise ValidationError(why, code="not_16_bits")


def delete(sound: Sound) -> None:
    """Delete for good; who is hearing it hears it to its end."""
    Sound.objects.kept().filter(pk=sound.pk).update(deleted_at=timezone.now())


def erase_deleted() -> int:
    """Erase the files of what was deleted, then the rows; returns how many."""
    gone = Sound.objects.exclude(deleted_at=None).order_by("?")[:500]
    erased = [sound for sound in gone if files.erased(sound.file)]
    for sound in erased:
        sound.delete()
    return len(erased)


def choices(account: Account) -> list[Sound | BuiltIn]:
    """What can be played into the account's rooms, the music first."""
    return [MUSIC, *Sound.objects.kept().filter(account=account)]


def find(account: Account, pk: str) -> Sound | BuiltIn:
    """Raises ValidationError where the account has no such sound."""
    if pk == MUSIC.pk:
        return MUSIC
    try:
        return Sound.objects.kept().get(account=account, pk=pk)
    except Sound.DoesNotExist as error:
        raise ValidationError(_("There is no such sound any more."), code="sound") from error


@transaction.atomic
def play(room: Room, sound: Sound | BuiltIn, by: By) -> list[Command]:
    """Play it to everybody who is in; a sound that is playing gives way. Raises ValidationError."""
    room = live_room(room)
    address = sound.url if isinstance(sound, BuiltIn) else url(sound)
    return _ask(room, Kind.PLAY, by, sound_url=address)


@transaction.atomic
def stop(room: Room, by: By) -> list[Command]:
    """Stop what is playing, for everybody. Raises ValidationError."""
    return _ask(live_room(room), Kind.STOP, by)


def _ask(room: Room, kind: Command.Kind, by: By, **fields: object) -> list[Command]:
    about, fields = new_id(str(kind)), {"rank": Command.Rank.NEWS, **fields}
    stays = [stay for stay in there(room) if not stay.waiting]
    if not stays:
        raise ValidationError(_("Nobody is in yet: they wait for a host."), code="nobody")
    return commands.write(room, [commands.new(kind, stay, about, by, **fields) for stay in stays])
