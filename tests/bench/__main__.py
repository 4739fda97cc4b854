"""``script/bench [name …]``: runs the named measurements, or all of them."""

import sys

from tests.bench import (
    archives,
    catalogue,
    crowd,
    downloads,
    engine,
    folders,
    lists,
    live,
    million,
    scale,
    walks,
)

MEASUREMENTS = {
    "list": lists.measure,
    "scale": scale.measure,
    "million": million.measure,
    "download": downloads.measure,
    "many": downloads.measure_many,
    "memory": downloads.measure_memory,
    "folder": folders.measure,
    "archive": archives.measure,
    "walk": walks.measure,
    "engine": engine.measure,
    "live": live.measure,
    "crowd": crowd.measure,
    "catalogue": catalogue.measure,
}


def main(names: list[str]) -> int:
    """Prints one table; returns 2 for a name that does not exist."""
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
        return 2
    for name in names or MEASUREMENTS:
        print(f"\n{name}")
        for line in MEASUREMENTS[name]():
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
