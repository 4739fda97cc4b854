from django.db import migrations
from django.db.models import Max, OuterRef, Subquery


def fill(apps, schema_editor):
    """What the mirror keeps from now on."""
    backups = apps.get_model("backups", "Backup").objects
    failed = backups.filter(vm=OuterRef("pk"), state="failed", gone_at__isnull=True).order_by()
    newest = failed.values("vm").annotate(last=Max("created_at")).values("last")
    apps.get_model("vms", "VirtualMachine").objects.update(last_failed_at=Subquery(newest))


class Migration(migrations.Migration):

    dependencies = [("backups", "0004_covering_list_indexes"), ("vms", "0003_last_failed_at")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
