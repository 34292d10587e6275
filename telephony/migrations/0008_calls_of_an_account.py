import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_history_and_erasures"),
        ("rooms", "0006_fewer_indexes"),
        ("telephony", "0007_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="call",
            name="room",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="rooms.room",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("account__isnull", False)),
                fields=["account", "-created_at", "-uuid"],
                name="calls_of_an_account",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("room__isnull", False)),
                fields=["room", "created_at"],
                name="calls_of_a_room",
            ),
        ),
        migrations.CreateModel(
            name="MovedCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moved",
                        to="telephony.call",
                    ),
                ),
            ],
            options={
                "verbose_name": "moved call",
                "verbose_name_plural": "moved calls",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "call"), name="one_moved_call_per_account"
                    )
                ],
            },
        ),
    ]
