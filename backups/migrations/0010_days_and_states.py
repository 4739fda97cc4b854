"""The newest-first indexes hold the state too, so that days are counted by state without the rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0009_repository_samples'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='backup',
            name='backup_newest',
        ),
        migrations.RemoveIndex(
            model_name='backup',
            name='backup_tenant_newest',
        ),
        migrations.AddIndex(
            model_name='backup',
            index=models.Index(condition=models.Q(('gone_at__isnull', True)), fields=['-created_at', '-id', 'gone_at', 'state'], name='backup_newest'),
        ),
        migrations.AddIndex(
            model_name='backup',
            index=models.Index(condition=models.Q(('gone_at__isnull', True)), fields=['tenant', '-created_at', '-id', 'gone_at', 'state'], name='backup_tenant_newest'),
        ),
        migrations.AddIndex(
            model_name="backup",
            index=models.Index(
                fields=["vm", "state", "gone_at", "bin_until", "completed_at"], name="vm_points"
            ),
        ),
    ]
