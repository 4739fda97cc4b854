"""Cadences of the sync task. Poll from one place, seldom; the hub's own numbers move every 5 s or 10 %."""

from datetime import timedelta

RUNNING_EVERY = timedelta(seconds=1)
"""While anything runs: one call for the whole hub. A page must follow the hub within two seconds, so
half of that is spent on the poll."""
IDLE_EVERY = timedelta(seconds=10)
INVENTORY_EVERY = timedelta(seconds=60)
"""VMs and repositories: several queries per VM at the hub (hub/reference.md 14)."""
MOUNTS_EVERY = timedelta(seconds=30)
DISKS_EVERY = timedelta(minutes=15)
LISTINGS_PER_TICK = 4
"""Budget of per-VM listings in one tick, so that thousands of VMs cost a steady trickle."""
LISTING_AGAIN_AFTER = timedelta(minutes=5)
LONGEST_BACK_OFF = timedelta(seconds=60)
LEASE_FOR = timedelta(seconds=30)
STALLED_AFTER = timedelta(seconds=60)
"""No telemetry for so long: shown as stalled (the hub itself gives up after five minutes)."""
NEVER_REPORTED_AFTER = timedelta(minutes=15)
"""A job without any telemetry runs for ever at the hub (hub/README.md 14); the portal says unknown."""
REQUEST_SETTLED_AFTER = timedelta(seconds=90)
"""A start without an answer is looked for so long before it is called failed."""
