"""All repositories at a glance: what is used of how much, the fullest, and the one that will be full first.

``outlook_of`` is for pages of the provider: how repositories grow tells of all their customers' data.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from backups.growth import Growth, growths_of
from backups.models import Repository

NEARLY_FULL, FULL = 80, 92
"""Percent; where ``components/meter.html`` turns amber and red."""
MEANWHILE = 64 * 2**20
"""Bytes that may be written to a disk while the hub counts its folders one after the other."""


@dataclass(frozen=True)
class Place:
    """A repository with its size known, and how it grows."""

    repository: Repository
    growth: Growth

    @property
    def percent(self) -> float:
        """Of its capacity that is used."""
        return percent_of(self.repository.used_bytes, self.repository.total_bytes)

    @property
    def tone(self) -> str:
        """The worse of how full it is and how soon it will be: none, warning or error."""
        return max(tone_of(self.percent), self.growth.tone, key=["none", "warning", "error"].index)


@dataclass(frozen=True)
class Outlook:
    """``places`` fullest first, without those of unknown size, which ``unread`` counts.

    ``disks`` are those of them whose sizes add up: of several folders of one disk only the first.
    """

    places: list[Place]
    disks: list[Place]
    unread: int

    @property
    def used_bytes(self) -> int:
        """Of all together."""
        return sum(place.repository.used_bytes or 0 for place in self.disks)

    @property
    def total_bytes(self) -> int:
        """Of all together."""
        return sum(place.repository.total_bytes or 0 for place in self.disks)

    @property
    def percent(self) -> float:
        """Of the capacity of all together."""
        return percent_of(self.used_bytes, self.total_bytes)

    @property
    def tone(self) -> str:
        """Of all together."""
        return tone_of(self.percent)

    @property
    def fullest(self) -> Place | None:
        """The one with the least of its capacity left."""
        return self.places[0] if self.places else None

    @property
    def first_full(self) -> Place | None:
        """The one that will be full before the others; None where no day is in sight."""
        ending = [place for place in self.places if place.growth.full_on]
        return min(ending, key=lambda place: str(place.growth.full_on), default=None)


def outlook_of(repositories: Iterable[Repository]) -> Outlook:
    """Of these repositories, in one query for how they grow."""
    repositories = list(repositories)
    growths = growths_of(repositories)
    places = [Place(one, growths[one.pk]) for one in repositories if one.total_bytes]
    places.sort(key=lambda place: -place.percent)
    disks: list[Place] = []
    for place in places:
        if not any(is_same_disk(place.repository, counted.repository) for counted in disks):
            disks.append(place)
    return Outlook(places, disks, len(repositories) - len(places))


def is_same_disk(one: Repository, other: Repository) -> bool:
    """Whether two are folders of one disk.

    The hub does not say so, but tells the figures of the whole disk for each: they are, when it counted as
    much on both but for what was written meanwhile. Disks that are all but empty look alike and are not taken
    for one.
    """
    if (one.hub_id, one.kind, one.total_bytes) != (other.hub_id, other.kind, other.total_bytes):
        return False
    used, elsewhere = one.used_bytes or 0, other.used_bytes or 0
    return abs(used - elsewhere) <= MEANWHILE and used > (one.total_bytes or 0) / 100


def percent_of(used: int | None, total: int | None) -> float:
    """0 to 100; 0 where nothing is known."""
    return 100 * (used or 0) / total if total else 0


def tone_of(percent: float) -> str:
    """none, warning or error."""
    return "error" if percent >= FULL else "warning" if percent >= NEARLY_FULL else "none"
