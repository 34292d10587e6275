"""Each conference gets its room's account; alone, since PostgreSQL alters no table whose rows it
has changed in the same transaction."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    rooms = apps.get_model("rooms", "Room").objects.filter(pk=OuterRef("room"))
    conferences = apps.get_model("conferences", "Conference").objects.filter(account=None)
    conferences.update(account=Subquery(rooms.values("account")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("conferences", "0007_conferences_of_an_account"),
        ("rooms", "0006_fewer_indexes"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
