"""Twenty people of two customers at a hub's eight mounts, while portal and hub are killed."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.restore.crowd import Crowd
from tests.restore.people import CUSTOMERS

REQUESTS = 1000


def measure() -> Iterator[str]:
    """Waits of each customer, what was delivered, what went wrong, and what was left at the hub."""
    with TemporaryDirectory(prefix="sendense-bench-") as folder, Crowd(Path(folder)) as crowd:
        tally = crowd.run(REQUESTS)
        counts = ", ".join(f"{number} × {kind}" for kind, number in sorted(tally.asked.items()))
        yield f"{tally.total} requests answered: {counts}; portal and hub killed twice each"
        for customer in CUSTOMERS:
            waits = tally.waits[customer]
            yield (
                f"{customer}: {len(waits)} points opened after {median(waits):.1f} s (median), "
                f"{max(waits):.1f} s at most"
            )
        yield f"{tally.delivered / 1e6:.0f} MB delivered, each file with the sum that it has in the machine"
        yield f"went wrong: {'; '.join(tally.wrong) or 'nothing'}"
        yield f"mounts at the hub that the portal does not know: {len(crowd.leaked())}"
