"""A catalogue of 5,000,000 names of customers of very different size, the same in each run."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, pairwise
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

CUSTOMERS = {"large": 4_000_000, "middle": 900_000, "small": 99_000, "tiny": 1_000}
ON_A_DISK = 100_000
IN_A_FOLDER = 50
POINTS = 30
"""Walked points of each disk."""
BATCH = 20_000
SYLLABLES = ("ba", "den", "fir", "gol", "hem", "kas", "lun", "mor", "nit", "pel", "quo", "ras", "sti", "tov")
ENDINGS = ("pdf", "docx", "xlsx", "jpg", "log", "dll", "xml", "txt")
COMMON, RARE = "report", "zeppelin"
"""A word in every eighth name, and one in every fifty-thousandth (and in one of the tiny customer's)."""
NAME, VERSION = "restore_cataloguename", "restore_nameversion"
NEVER = 2**63 - 1


@dataclass
class Rows:
    """Keys of what was made, to ask for."""

    owners: dict[str, int]
    disks: dict[str, list[int]]


def fill() -> Rows:
    """Machines and points as the mirror would leave them, names and versions as walks would."""
    rows = Rows({}, {})
    disks = [disk for customer, size in CUSTOMERS.items() for disk in disks_of(rows, customer, size)]
    # The walker takes disks in any order: a customer's names lie here and there.
    random.Random(3).shuffle(disks)
    insert(NAME, "id, folder_id, disk_id, owner_id, name, sort_name", names(disks))
    insert(VERSION, "name_id, kind, size, modified, after, gone, sha256", versions(disks))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return rows


@dataclass
class Disk:
    """``positions`` are those of its walked points, ``size`` counts its names."""

    key: int
    owner: int
    size: int
    folders: list[int]
    positions: list[int]


def disks_of(rows: Rows, customer: str, size: int) -> Iterator[Disk]:
    """The disks of a customer, each of a machine of its own, with walked points and folders."""
    from restore.catalogue.sightings import disk_of, owner_of
    from restore.models import CatalogueFolder
    from restore.models.folders import Folder
    from sendense_portal.tenancy.models import Tenant
    from tests.factories import make_vm

    tenant = Tenant.objects.create(name=f"Customer {customer}")
    rows.disks[customer] = []
    for number in range(-(-size // ON_A_DISK)):
        vm = make_vm(f"{customer}{number:02}", tenant)
        rows.owners[customer] = owner_of(vm).pk
        disk = disk_of(vm, 0)
        rows.disks[customer].append(disk.pk)
        held = min(ON_A_DISK, size - number * ON_A_DISK)
        paths = [
            f"/partition-1/data/{part // 40:03}/folder {part:05}" for part in range(-(-held // IN_A_FOLDER))
        ]
        folders = CatalogueFolder.objects.bulk_create(
            (CatalogueFolder(disk=disk, path=path, path_digest=Folder.digest(path)) for path in paths),
            batch_size=BATCH,
        )
        yield Disk(disk.pk, rows.owners[customer], held, [row.pk for row in folders], walked(disk, number))


def walked(disk: Any, number: int) -> list[int]:
    """One point a day, all in the catalogue; no two disks' begin at the same time."""
    from restore.models import CataloguePoint
    from restore.models.catalogue import microseconds
    from tests.factories import make_backup

    newest = timezone.now() - timedelta(minutes=60 + number)
    points = []
    for day in range(POINTS):
        began = newest - timedelta(days=POINTS - day)
        backup = make_backup(disk.vm, created_at=began, completed_at=began)
        points.append(
            CataloguePoint(
                disk=disk, backup=backup, position=microseconds(began), state=CataloguePoint.State.COMPLETE
            )
        )
    return [point.position for point in CataloguePoint.objects.bulk_create(points)]


def names(disks: Sequence[Disk]) -> Iterator[tuple[Any, ...]]:
    """One row of each name, numbered from 1."""
    dice = random.Random(5).random
    words = [one + two for one in SYLLABLES for two in SYLLABLES]
    number = 0
    for disk in disks:
        for place in range(disk.size):
            number += 1
            first = words[int(dice() * dice() * len(words))]
            second = COMMON if number % 8 == 0 else words[int(dice() * len(words))]
            if number % 50_000 == 7 or (disk.size < ON_A_DISK // 2 and place == 7):
                second = RARE
            name = f"{first.title()}-{second}-{number:07}.{ENDINGS[number % len(ENDINGS)]}"
            folder = disk.folders[place // IN_A_FOLDER]
            yield number, folder, disk.key, disk.owner, name, name.lower()


def versions(disks: Sequence[Disk]) -> Iterator[tuple[Any, ...]]:
    """Most names never change; some did once, some are gone, and a few change with each point."""
    number = 0
    for disk in disks:
        at = disk.positions
        for _ in range(disk.size):
            number += 1
            if number % 1000 == 1:
                bounds = [0, *at[1:-1:1], NEVER]
            elif number % 100 == 0:
                bounds = [0, at[number % POINTS]] if number % POINTS else [0, at[1]]
            elif number % 10 == 0:
                bounds = [0, at[1 + number % (POINTS - 2)], NEVER]
            else:
                bounds = [0, NEVER]
            yield from (
                (number, "f", number % 5_000_000 + step, 1_700_000_000_000_000 + step, since, until, "")
                for step, (since, until) in enumerate(spans(bounds, at))
            )


def spans(bounds: Sequence[int], at: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What each version says: lacking in the walked points of just these times."""
    for since, until in pairwise(bounds):
        before = at[at.index(since) - 1] if since in at else since
        yield before, until


def insert(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """In portions, past the ORM: five million objects take longer than all that is measured."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * (columns.count(",") + 1))
        iterator = iter(rows)
        while portion := list(islice(iterator, BATCH)):
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", portion)  # noqa: S608
