"""The API's feeds: secret addresses from which calendar programs read meetings."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.api_auth import asker
from rooms.accounts.models import Scope
from rooms.api_examples import with_examples
from rooms.meetings import feeds
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import FEED
from rooms.meetings.api_fields import organizer
from rooms.meetings.api_invitees import WHOLE
from rooms.meetings.models import Feed
from rooms.models import Room
from rooms.rest.given import known
from rooms.rest.parsing import Strict
from rooms.rest.views import ApiViewSet


@with_examples(FEED, {"room": None})
class FeedSerializer(Strict, serializers.ModelSerializer[Feed]):
    room = serializers.CharField(
        source="room_id",
        required=False,
        allow_null=True,
        help_text="The room's id; null for the meetings of all rooms.",
    )
    url = serializers.SerializerMethodField(
        help_text="Whoever knows it reads the meetings, with their codes. Null without the scope "
        "meetings or admin, and for a feed that somebody else made."
    )
    made_by = serializers.CharField(
        source="made_by_id",
        read_only=True,
        allow_null=True,
        help_text="The user's id. The feed works as long as they are a member.",
    )

    class Meta:
        model = Feed
        fields = ("id", "room", "url", "made_by", "created_at", "read_at")
        read_only_fields = ("created_at", "read_at")
        extra_kwargs = {"read_at": {"help_text": "When a calendar program read it last."}}

    @extend_schema_field({"type": ["string", "null"]})
    def get_url(self, feed: Feed) -> str | None:
        context = cast(dict[str, Any], self.context)
        maker = asker(context["request"])
        own = maker is not None and feed.made_by_id == maker.pk
        shown = context.get("fresh") or (own and context["caller"].scopes & WHOLE)
        return feeds.address(feed) if shown else None

    def validate_room(self, pk: str | None) -> Room | None:
        account = cast(dict[str, Any], self.context)["caller"].account
        rooms = Room.objects.active().filter(account=account)
        room: Room | None = known(rooms, "room", {"room": pk})
        return room


class Feeds(ApiViewSet):
    queryset = Feed.objects.all()
    serializer_class = FeedSerializer
    write_scope = Scope.MEETINGS

    def get_queryset(self) -> QuerySet[Any]:
        """Those that work; organizers see their own."""
        membership = self.caller.membership
        if membership:
            return feeds.seen_by(membership)
        return feeds.working().filter(account=self.caller.account)

    def list(self, request: Request) -> Response:
        """List feeds

        Those that still work, the newest first. Whoever is logged in as an organizer sees their
        own.
        """
        return self.page(self.get_queryset())

    def create(self, request: Request) -> Response:
        """Make a feed

        An address from which calendar programs read the account's meetings, or one room's, until
        it is revoked.
        """
        room = self.checked().get("room_id")
        by = organizer(self.caller, request)
        with told():
            feed = feeds.make(self.caller.account, by=by, room=room)
        context = {**self.get_serializer_context(), "fresh": True}
        return Response(FeedSerializer(feed, context=context).data, status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a feed

        Whose meetings it tells, and when it was read last.
        """
        return self.one(self.get_object())

    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a feed

        Its address answers no more, for good.
        """
        feeds.revoke(self.get_object())
        return Response(status=204)
