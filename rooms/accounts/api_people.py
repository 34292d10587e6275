"""The API's people list, and moving all of it in and out."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from phonenumbers import SUPPORTED_REGIONS
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.accounts import people, people_csv, people_import, people_records, people_vcard
from rooms.accounts.api_people_examples import EXPORTED, FILE, IMPORTED, NEW_PERSON, PERSON
from rooms.accounts.models import Person, Scope
from rooms.api_examples import with_examples
from rooms.rest.parsing import Strict
from rooms.rest.phone import WithPhone
from rooms.rest.problem import Problem, wrong_parameter
from rooms.rest.refusals import at_field, refusals
from rooms.rest.views import ApiViewSet

FORMATS = ("csv", "vcard")


@with_examples(PERSON, NEW_PERSON)
class PersonSerializer(Strict, WithPhone, serializers.ModelSerializer[Person]):
    phone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=40,
        help_text="With its country code; E.164 is best. In answers it is masked unless the key "
        "has the scope control or admin.",
    )

    class Meta:
        model = Person
        fields = ("id", *people.FIELDS, "created_at")
        read_only_fields = ("created_at",)
        extra_kwargs = {
            "email": {"help_text": "Kept in lower case; of one person alone, as the phone is."},
            "language": {"help_text": "Empty: the account's."},
            "time_zone": {
                "help_text": "A name of the IANA database, such as Europe/Madrid. Empty: the "
                "account's."
            },
        }


@with_examples(FILE, FILE)
class FileSerializer(Strict):
    format = serializers.ChoiceField(FORMATS)
    content = serializers.CharField(
        trim_whitespace=False,
        max_length=people_records.MOST_BYTES,
        help_text="The text of the file: 5,000 people and 2 MB at most. A CSV's first line names "
        "its columns.",
    )
    update = serializers.BooleanField(  # type: ignore[assignment]  # DRF takes fields out
        default=False,
        help_text="True: who is there already gets what the file gives. False: they stay as they "
        "are.",
    )
    country = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=2,
        help_text="Where numbers without a country code are dialled, as ES. Without it such "
        "numbers are faulty.",
    )

    def validate_country(self, code: str) -> str:
        if code and code not in SUPPORTED_REGIONS:
            raise serializers.ValidationError(_("Give the two letters of a country, such as ES."))
        return code


class DuplicateSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Where the record begins in the content.")
    shown = serializers.CharField(help_text="Its name, else its e-mail or number.")
    by = serializers.ChoiceField(
        ("email", "phone", "name"),
        help_text="What it shares; the name counts only where neither has anything else.",
    )
    person = serializers.CharField(source="person.pk", help_text="The person's id.")
    of_line = serializers.IntegerField(
        allow_null=True, help_text="The line that spoke of the person first; null if none did."
    )
    updated = serializers.BooleanField(help_text="Whether the person was changed.")


class RemarkSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Where the record begins in the content.")
    shown = serializers.CharField(help_text="Its name, else its e-mail or number.")
    why = serializers.CharField()


@with_examples(IMPORTED)
class ImportedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField(help_text="How many are new on the list.")
    updated = serializers.IntegerField(help_text="How many of `duplicates` were changed.")
    duplicates = DuplicateSerializer(many=True)
    faulty = RemarkSerializer(many=True, help_text="What was not taken, and why.")
    remarks = RemarkSerializer(many=True, help_text="What was left out of those that were taken.")


@with_examples(EXPORTED)
class ExportedSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(FORMATS)
    content = serializers.CharField(help_text="The text of the file, as the import takes it.")


class People(ApiViewSet):
    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    write_scope = Scope.MEETINGS
    order = ("-id",)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q",
                str,
                description="Only those whose name or e-mail holds this, or whose number does. "
                "A key that sees numbers masked has to give a number whole.",
            )
        ]
    )
    def list(self, request: Request) -> Response:
        """List people

        The account's people list, the newest first.
        """
        sought = request.query_params.get("q", "")
        whole = self.caller.sees_whole_numbers
        return self.page(people.search(self.get_queryset(), sought, by_part=whole))

    def create(self, request: Request) -> Response:
        """Add a person

        A name, an e-mail or a phone is enough. An e-mail or a phone that is another person's is
        refused.
        """
        with refusals(()):
            return self.one(people.make(self.caller.account, **self.checked()), status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Read a person

        What the account knows of them; empty texts stand for what it does not.
        """
        return self.one(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a person

        Sets the fields that are given and leaves the others alone. A name, an e-mail or a phone
        has to be left.
        """
        person: Person = self.get_object()
        with refusals(()):
            return self.one(people.change(person, **self.checked(person)))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a person

        Meetings that they are invited to keep them.
        """
        people.remove(self.get_object())
        return Response(status=204)

    @extend_schema(request=FileSerializer, responses=ImportedSerializer)
    @action(detail=False, methods=["post"], url_path="import", serializer_class=FileSerializer)
    def bring_in(self, request: Request) -> Response:
        """Import people

        Adds those in a CSV or in vCards to the list, and says what became of each record. Whoever
        shares an e-mail or a phone with somebody on the list, or earlier in the file, is a
        duplicate. Sent again, nobody is added twice.
        """
        given = self.checked()
        text = given.pop("content")
        with refusals((), at_field("content")):
            result = people_import.take(self.caller.account, text, **given)
        return Response(ImportedSerializer(result).data)

    @extend_schema(
        parameters=[OpenApiParameter("format", enum=FORMATS, description="csv if not given.")],
        responses=ExportedSerializer,
    )
    @action(detail=False, url_path="export", pagination_class=None)
    def bring_out(self, request: Request) -> Response:
        """Export people

        The whole list as the text of one file. It holds whole numbers, so the key needs the scope
        control or admin, too.
        """
        if not self.caller.sees_whole_numbers:
            raise Problem(
                "missing-scope",
                _("The file holds whole numbers. Use a key with the scope “control” or “admin”."),
            )
        format = request.query_params.get("format", "csv")
        if format not in FORMATS:
            raise wrong_parameter(
                "format", _("Give one of: %(words)s.") % {"words": ", ".join(FORMATS)}
            )
        rows: QuerySet[Person] = self.get_queryset().order_by("sort_key", "id")
        write = people_csv.write if format == "csv" else people_vcard.write
        return Response({"format": format, "content": "".join(write(rows))})
