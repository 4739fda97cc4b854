"""The spool: a file arrives once, whole or not at all, and its readers come and go."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from restore.spool import Spool, SpoolFull, SpoolReader
from sendense_portal.hub import Download, Hub, HubCutShort, HubProtocolError
from tests.restore.small_hub import SmallHub, Zeros
from tests.waiting import wait_until

BIG = "/partition-1/big.bin"
CONTENT = bytes(range(256)) * 12_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", 64 << 20)
    yield spool
    spool.close()


def source(hub: SmallHub, path: str = BIG) -> Callable[[], AbstractContextManager[Download]]:
    """Opens a file at the small hub through the real client."""
    client = Hub(hub.url)
    mount_id = hub.mount("backup-1", 0)["mount_id"]
    return lambda: client.restore.open(mount_id, path)


async def all_of(reader: SpoolReader, start: int = 0, stop: int = len(CONTENT)) -> bytes:
    parts = []
    while start < stop:
        part = await reader.part(start, min(100_000, stop - start))
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def test_a_file_arrives_whole_and_hashed(spool: Spool, small_hub: SmallHub) -> None:
    reader = spool.open("a", len(CONTENT), source(small_hub))
    assert asyncio.run(all_of(reader)) == CONTENT
    assert reader.sha256 == hashlib.sha256(CONTENT).hexdigest()
    reader.close()


def test_several_readers_cost_one_transfer(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.wrong.seconds_per_chunk = 0.005
    readers = [spool.open("a", len(CONTENT), source(small_hub)) for _ in range(3)]

    async def together() -> list[bytes]:
        return await asyncio.gather(*(all_of(reader) for reader in readers))

    assert asyncio.run(together()) == [CONTENT] * 3
    assert small_hub.paths_of("download") == [BIG]


def test_a_reader_need_not_wait_for_the_end(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.wrong.seconds_per_chunk = 0.02
    reader = spool.open("a", len(CONTENT), source(small_hub))
    assert asyncio.run(reader.part(0, 1000)) == CONTENT[:1000]
    assert not reader.file.is_whole
    reader.close()


def test_a_cut_file_is_tried_once_more(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 1, 2_000
    reader = spool.open("a", len(CONTENT), source(small_hub))
    reader.wait_until_whole()
    assert reader.read(0, len(CONTENT)) == CONTENT
    assert small_hub.paths_of("download") == [BIG, BIG]


def test_a_file_cut_twice_never_ends_whole(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 2, 2_500_000
    reader = spool.open("a", len(CONTENT), source(small_hub))
    with pytest.raises(HubCutShort):
        reader.wait_until_whole()
    assert reader.sha256 == ""


def test_a_file_that_lacks_one_byte_gives_its_last_to_nobody(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 2, len(CONTENT) - 1
    small_hub.wrong.without_length = True
    reader = spool.open("a", len(CONTENT), source(small_hub))
    with pytest.raises(HubCutShort):
        asyncio.run(all_of(reader))


def test_a_file_without_announced_length_is_whole_when_its_listed_size_came(
    spool: Spool, small_hub: SmallHub
) -> None:
    small_hub.wrong.without_length = True
    reader = spool.open("a", len(CONTENT), source(small_hub))
    reader.wait_until_whole()
    assert reader.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("difference", [-1, 1])
def test_another_size_than_listed_is_not_believed(spool: Spool, small_hub: SmallHub, difference: int) -> None:
    reader = spool.open("a", len(CONTENT) + difference, source(small_hub))
    with pytest.raises(HubProtocolError, match="another size"):
        reader.wait_until_whole()


def test_without_readers_the_transfer_stops_and_nothing_stays(spool: Spool, small_hub: SmallHub) -> None:
    small_hub.files["/partition-1/huge"] = Zeros(60 << 20)
    small_hub.wrong.seconds_per_chunk = 0.002
    reader = spool.open("h", 60 << 20, source(small_hub, "/partition-1/huge"))
    asyncio.run(reader.part(0, 10))
    reader.close()
    wait_until(lambda: small_hub.broken_pipes == 1)
    assert small_hub.sent < 30 << 20
    assert [path.name for path in spool.folder.iterdir()] == ["lock"]


def test_room_is_made_by_dropping_what_was_unused_longest(spool: Spool, small_hub: SmallHub) -> None:
    spool.max_bytes = 2 * len(CONTENT)
    for key in ("a", "b"):
        reader = spool.open(key, len(CONTENT), source(small_hub))
        reader.wait_until_whole()
        reader.close()
    again = spool.open("a", len(CONTENT), source(small_hub))
    again.close()
    spool.open("c", len(CONTENT), source(small_hub)).wait_until_whole()
    assert sorted(spool.files) == ["a", "c"]


def test_what_is_being_read_is_never_dropped(spool: Spool, small_hub: SmallHub) -> None:
    spool.max_bytes = len(CONTENT)
    reader = spool.open("a", len(CONTENT), source(small_hub))
    reader.wait_until_whole()
    with pytest.raises(SpoolFull, match="Too many"):
        spool.open("b", 10, source(small_hub))
    with pytest.raises(SpoolFull, match="larger than"):
        spool.open("b", len(CONTENT) + 1, source(small_hub))


def test_files_nobody_came_back_for_go_by_age(
    spool: Spool, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = spool.open("a", len(CONTENT), source(small_hub))
    reader.wait_until_whole()
    reader.close()
    spool.tidy()
    assert list(spool.files) == ["a"]
    monkeypatch.setattr("restore.spool.store.KEPT_FOR", -1)
    spool.tidy()
    assert not spool.files
    assert [path.name for path in spool.folder.iterdir()] == ["lock"]


def test_a_file_that_somebody_deleted_is_fetched_again(spool: Spool, small_hub: SmallHub) -> None:
    reader = spool.open("a", len(CONTENT), source(small_hub))
    reader.wait_until_whole()
    reader.file.path.unlink()
    assert asyncio.run(all_of(reader)) == CONTENT
    assert asyncio.run(all_of(spool.open("a", len(CONTENT), source(small_hub)))) == CONTENT
    assert len(small_hub.paths_of("download")) == 2


def test_the_next_process_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    left = tmp_path / "spool" / "tmpdead"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "1").write_bytes(b"half a file")
    living = Spool(tmp_path / "spool", 1 << 20)
    assert not left.exists()
    other = Spool(tmp_path / "spool", 1 << 20)
    assert living.folder.exists()
    living.close()
    other.close()
    assert list((tmp_path / "spool").iterdir()) == []
