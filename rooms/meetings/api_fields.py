"""What several parts of the API of meetings read and show: clocks, moments, who asks."""

import datetime as dt
import re
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from rooms.accounts.api_auth import Caller
from rooms.accounts.models import Account, Membership, Role, User
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.views import ID

FROM = OpenApiParameter("from", dt.datetime, description="Only what ends after this moment.")
TO = OpenApiParameter("to", dt.datetime, description="Only what starts before this moment.")
ROOM = OpenApiParameter("room", str, description="Only those of this room.")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"})
class Clock(serializers.TimeField):
    """A local time, as 09:00."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)


class TellSerializer(Strict):
    tell = serializers.BooleanField(
        default=True, help_text="Whether the invitees are told, if there is something to tell."
    )


def asker(request: Request) -> User | None:
    """Who is logged in, or who made the key."""
    return request.user if isinstance(request.user, User) else None


def organizer(caller: Caller, request: Request) -> User:
    """Whose a new meeting is: whoever asks, if still a member; else the account's first owner."""
    user = asker(request)
    if user and Membership.objects.filter(account=caller.account, user=user).exists():
        return user
    owners = Membership.objects.filter(
        account=caller.account, role=Role.OWNER, user__is_active=True
    )
    owner = owners.select_related("user").order_by("created_at", "id").first()
    if owner is None:
        raise Problem("conflict", _("The account has no owner. Name an organizer."))
    return owner.user


def member(account: Account, user_id: str) -> User:
    """Raises ValidationError for somebody who is no member."""
    found = User.objects.filter(accounts=account, is_active=True, pk=user_id).first()
    if found is None:
        raise serializers.ValidationError(_("Give the id of a member's user."), code="no_member")
    return found


def moment(request: Request, name: str) -> dt.datetime | None:
    """A query parameter as RFC 3339, None where it is not given."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+"))  # what a plus becomes in an address
        found = found.astimezone(dt.UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):  # of the year 0, or as good as
        found = None
    if found is None:
        raise wrong_parameter(name, _("Give a moment in RFC 3339, such as 2026-11-23T09:00:00Z."))
    return found


def named(request: Request, name: str, rows: "QuerySet[Any]") -> Any:
    """The one among `rows` that a query parameter names; a stranger's id is not found."""
    pk = request.query_params.get(name, "")
    if not pk:
        return None
    if not re.fullmatch(ID, pk):
        raise Http404
    return get_object_or_404(rows, pk=pk)
