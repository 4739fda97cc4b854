"""The index that finds a part of a name: trigrams, by FTS5 in SQLite and by pg_trgm in PostgreSQL.

Owner and disk are indexed with the name, so that the names of one customer among millions of others' are found
at the price of their own: in SQLite as three characters each, which is one trigram.

SQLite drops triggers with a table that Django makes anew: a migration that alters the table of names must make
them again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAMES, INDEX = "restore_cataloguename", "restore_catalogue_text"


def key(number: str) -> str:
    """Three characters that stand for a number, in SQL: digits of base 20,000 beyond U+4E00."""
    digits = (f"({number} / 400000000) % 20000", f"({number} / 20000) % 20000", f"{number} % 20000")
    return f"char({', '.join(f'19968 + {digit}' for digit in digits)})"


def row(which: str) -> str:
    return f"{which}.id, {which}.sort_name, {key(which + '.owner_id')}, {key(which + '.disk_id')}"


COLUMNS = "rowid, name, owner, disk"
FORGET = f"INSERT INTO {INDEX}({INDEX}, {COLUMNS}) VALUES ('delete', {row('old')});"
ADD = f"INSERT INTO {INDEX}({COLUMNS}) VALUES ({row('new')});"
SQLITE = [
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(name, owner, disk, content='', tokenize='trigram')",
    f"CREATE TRIGGER {INDEX}_add AFTER INSERT ON {NAMES} BEGIN {ADD} END",
    f"CREATE TRIGGER {INDEX}_forget AFTER DELETE ON {NAMES} BEGIN {FORGET} END",
    f"CREATE TRIGGER {INDEX}_change AFTER UPDATE OF sort_name, owner_id, disk_id ON {NAMES}"
    f" BEGIN {FORGET} {ADD} END",
]
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    f"CREATE INDEX {INDEX} ON {NAMES} USING gin (owner_id, disk_id, sort_name gin_trgm_ops)",
]


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, None)


def unmake(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP INDEX {INDEX}")
        return
    for what in ("add", "forget", "change"):
        editor.execute(f"DROP TRIGGER {INDEX}_{what}")
    editor.execute(f"DROP TABLE {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("restore", "0008_catalogue")]
    operations = [migrations.RunPython(make, unmake)]
