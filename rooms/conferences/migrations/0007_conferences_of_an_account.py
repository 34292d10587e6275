import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_who_calls"),
        ("conferences", "0006_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="conference",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="conferences",
                to="accounts.account",
            ),
        ),
        migrations.AddField(
            model_name="conference",
            name="event_sequence",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="conference",
            name="forgotten_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="forgotten"),
        ),
    ]
