"""Each call gets its room's account, and those whose rooms it was in before are kept; alone, since
PostgreSQL alters no table whose rows it has changed in the same transaction."""

from typing import Any

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    rooms = apps.get_model("rooms", "Room").objects.filter(pk=OuterRef("room"))
    calls = apps.get_model("telephony", "Call").objects.filter(account=None)
    calls.exclude(room=None).update(account=Subquery(rooms.values("account")[:1]))


def keep_moved(apps: Any, schema_editor: Any) -> None:
    """Where a stay was in a room of another account than the one that its call led to last."""
    calls = apps.get_model("telephony", "Call").objects.filter(pk=OuterRef("call"))
    stays = apps.get_model("conferences", "Participant").objects.annotate(
        last=Subquery(calls.values("account")[:1])
    )
    elsewhere = stays.exclude(last=None).exclude(last=F("room__account")).order_by()
    moved = apps.get_model("telephony", "MovedCall")
    found = elsewhere.values_list("room__account", "call").distinct()
    rows = (moved(account_id=account, call_id=call) for account, call in found.iterator())
    moved.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("conferences", "0006_fewer_indexes"),
        ("telephony", "0008_calls_of_an_account"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(keep_moved, migrations.RunPython.noop, elidable=True),
    ]
