"""Names in PostgreSQL are ordered by their characters, as in SQLite: so the index by name finds beginnings in
the order in which they are shown, whatever the language of the database.

The two indexes by time go: a comparison asks the names of its disk, not all changes of everybody's disks.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COLLATE = "ALTER TABLE restore_cataloguename ALTER COLUMN sort_name TYPE text COLLATE "


def order_by_characters(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(COLLATE + '"C"', None)


def order_by_language(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(COLLATE + '"default"', None)


class Migration(migrations.Migration):
    dependencies = [("restore", "0011_what_a_proof_read")]
    operations = [
        migrations.RemoveIndex("nameversion", "catalogue_began"),
        migrations.RemoveIndex("nameversion", "catalogue_ended"),
        migrations.RunPython(order_by_characters, order_by_language),
    ]
