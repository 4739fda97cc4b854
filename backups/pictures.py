"""The chains of one VM as a picture: a bar a restore point, as high as what it took, drawn on the server."""

import math
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _lazy

from backups.models import Backup, BackupState, BackupType
from sendense_portal.tenancy.access import Access
from sendense_portal.ui import times
from sendense_portal.ui.templatetags.ui import bytes_filter
from vms.models import VirtualMachine

BAR, GAP, HEIGHT, LOWEST = 16, 4, 64, 6
MOST_CHAINS, MOST_POINTS = 6, 300


class Standing(StrEnum):
    """Whether a point can be restored, or why not."""

    RESTORABLE = "restorable"
    BINNED = "bin"
    BASE_LOST = "lost"
    """The hub has it, but no longer all that it builds on."""


WORDS = {
    Standing.RESTORABLE: _lazy("can be restored"),
    Standing.BINNED: _lazy("in the bin"),
    Standing.BASE_LOST: _lazy("can’t be restored: what it builds on is gone"),
}


@dataclass(frozen=True)
class Bar:
    """One restore point in the picture; sizes in pixels."""

    point: Backup
    standing: Standing
    x: int
    height: int
    width: int = BAR

    @property
    def words(self) -> str:
        """What the picture says of it, for who can't see it and as its title."""
        point = self.point
        return ", ".join(
            [
                str(point.get_type_display()),
                times.exact(point.created_at),
                bytes_filter(point.transferred_bytes),
                str(WORDS[self.standing]),
            ]
        )

    @property
    def y(self) -> int:
        """From the top."""
        return HEIGHT - self.height


@dataclass(frozen=True)
class PicturedChain:
    """A full (unless the hub lost it) and its increments, oldest first."""

    bars: list[Bar]
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """Of the picture."""
        return len(self.bars) * (BAR + GAP) - GAP

    @property
    def bytes(self) -> int:
        """What all of it took."""
        return sum(bar.point.transferred_bytes for bar in self.bars)

    @property
    def first(self) -> Backup:
        """What it begins with."""
        return self.bars[0].point

    @property
    def restorable(self) -> int:
        """How many of its points can be restored."""
        return sum(bar.standing == Standing.RESTORABLE for bar in self.bars)


def chains_of(vm: VirtualMachine, access: Access) -> list[PicturedChain]:
    """The newest chains of a VM, newest first; one query."""
    newest = Backup.objects.visible_to(access).filter(
        vm=vm, state=BackupState.COMPLETED, remote_id__isnull=False
    )
    points = list(newest.select_related("repository").order_by("-created_at", "-pk")[:MOST_POINTS])
    chains: dict[object, list[list[tuple[Backup, Standing]]]] = {}
    lost: set[object] = set()
    for point in reversed(points):
        place, is_full = point.repository_id, point.type == BackupType.FULL
        if is_full:
            chains.setdefault(place, []).append([])
            lost.discard(place)
        elif place not in chains:
            if len(points) == MOST_POINTS:
                # Its full is farther back than was looked.
                continue
            chains[place] = [[]]
            lost.add(place)
        if point.gone_at:
            lost.add(place)
        else:
            chains[place][-1].append((point, standing_of(point, has_base=place not in lost)))
    found = [chain for of_place in chains.values() for chain in of_place if chain]
    found.sort(key=lambda chain: chain[-1][0].created_at, reverse=True)
    most = max((point.transferred_bytes for chain in found for point, _ in chain), default=0)
    return [pictured(chain, most) for chain in found[:MOST_CHAINS]]


def standing_of(point: Backup, *, has_base: bool) -> Standing:
    """Of a point that the hub still has."""
    if point.bin_until:
        return Standing.BINNED
    return Standing.RESTORABLE if has_base else Standing.BASE_LOST


def pictured(chain: list[tuple[Backup, Standing]], most: int) -> PicturedChain:
    """Heights follow the root of the size: an increment of a hundredth of its full is still seen."""
    bars = [
        Bar(point, standing, place * (BAR + GAP), height_of(point.transferred_bytes, most))
        for place, (point, standing) in enumerate(chain)
    ]
    return PicturedChain(bars)


def height_of(size: int, most: int) -> int:
    """In pixels."""
    return LOWEST + round((HEIGHT - LOWEST) * math.sqrt(size / most)) if most else LOWEST
