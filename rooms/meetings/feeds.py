"""Feeds: secret addresses from which calendar programs read an account's or a room's meetings.

A feed works until it is revoked, and no longer than whoever made it is a member of the account.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rooms.accounts.models import Account, Membership, User
from rooms.meetings import calendars
from rooms.meetings.models import Feed, Meeting, MeetingQuerySet, Occurrence
from rooms.models import Room

PAST = dt.timedelta(days=60)  # of what is over a feed tells this much
MOST_MEETINGS = 1000
MOST = 20  # of one person in one account
READ_NOTED_EVERY = dt.timedelta(minutes=5)


def make(account: Account, *, by: User, room: Room | None = None) -> Feed:
    """A feed of all meetings of the account, or of its `room`. Raises ValidationError."""
    if room and (room.account_id != account.pk or room.archived_at):
        raise ValidationError({"room": _("Choose one of your rooms.")})
    if working().filter(account=account, made_by=by).count() >= MOST:
        text = _("You have %(most)d feeds. Revoke one that nobody reads.") % {"most": MOST}
        raise ValidationError(text, code="too_many")
    return Feed.objects.create(account=account, room=room, made_by=by)


def revoke(feed: Feed) -> None:
    """Its address answers no more, for good; doing it again changes nothing."""
    Feed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=timezone.now())


def working() -> QuerySet[Feed]:
    """Those that answer."""
    members = Membership.objects.filter(
        account=OuterRef("account"), user=OuterRef("made_by"), user__is_active=True
    )
    return Feed.objects.filter(Exists(members), revoked_at=None)


def seen_by(membership: Membership) -> QuerySet[Feed]:
    """Everybody sees their own; owners and admins see all, and may revoke them."""
    mine = Q() if membership.manages_members else Q(made_by=membership.user)
    found = working().filter(mine, account=membership.account)
    return found.select_related("room", "made_by").order_by("-created_at", "-id")


def address(feed: Feed) -> str:
    """Whoever knows it reads the meetings, with their codes."""
    return settings.PUBLIC_URL + reverse("feeds:feed", args=[feed.token])


def name(feed: Feed) -> str:
    """What a calendar program calls it: by the room, or by the account."""
    return str(feed.room or feed.account)


def meetings(feed: Feed, now: dt.datetime) -> MeetingQuerySet:
    """Those that it tells: what takes place, and what is over not long ago."""
    times = Occurrence.objects.filter(
        meeting=OuterRef("pk"), cancelled_at=None, ends_at__gt=now - PAST
    )
    found = Meeting.objects.planned().filter(Exists(times), room__account=feed.account_id)
    if feed.room_id:
        found = found.filter(room=feed.room_id)
    newest = found.select_related("room__account", "organizer").order_by("-created_at", "-id")
    return newest[:MOST_MEETINGS]


def changed_at(feed: Feed) -> dt.datetime:
    """When a meeting that it tells was changed last."""
    there = Meeting.objects.filter(room__account=feed.account_id)
    if feed.room_id:
        there = there.filter(room=feed.room_id)
    newest: dt.datetime | None = there.aggregate(at=Max("changed_at"))["at"]
    return max(newest or feed.created_at, feed.created_at)


def read(feed: Feed) -> bytes:
    """The calendar as it is now, in the account's language; notes that it was read."""
    now = timezone.now()
    noted = Q(read_at=None) | Q(read_at__lt=now - READ_NOTED_EVERY)
    Feed.objects.filter(noted, pk=feed.pk).update(read_at=now)
    with translation.override(feed.account.language):
        return calendars.feed(meetings(feed, now), name(feed))
