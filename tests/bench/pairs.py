"""Timing two things side by side."""

import statistics
import time
from collections.abc import Callable


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 15
) -> tuple[float, float]:
    """Median seconds of each, taken in turn (A B A B …) after one of each to warm up."""
    ours(), theirs()
    mine, other = [], []
    for _ in range(rounds):
        mine.append(seconds(ours))
        other.append(seconds(theirs))
    return statistics.median(mine), statistics.median(other)


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
