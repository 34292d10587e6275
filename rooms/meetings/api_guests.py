"""How the API reads those who are to be invited: as a list, as pasted text, or both."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from rooms import phones
from rooms.accounts import countries
from rooms.accounts.api_auth import asker
from rooms.accounts.models import check_time_zone
from rooms.api_examples import with_examples
from rooms.meetings import invitees, pasting
from rooms.meetings.api_errors import told
from rooms.meetings.api_examples import INVITE, INVITED
from rooms.meetings.api_fields import TellSerializer
from rooms.meetings.invitees import Guest
from rooms.meetings.models import Invitee, Meeting
from rooms.rest.parsing import Strict
from rooms.text import check_one_line


@extend_schema_serializer(component_name="Guest")
class GuestSerializer(Strict):
    """An e-mail or a phone is needed. What is left out comes from the people list."""

    name = serializers.CharField(
        required=False, allow_blank=True, max_length=100, validators=[check_one_line]
    )
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    phone = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="With its country code."
    )
    language = serializers.ChoiceField(
        choices=Invitee._meta.get_field("language").choices or [],
        required=False,
        allow_blank=True,
        help_text="Empty: the account's.",
    )
    time_zone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="A name of the IANA database. Empty: the meeting's.",
    )

    def validate_email(self, text: str) -> str:
        return text.lower()

    def validate_phone(self, text: str) -> str:
        return phones.parse(text) if text else ""

    def validate_time_zone(self, name: str) -> str:
        if name:
            check_time_zone(name)
        return name

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = vars(Guest()) | given
        if not given["email"] and not given["phone"]:
            raise serializers.ValidationError(
                {"email": _("Give an e-mail address or a phone number.")}, code="required"
            )
        return given


@with_examples(INVITED, INVITE)
class InviteSerializer(TellSerializer):
    invitees = serializers.ListField(
        child=GuestSerializer(), required=False, max_length=invitees.MOST
    )
    text = serializers.CharField(
        required=False,
        max_length=pasting.LONGEST,
        help_text="People as mail programs and spreadsheets write them, one or more in a line.",
    )
    country = serializers.ChoiceField(
        choices=[code for code, _name in countries.choices()],
        default="",
        allow_blank=True,
        help_text="Where numbers in the text without a country code are dialled, as ES.",
    )
    leave_out = serializers.BooleanField(
        default=False,
        help_text="True: what cannot be read in the text is left out and told in `problems`. "
        "False: it is refused, and nobody is invited.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Puts the guests and the problems of the text beside what was given."""
        pasted = pasting.parse(given.get("text", ""), country=given["country"])
        if pasted.problems and not given["leave_out"]:
            text = gettext_lazy("Line %(line)d, “%(text)s”: %(why)s")
            told = [
                text % {"line": line, "text": piece, "why": why}
                for line, piece, why in pasted.problems
            ]
            raise serializers.ValidationError({"text": told}, code="unreadable")
        guests = [Guest(**guest) for guest in given.get("invitees", ())]
        given["guests"] = guests + [Guest(one.name, one.email, one.phone) for one in pasted.people]
        given["problems"] = pasted.problems
        if not given["guests"]:
            raise serializers.ValidationError(
                {"invitees": _("Give somebody to invite.")}, code="required"
            )
        return given


class UnreadSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    text = serializers.CharField(help_text="The part that is meant.")
    why = serializers.CharField()


@with_examples(INVITED)
class InvitedSerializer(serializers.Serializer[Any]):
    added = serializers.ListField(
        child=serializers.CharField(), help_text="The ids of those who are new on the list."
    )
    repeated = serializers.ListField(
        child=serializers.CharField(),
        help_text="The addresses of those who were on the list already.",
    )
    problems = UnreadSerializer(many=True, help_text="What of the text was left out.")


def added(meeting: Meeting, request: Request) -> dict[str, Any]:
    """Invite whom the request names; returns what InvitedSerializer shows."""
    body = InviteSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    with told():
        found = invitees.add(meeting, given["guests"], by=asker(request), tell=given["tell"])
    problems = [{"line": line, "text": text, "why": why} for line, text, why in given["problems"]]
    return {
        "added": [invitee.pk for invitee in found.new],
        "repeated": [guest.email or guest.phone for guest in found.repeated],
        "problems": problems,
    }
