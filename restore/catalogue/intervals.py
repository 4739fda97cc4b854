"""Folding a walked point into versions, whatever order the points of a disk are walked in.

A version holds in all walked points between its bounds, which are themselves walked points that lack it (or
nothing). So a point that holds what its neighbours hold writes nothing: only what differs is written.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from restore.models.catalogue import (
    NEVER,
    CatalogueDisk,
    CatalogueFolder,
    CatalogueName,
    CataloguePoint,
    NameVersion,
    Sighting,
)

VERSION, NAME = NameVersion._meta.db_table, CatalogueName._meta.db_table
SIGHTING, POINT = Sighting._meta.db_table, CataloguePoint._meta.db_table
FOLDER = CatalogueFolder._meta.db_table
SAME = "s.name_id = v.name_id AND s.kind = v.kind AND s.size = v.size AND s.modified = v.modified"
SPANS = "v.after < %(at)s AND v.gone > %(at)s"


@dataclass(frozen=True)
class Neighbours:
    """The walked points before and after one; 0 and NEVER where there is none."""

    before: int
    after: int


def neighbours(point: CataloguePoint) -> Neighbours:
    """The nearest walked points of the same disk."""
    walked = CataloguePoint.objects.filter(disk=point.disk_id, state=CataloguePoint.State.COMPLETE)
    earlier = walked.filter(position__lt=point.position).order_by("-position").first()
    later = walked.filter(position__gt=point.position).order_by("position").first()
    return Neighbours(earlier.position if earlier else 0, later.position if later else NEVER)


def fold(point: CataloguePoint) -> None:
    """Takes what a finished walk has found into the versions of its disk, and forgets the sightings."""
    with transaction.atomic():
        near = neighbours(point)
        values = {"point": point.pk, "disk": point.disk_id, "at": point.position}
        values |= {"before": near.before, "later": near.after}
        end_what_is_missing(values)
        begin_what_is_new(values)
        run(f"DELETE FROM {SIGHTING} WHERE point_id = %(point)s", values)  # noqa: S608
        point.state = CataloguePoint.State.COMPLETE
        point.save(update_fields=["state"])


def end_what_is_missing(values: dict[str, int]) -> None:
    """Versions that reach over the point, which it lacks: cut short, cut in two, or dropped."""
    missing = f"""
        SELECT v.id FROM {NAME} n JOIN {VERSION} v ON v.name_id = n.id
        WHERE n.disk_id = %(disk)s AND {SPANS}
        AND NOT EXISTS (SELECT 1 FROM {SIGHTING} s WHERE s.point_id = %(point)s AND {SAME})
    """  # noqa: S608  # only names of our own tables
    # Each of the two halves must keep a walked point of its own.
    run(
        f"""INSERT INTO {VERSION} (name_id, kind, size, modified, after, gone, sha256)
        SELECT name_id, kind, size, modified, %(at)s, gone, sha256 FROM {VERSION}
        WHERE after < %(before)s AND gone > %(later)s AND id IN ({missing})""",  # noqa: S608
        values,
    )
    run(f"UPDATE {VERSION} SET gone = %(at)s WHERE after < %(before)s AND id IN ({missing})", values)  # noqa: S608
    run(f"UPDATE {VERSION} SET after = %(at)s WHERE gone > %(later)s AND id IN ({missing})", values)  # noqa: S608
    run(f"DELETE FROM {VERSION} WHERE id IN ({missing})", values)  # noqa: S608


def begin_what_is_new(values: dict[str, int]) -> None:
    """What the point holds and no version that reaches over it does."""
    run(
        f"""INSERT INTO {VERSION} (name_id, kind, size, modified, after, gone, sha256)
        SELECT s.name_id, s.kind, s.size, s.modified, %(before)s, %(later)s, '' FROM {SIGHTING} s
        WHERE s.point_id = %(point)s
        AND NOT EXISTS (SELECT 1 FROM {VERSION} v WHERE {SAME} AND {SPANS})""",  # noqa: S608
        values,
    )


def forget(point: CataloguePoint) -> None:
    """Takes a point out again, and all that no other walked point of its disk holds."""
    values = {"disk": point.disk_id}
    with transaction.atomic():
        point.delete()
        run(
            f"""DELETE FROM {VERSION} WHERE id IN (
                SELECT v.id FROM {NAME} n JOIN {VERSION} v ON v.name_id = n.id
                WHERE n.disk_id = %(disk)s AND NOT EXISTS (
                    SELECT 1 FROM {POINT} p WHERE p.disk_id = %(disk)s AND p.state = 'complete'
                    AND p.position > v.after AND p.position < v.gone))""",  # noqa: S608
            values,
        )
        forget_names(values)


def forget_disk(disk: CatalogueDisk) -> None:
    """All of a disk at once. A walk of it that is under way ends, since its point is gone."""
    values = {"disk": disk.pk}
    with transaction.atomic():
        points = f"SELECT id FROM {POINT} WHERE disk_id = %(disk)s"  # noqa: S608
        names = f"SELECT id FROM {NAME} WHERE disk_id = %(disk)s"  # noqa: S608
        run(f"DELETE FROM {SIGHTING} WHERE point_id IN ({points})", values)  # noqa: S608
        run(f"DELETE FROM {VERSION} WHERE name_id IN ({names})", values)  # noqa: S608
        for table in (POINT, NAME, FOLDER):
            run(f"DELETE FROM {table} WHERE disk_id = %(disk)s", values)  # noqa: S608
        disk.delete()


def forget_names(values: dict[str, int]) -> None:
    """Names without a version, unless a walk under way has just found them, and folders without names."""
    run(
        f"""DELETE FROM {NAME} WHERE disk_id = %(disk)s
        AND NOT EXISTS (SELECT 1 FROM {VERSION} v WHERE v.name_id = {NAME}.id)
        AND NOT EXISTS (SELECT 1 FROM {SIGHTING} s WHERE s.name_id = {NAME}.id)""",  # noqa: S608
        values,
    )
    run(
        f"""DELETE FROM {FOLDER} WHERE disk_id = %(disk)s
        AND NOT EXISTS (SELECT 1 FROM {NAME} n WHERE n.folder_id = {FOLDER}.id)""",  # noqa: S608
        values,
    )


def run(sql: str, values: dict[str, int]) -> None:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
