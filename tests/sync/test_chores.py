"""What the portal does by itself: in its rhythm, and a failure ends nothing else."""

import asyncio
import threading
from datetime import timedelta

import pytest
from django.apps import apps

from sendense_portal.sync import chores
from sendense_portal.sync.chores import Chore


def test_the_heads_of_the_trail_are_mailed_by_the_sync_task() -> None:
    assert apps.is_installed("sendense_portal.audit")
    assert "mail the heads of the trail" in [chore.name for chore in chores.chores]


def test_what_has_to_be_in_time_waits_for_no_other_chore(monkeypatch: pytest.MonkeyPatch) -> None:
    began, flows_came = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        assert flows_came.wait(5), "the other chore did not run meanwhile"

    def flows() -> None:
        if began.is_set():
            flows_came.set()

    own = [
        Chore("slow", timedelta(seconds=9), slow),
        Chore("flows", timedelta(seconds=0.01), flows, thread="flows"),
    ]
    monkeypatch.setattr(chores, "chores", own)
    monkeypatch.setattr(chores, "close_old_connections", lambda: None)

    async def until_it_came() -> None:
        running = asyncio.create_task(chores.run_chores())
        assert await asyncio.to_thread(flows_came.wait, 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(until_it_came())


def test_flows_have_a_thread_of_their_own() -> None:
    threads = {chore.name: chore.thread for chore in chores.chores}
    assert [name for name, thread in threads.items() if thread == threads["protection"]] == ["protection"]


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
