"""The hub's eight mounts, shared by twenty people of two customers. A longer one: ``script/bench crowd``."""

from pathlib import Path

import pytest

from tests.restore.crowd import Crowd
from tests.restore.people import CUSTOMERS


@pytest.mark.slow
def test_nobody_starves_no_mount_leaks_and_every_byte_is_the_machines(tmp_path: Path) -> None:
    with Crowd(tmp_path) as crowd:
        tally = crowd.run(160)
        assert tally.wrong == []
        assert tally.total >= 160
        assert tally.asked["download"] > 20
        assert all(tally.waits[customer] for customer in CUSTOMERS)
        assert crowd.leaked() == set()
