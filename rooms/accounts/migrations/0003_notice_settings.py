from django.db import migrations, models


def keep_choices(apps, schema_editor):
    """Who chose other than what was preset, joins and leaves by e-mail alone, keeps it."""
    Membership = apps.get_model('accounts', 'Membership')
    changed = []
    for membership in Membership.objects.exclude(presence_by_email=True, presence_by_sms=False):
        wanted = {'email': membership.presence_by_email, 'sms': membership.presence_by_sms}
        membership.notice_channels = {'presence': [name for name, on in wanted.items() if on]}
        changed.append(membership)
    Membership.objects.bulk_update(changed, ['notice_channels'], batch_size=500)


def give_back(apps, schema_editor):
    Membership = apps.get_model('accounts', 'Membership')
    changed = []
    for membership in Membership.objects.exclude(notice_channels={}):
        channels = membership.notice_channels.get('presence', ['email'])
        membership.presence_by_email = 'email' in channels
        membership.presence_by_sms = 'sms' in channels
        changed.append(membership)
    Membership.objects.bulk_update(
        changed, ['presence_by_email', 'presence_by_sms'], batch_size=500
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='notice_channels',
            field=models.JSONField(blank=True, default=dict, help_text='Channels by kind of notice; a kind that is missing comes as preset.', verbose_name='notices by channel'),
        ),
        migrations.AddField(
            model_name='membership',
            name='presence_minutes',
            field=models.PositiveSmallIntegerField(choices=[(0, 'at once'), (5, 'every 5 minutes'), (15, 'every 15 minutes'), (60, 'every hour')], default=0, verbose_name='joins and leaves are gathered'),
        ),
        migrations.AddField(
            model_name='membership',
            name='quiet_from',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet from'),
        ),
        migrations.AddField(
            model_name='membership',
            name='quiet_until',
            field=models.TimeField(blank=True, null=True, verbose_name='quiet until'),
        ),
        migrations.RunPython(keep_choices, give_back),
        migrations.RemoveField(
            model_name='membership',
            name='presence_by_email',
        ),
        migrations.RemoveField(
            model_name='membership',
            name='presence_by_sms',
        ),
    ]
