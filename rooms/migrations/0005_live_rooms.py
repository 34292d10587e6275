from typing import Any

from django.db import migrations
from django.utils import timezone


def mark_those_with_somebody_in(apps: Any, schema_editor: Any) -> None:
    """Conferences that go on have begun, and whoever is alone there is so from now on."""
    live = apps.get_model("rooms", "Room").objects.filter(people_in__gt=0).order_by()
    live.filter(people_waiting=0).update(begun=True)
    live.filter(people_in=1, alone_since=None).update(alone_since=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0004_known_callers"),
    ]

    operations = [
        migrations.RunPython(mark_those_with_somebody_in, migrations.RunPython.noop, elidable=True),
    ]
