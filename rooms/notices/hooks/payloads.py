"""The data of events: what the API shows of a thing to a key that may read and nothing more.

So numbers of callers are masked, and PINs that prove a right are left out. Rows are read anew and
written by the API's own queries and serializers, in UTC and in the language of who asks for none.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.encoders import JSONEncoder

from rooms.accounts.api_auth import Caller
from rooms.accounts.blocked_api import BlockedNumberSerializer
from rooms.accounts.models import Account, BlockedNumber, Scope
from rooms.api import Rooms, RoomSerializer
from rooms.conferences.api import Conferences, ConferenceSerializer, ParticipantSerializer
from rooms.conferences.models import Conference, Participant, Recording
from rooms.conferences.recording_api import RecordingSerializer
from rooms.models import Room

Json = dict[str, Any]


def shower(serializer: type[BaseSerializer[Any]], account_id: str) -> Callable[[Any], Json]:
    """What writes rows of an account as its keys with the scope `read` see them."""
    reader = Caller("", Account(pk=account_id), frozenset({Scope.READ}))
    writer = serializer(context={"caller": reader})

    def show(row: Any) -> Json:
        with translation.override(settings.LANGUAGE_CODE), timezone.override(dt.UTC):
            kept: Json = json.loads(json.dumps(writer.to_representation(row), cls=JSONEncoder))
        return kept

    return show


def conference(account_id: str, pk: str) -> Json:
    row: Conference = Conferences.queryset.get(pk=pk)
    return shower(ConferenceSerializer, account_id)(row)


def participants(account_id: str) -> Callable[[Participant], Json]:
    """Writes many, as they are."""
    return shower(ParticipantSerializer, account_id)


def participant(account_id: str, pk: str) -> Json:
    return participants(account_id)(Participant.objects.get(pk=pk))


def recording(account_id: str, pk: str) -> Json:
    """One that is deleted, too, which the API does not find any more."""
    return shower(RecordingSerializer, account_id)(Recording.objects.get(pk=pk))


def room(account_id: str, pk: str) -> Json:
    row: Room = Rooms.queryset.get(pk=pk)
    return shower(RoomSerializer, account_id)(row)


def blocked(account_id: str, row: BlockedNumber) -> Json:
    return shower(BlockedNumberSerializer, account_id)(row)
