"""Many rows past the ORM, whose instances cost more than all else of a listing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

Row = Sequence[Any]
"""Values as the database takes them, in the order of the columns."""


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Rows of one model; those that a constraint knows already stay as they are."""
    quote = connection.ops.quote_name
    into = f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        # only names of our own models
        cursor.executemany(f"INSERT INTO {into} VALUES ({places}) ON CONFLICT DO NOTHING", list(rows))  # noqa: S608
