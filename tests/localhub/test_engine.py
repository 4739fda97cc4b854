"""The engine by itself: how often it reads, and what an interrupted run leaves."""

import random
import threading
import time
from pathlib import Path

import pytest

from localhub.engine import full_backup, incremental_backup
from localhub.images import open_image
from localhub.verification import verify_point
from tests.localhub.disks import blank, identical

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """256 MiB with 48 MiB of data in three places."""
    path = blank(tmp_path / "disk.raw", 256)
    noise = random.Random(7)
    with path.open("r+b") as file:
        for at in (0, 100, 200):
            file.seek(at * MIB)
            file.write(noise.randbytes(16 * MIB))
    return path


def bytes_read() -> int:
    """By read and pread of this process's threads so far; sockets don't count."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(lines[0].removeprefix("rchar: "))


def test_full_and_incremental_read_the_source_once(disk: Path, tmp_path: Path) -> None:
    image = open_image(disk)
    before = bytes_read()
    full = full_backup(image, tmp_path / "full.qcow2")
    between = bytes_read()
    incremental = incremental_backup(image, tmp_path / "inc.qcow2", full.path)
    after = bytes_read()
    assert full.read == incremental.read == 48 * MIB
    for cost in (between - before, after - between):
        assert 48 * MIB <= cost < 50 * MIB


def test_data_that_compresses_is_stored_compressed(tmp_path: Path) -> None:
    disk = blank(tmp_path / "disk.raw", 64)
    with disk.open("r+b") as file:
        file.write(b"the same line again and again\n" * (16 * MIB // 30))
    full = full_backup(open_image(disk), tmp_path / "full.qcow2")
    assert full.stored < full.written / 10
    assert identical(full.path, disk)


def test_a_point_is_of_what_was_stored_when_the_disk_changes_meanwhile(disk: Path, tmp_path: Path) -> None:
    ending = threading.Event()

    def scribble() -> None:
        with disk.open("r+b", buffering=0) as file:
            while not ending.is_set():
                file.seek(random.randrange(200) * MIB)
                file.write(random.randbytes(4096))

    writer = threading.Thread(target=scribble)
    writer.start()
    full = full_backup(open_image(disk), tmp_path / "full.qcow2")
    incremental = incremental_backup(open_image(disk), tmp_path / "inc.qcow2", full.path)
    ending.set()
    writer.join()
    assert (verify_point(full.path), verify_point(incremental.path)) == (None, None)
    last = incremental_backup(open_image(disk), tmp_path / "last.qcow2", incremental.path)
    assert identical(last.path, disk)


def test_a_run_that_is_stopped_leaves_only_partial_files(disk: Path, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def watch(done: int, total: int, written: int) -> None:
        if done > total / 2:
            raise StopError

    with pytest.raises(StopError):
        full_backup(open_image(disk), tmp_path / "out" / "full.qcow2", watch=watch)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".partial"}


def test_a_rate_limits_the_copy(disk: Path, tmp_path: Path) -> None:
    speeds: list[float] = []
    started = threading.Event()

    def watch(done: int, total: int, written: int) -> None:
        if not started.is_set():
            started.set()
            speeds.append(time.monotonic())
        elif done == total:
            speeds.append(time.monotonic())

    full_backup(open_image(disk), tmp_path / "full.qcow2", watch=watch, rate=48 * MIB)
    assert 0.8 < speeds[1] - speeds[0] < 3


def test_verification_names_the_first_damaged_block(disk: Path, tmp_path: Path) -> None:
    full = full_backup(open_image(disk), tmp_path / "full.qcow2")
    assert verify_point(full.path) is None
    place = full.path.stat().st_size // 2
    with full.path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 100)
    problem = verify_point(full.path)
    assert problem is not None
    assert "block" in problem or "error" in problem


def test_a_damaged_manifest_is_no_base_for_an_incremental(disk: Path, tmp_path: Path) -> None:
    full = full_backup(open_image(disk), tmp_path / "full.qcow2")
    manifest = full.path.with_suffix(".manifest")
    manifest.write_bytes(manifest.read_bytes()[:-5])
    assert verify_point(full.path) == "full.manifest is not a whole manifest"
