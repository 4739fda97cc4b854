from django.db import migrations, models


class Migration(migrations.Migration):
    """Mounts that exist were answered, or have ended long since."""

    dependencies = [("restore", "0004_files")]

    operations = [
        migrations.AddField("mount", "is_unsettled", models.BooleanField(default=False)),
        migrations.AlterField("mount", "is_unsettled", models.BooleanField(default=True)),
    ]
