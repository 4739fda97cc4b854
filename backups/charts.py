"""Throughput over time as the points of an SVG; drawn on the server, so the strict CSP holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from backups.models import Backup, ProgressSample

WIDTH, HEIGHT = 600, 120
MOST_POINTS = 120


@dataclass(frozen=True)
class Throughput:
    """``line`` and ``area`` are ``points`` attributes in a box of WIDTH × HEIGHT; speeds in bytes/s."""

    line: str
    area: str
    peak: int
    mean: int
    begins_at: datetime
    ends_at: datetime
    width: int = WIDTH
    height: int = HEIGHT


def throughput_of(backup: Backup) -> Throughput | None:
    """The chart of a backup; None with fewer than two readings."""
    samples: QuerySet[ProgressSample] = backup.samples.order_by("at")
    readings = thinned(list(samples.values_list("at", "bytes_per_second")))
    if len(readings) < 2:
        return None
    begins_at, ends_at = readings[0][0], readings[-1][0]
    span = (ends_at - begins_at).total_seconds() or 1.0
    peak = max(speed for _, speed in readings)
    points = [
        (
            (at - begins_at).total_seconds() / span * WIDTH,
            HEIGHT - (speed / peak if peak else 0.0) * (HEIGHT - 4),
        )
        for at, speed in readings
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Throughput(
        line=line,
        area=f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}",
        peak=peak,
        mean=sum(speed for _, speed in readings) // len(readings),
        begins_at=begins_at,
        ends_at=ends_at,
    )


def thinned(readings: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """At most MOST_POINTS buckets, each with its mean speed: a long run makes no longer page."""
    size = -(-len(readings) // MOST_POINTS) or 1
    buckets = [readings[start : start + size] for start in range(0, len(readings), size)]
    return [(bucket[-1][0], sum(speed for _, speed in bucket) // len(bucket)) for bucket in buckets]
