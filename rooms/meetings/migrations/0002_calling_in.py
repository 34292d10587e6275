from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OPEN = ["waiting", "placing", "calling"]


def take_rooms_over(apps: Any, schema_editor: Any) -> None:
    """A request had its invitee's room until now."""
    requests = apps.get_model("meetings", "CallRequest").objects.all()
    invitees = apps.get_model("meetings", "Invitee").objects.filter(
        pk=models.OuterRef("invitee_id")
    )
    requests.update(room_id=models.Subquery(invitees.values("room_id")))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_blocked_numbers"),
        ("meetings", "0001_initial"),
        ("rooms", "0003_the_line"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="callrequest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("meeting", "to a meeting"),
                    ("called_in", "called in"),
                    ("texted", "texted the code"),
                ],
                db_default="meeting",
                default="meeting",
                max_length=9,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="call_requests",
                to="accounts.person",
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="phone",
            field=models.CharField(blank=True, db_default="", max_length=16, verbose_name="phone"),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="room",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="call_requests",
                to="rooms.room",
            ),
        ),
        migrations.RunPython(take_rooms_over, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="callrequest",
            name="room",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="call_requests",
                to="rooms.room",
            ),
        ),
        migrations.AlterField(
            model_name="callrequest",
            name="asked_by",
            field=models.ForeignKey(
                help_text="Empty where whoever is called asked.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="callrequest",
            name="invitee",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="call_requests",
                to="meetings.invitee",
            ),
        ),
        migrations.AlterField(
            model_name="callrequest",
            name="occurrence",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="call_requests",
                to="meetings.occurrence",
            ),
        ),
        migrations.AddIndex(
            model_name="callrequest",
            index=models.Index(
                condition=models.Q(("phone", ""), _negated=True),
                fields=["phone", "created_at"],
                name="call_requests_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="callrequest",
            index=models.Index(
                condition=models.Q(("kind", "called_in")),
                fields=["room", "created_at"],
                name="calls_into_a_room",
            ),
        ),
        migrations.AddConstraint(
            model_name="callrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "called_in"), ("status__in", OPEN)),
                fields=("room", "phone"),
                name="one_call_in_at_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="callrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "texted"), ("status__in", OPEN)),
                fields=("phone",),
                name="one_call_back_at_once",
            ),
        ),
    ]
