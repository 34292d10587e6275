import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conferences", "0008_the_rooms_account")]

    operations = [
        migrations.AlterField(
            model_name="conference",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="conferences",
                to="accounts.account",
            ),
        ),
        migrations.AddIndex(
            model_name="conference",
            index=models.Index(
                fields=["account", "-started_at", "-id"], name="conferences_of_an_account"
            ),
        ),
    ]
