"""What several parts of the API of meetings read and show: clocks, moments, who asks."""

import datetime as dt

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from rooms.accounts.api_auth import Caller, asker
from rooms.accounts.models import Membership, Role, User
from rooms.rest.parsing import Strict
from rooms.rest.problem import Problem

FROM = OpenApiParameter("from", dt.datetime, description="Only what ends after this moment.")
TO = OpenApiParameter("to", dt.datetime, description="Only what starts before this moment.")
ROOM = OpenApiParameter("room", str, description="Only those of this room.")


class TellSerializer(Strict):
    tell = serializers.BooleanField(
        default=True, help_text="Whether the invitees are told, if there is something to tell."
    )


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
