from django.db import migrations

from rooms.pattern_indexes import drop


class Migration(migrations.Migration):
    dependencies = [("telephony", "0006_calls_by_number")]

    operations = [
        migrations.RunPython(drop("telephony_call"), migrations.RunPython.noop, elidable=True)
    ]
