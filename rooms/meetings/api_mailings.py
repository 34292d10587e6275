"""The API's mailings: how far the writing to invitees has come, and stopping it."""

from typing import Any, cast

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts.models import Scope, User
from rooms.api_examples import with_examples
from rooms.meetings import mailings, progress
from rooms.meetings.api_examples import MAILING
from rooms.meetings.models import Mailing, Meeting
from rooms.notices.models import Notice
from rooms.rest.parsing import NoFields, Strict
from rooms.rest.problem import Problem
from rooms.rest.views import ApiViewSet

Status = Notice.Status


class ProgressSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="How many people are written to.")
    sent = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="It was stopped, or need not be told any more.")
    waiting = serializers.IntegerField(help_text="It goes on until this is 0.")


@with_examples(MAILING)
class MailingSerializer(serializers.ModelSerializer[Mailing]):
    # `context["progress"]` may tell of many at once.

    meeting = serializers.CharField(source="meeting_id", help_text="The meeting's id.")
    invitee = serializers.CharField(
        source="invitee_id", allow_null=True, help_text="The one person whom it goes to, or null."
    )
    occurrence = serializers.CharField(
        source="occurrence_id",
        allow_null=True,
        help_text="The one time that it is about, or null.",
    )
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Mailing
        fields = (
            *("id", "meeting", "kind", "channel", "audience", "invitee", "occurrence", "progress"),
            *("created_at", "finished_at", "stopped_at", "stopped_why"),
        )
        extra_kwargs = {
            "finished_at": {"help_text": "When all of it was written; it is sent from then on."},
            "stopped_why": {"help_text": "Empty if it was not stopped."},
        }

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, mailing: Mailing) -> dict[str, Any]:
        known = cast(dict[str, Any], self.context).get("progress") or progress_of([mailing])
        return cast(dict[str, Any], ProgressSerializer(known[mailing.pk]).data)


def progress_of(rows: list[Mailing]) -> dict[str, progress.Progress]:
    """By the mailing's id; one statement for all of them, and one for each that is being written.

    Of one that was stopped, those whose notice was never written are not counted.
    """
    notices = Notice.objects.filter(mailing__in=rows).order_by().values("mailing", "status")
    counted = notices.annotate(n=Count("pk")).values_list("mailing", "status", "n")
    counts: dict[str, dict[str, int]] = {row.pk: {} for row in rows}
    for pk, status, n in counted:
        counts[str(pk)][status] = n
    return {row.pk: _progress(row, counts[row.pk]) for row in rows}


def _progress(mailing: Mailing, counts: dict[str, int]) -> progress.Progress:
    going_on = mailing.finished_at is None and mailing.stopped_at is None
    unwritten = mailings.remaining(mailing).count() if going_on else 0
    return progress.Progress(
        total=sum(counts.values()) + unwritten,
        sent=counts.get(Status.SENT, 0),
        failed=counts.get(Status.FAILED, 0),
        skipped=counts.get(Status.SKIPPED, 0),
        waiting=counts.get(Status.PENDING, 0) + counts.get(Status.SENDING, 0) + unwritten,
    )


def page_of(view: ApiViewSet, rows: QuerySet[Mailing]) -> Response:
    """The page of mailings that the request asks for."""
    found = view.paginate_queryset(rows) or []
    context = {**view.get_serializer_context(), "progress": progress_of(list(found))}
    shown = MailingSerializer(found, many=True, context=context).data
    return view.get_paginated_response(shown)


class SendSerializer(Strict):
    audience = serializers.ChoiceField(
        (Mailing.Audience.ALL.value, Mailing.Audience.NEW.value),
        default=Mailing.Audience.ALL.value,
        help_text="Everybody, or those who were not invited yet.",
    )
    channel = serializers.ChoiceField(
        Mailing.Channel.choices,
        default=Mailing.Channel.EMAIL.value,
        help_text="SMS go to those whose number is known.",
    )

    @transaction.atomic
    def start(self, meeting: Meeting, by: User | None) -> Mailing:
        """`self` is valid. Raises Problem for a meeting that was cancelled."""
        locked = Meeting.objects.locked().select_related("room").get(pk=meeting.pk)
        check_planned(locked)
        kind = Mailing.Kind.INVITATION
        return mailings.start(locked, kind, by=by, **self.validated_data)


def check_planned(meeting: Meeting) -> None:
    """Raises Problem: nobody is invited to what was called off."""
    if meeting.cancelled_at or meeting.room.archived_at:
        raise Problem("conflict", _("This meeting was cancelled. Plan a new one."))


class Mailings(ApiViewSet):
    queryset = Mailing.objects.select_related("meeting")
    serializer_class = MailingSerializer
    account_path = "meeting__room__account"
    write_scope = Scope.MEETINGS

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a mailing

        How many were written to, and what became of that.
        """
        return self.one(self.get_object())

    @extend_schema(request=NoFields, responses=MailingSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Stop a mailing

        Sends no more of it. What was handed over already cannot be taken back.
        """
        self.check_empty()
        mailings.stop(self.get_object())
        return self.one(self.get_object())

    @extend_schema(request=NoFields, responses=MailingSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with a mailing

        Sends what a stopped one has left; nobody gets it twice. One that a newer one took the
        place of cannot go on.
        """
        self.check_empty()
        if not progress.resume(self.get_object()):
            raise Problem("conflict", _("It was not stopped, or a newer message took its place."))
        return self.one(self.get_object())
