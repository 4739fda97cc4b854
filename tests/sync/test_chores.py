"""What the portal does by itself: in its rhythm, and a failure ends nothing else."""

import asyncio
from datetime import timedelta

import pytest
from django.apps import apps

from sendense_portal.sync import chores
from sendense_portal.sync.chores import Chore


def test_the_heads_of_the_trail_are_mailed_by_the_sync_task() -> None:
    assert apps.is_installed("sendense_portal.audit")
    assert "mail the heads of the trail" in [chore.name for chore in chores.chores]


def test_a_chore_that_fails_is_tried_again_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failing")
        raise ZeroDivisionError

    own = [
        Chore("failing", timedelta(seconds=0.01), fail),
        Chore("sound", timedelta(seconds=0.01), lambda: done.append("sound")),
    ]
    monkeypatch.setattr(chores, "chores", own)
    monkeypatch.setattr(chores, "close_old_connections", lambda: None)

    async def for_a_moment() -> None:
        running = asyncio.create_task(chores.run_chores())
        await asyncio.sleep(0.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(for_a_moment())
    assert min(done.count("failing"), done.count("sound")) >= 2
    assert "the chore failing failed" in caplog.text
