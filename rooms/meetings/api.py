"""The API's meetings: plan, change, cancel, start one at once."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.meetings import planning
from rooms.meetings.api_errors import told
from rooms.meetings.api_fields import FROM, ROOM, TO, TellSerializer, organizer
from rooms.meetings.api_guests import InvitedSerializer, InviteSerializer, added
from rooms.meetings.api_invitees import REPLY, InviteeSerializer, page_of
from rooms.meetings.api_mailings import MailingSerializer, SendSerializer
from rooms.meetings.api_mailings import page_of as page_of_mailings
from rooms.meetings.api_shapes import MeetingSerializer, settle_rule, with_coming
from rooms.meetings.models import Mailing, Meeting, Occurrence
from rooms.models import Room
from rooms.rest.given import known, moment, named
from rooms.rest.parsing import Strict
from rooms.rest.views import ApiViewSet


class StartSerializer(Strict):
    room = serializers.CharField(
        required=False, help_text="The room's id; the account's first room if not given."
    )


class Meetings(ApiViewSet):
    queryset = Meeting.objects.select_related("room__account")
    serializer_class = MeetingSerializer
    account_path = "room__account"
    write_scope = Scope.MEETINGS

    def get_queryset(self) -> QuerySet[Any]:
        return with_coming(super().get_queryset())

    def shown(self, meeting: Meeting, status: int = 200) -> Response:
        """As it is now, with what comes next."""
        return self.one(self.get_queryset().get(pk=meeting.pk), status=status)

    @extend_schema(parameters=[ROOM, FROM, TO])
    def list(self, request: Request) -> Response:
        """List meetings

        The account's meetings, the newest first; cancelled ones too. With `from` or `to`, only
        those that take place in that time.
        """
        found = self.get_queryset()
        if room := named(request, "room", Room.objects.filter(account=self.caller.account)):
            found = found.filter(room=room)
        since, until = moment(request, "from"), moment(request, "to")
        if since or until:
            times = Occurrence.objects.taking_place().filter(meeting=OuterRef("pk"))
            times = times.filter(ends_at__gt=since) if since else times
            times = times.filter(starts_at__lt=until) if until else times
            found = found.filter(Exists(times))
        return self.page(found)

    def create(self, request: Request) -> Response:
        """Plan a meeting

        Nobody is written to before somebody is invited to it. The organizer is on its list from
        the beginning.
        """
        given = self.checked()
        given.pop("tell", None)
        room, whose = given.pop("room_id"), given.pop("organizer_id", None)
        whose = whose or organizer(self.caller, request)
        given.setdefault("time_zone", whose.time_zone)
        settle_rule(given, given["starts"], given["time_zone"])
        with told(first_day="day"):
            return self.shown(planning.plan(room, whose, **given), status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a meeting

        What was planned, what its rule means, and its next five times.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a meeting

        Sets the fields that are given and leaves the others alone. Invitees are told of what
        concerns them, unless `tell` is false; times that have passed stay as they were.
        """
        meeting: Meeting = self.get_object()
        given = self.checked(meeting)
        tell = given.pop("tell", True)
        clock = {"starts": meeting.starts, "time_zone": meeting.time_zone, **given}
        settle_rule(given, clock["starts"], clock["time_zone"])
        with told(first_day="day"):
            return self.shown(planning.change(meeting, by=asker(request), tell=tell, **given))

    @extend_schema(request=TellSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a meeting

        Calls the whole meeting off, for good. Cancelling it again changes nothing.
        """
        meeting: Meeting = self.get_object()
        body = TellSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with told():
            return self.shown(planning.cancel(meeting, by=asker(request), **body.validated_data))

    @extend_schema(request=StartSerializer, responses={201: MeetingSerializer})
    @action(detail=False, methods=["post"])
    def start_now(self, request: Request) -> Response:
        """Start a meeting now

        Plans a meeting of an hour that begins this minute, from nothing. An account without a
        room gets one.
        """
        body = StartSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        account = self.caller.account
        room = known(Room.objects.active().filter(account=account), "room", body.validated_data)
        with told(first_day="day"):
            started = planning.start_now(account, organizer(self.caller, request), room)
        return self.shown(started, status=201)

    @extend_schema(responses=InviteeSerializer(many=True), parameters=[REPLY])
    @action(detail=True, serializer_class=InviteeSerializer)
    def invitees(self, request: Request, pk: str) -> Response:
        """List the invitees of a meeting

        In the order in which they were invited, each with what became of their invitation. Who
        was taken off the list is left out.
        """
        return page_of(self, self.get_object())

    @extend_schema(request=InviteSerializer, responses={201: InvitedSerializer})
    @invitees.mapping.post
    def invite(self, request: Request, pk: str) -> Response:
        """Invite people to a meeting

        Give them as a list, as pasted text, or both; 5,000 at most are on one meeting's list.
        Who is on it already stays as they are. Invitations go out at once unless `tell` is false.
        """
        return Response(added(self.get_object(), request), status=201)

    @extend_schema(responses=MailingSerializer(many=True))
    @action(detail=True, serializer_class=MailingSerializer)
    def mailings(self, request: Request, pk: str) -> Response:
        """List the mailings of a meeting

        Each is one act of writing to its invitees, the newest first, with how far it has come.
        """
        return page_of_mailings(self, Mailing.objects.filter(meeting=self.get_object()))

    @extend_schema(request=SendSerializer, responses={201: MailingSerializer})
    @mailings.mapping.post
    def send_invitations(self, request: Request, pk: str) -> Response:
        """Send the invitations of a meeting

        Once more to everybody, or to those who were not invited yet. It goes on by itself; the
        mailing tells how far it is, and can be stopped.
        """
        body = SendSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        started = body.start(self.get_object(), asker(request))
        return Response(MailingSerializer(started).data, status=201)
