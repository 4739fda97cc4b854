"""localhub's engine on a disk with 2 GB of data: a full against qemu-img, and what an incremental reads."""

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from localhub import engine
from localhub.images import open_image
from tests.bench.pairs import side_by_side
from tests.bench.products import big_vm

CHANGES = 50


def measure() -> Iterator[str]:
    """Full: seconds against qemu-img's (goal ≤ 3×). Incremental: bytes read against the data (goal 1×)."""
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        disk = big_vm(folder / "vms")
        source = open_image(disk)
        points = folder / "points"
        points.mkdir()

        def ours() -> engine.Outcome:
            shutil.rmtree(points)
            points.mkdir()
            return engine.full_backup(source, points / "full.qcow2")

        def plain() -> None:
            command = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", "-W", "-m", "16"]
            command += ["-o", "compression_type=zstd", str(disk), str(folder / "plain.qcow2")]
            subprocess.run(command, check=True)

        mine, other = side_by_side(ours, plain, rounds=3)
        yield f"full {mine:.1f} s, qemu-img convert with zstd {other:.1f} s: {mine / other:.2f}× (goal ≤ 3×)"

        full = ours()
        change(disk)
        before = bytes_read()
        increment = engine.incremental_backup(open_image(disk), points / "increment.qcow2", full.path)
        read = bytes_read() - before
        data = disk.stat().st_blocks * 512
        yield f"incremental reads {read / 1e6:.0f} MB of {data / 1e6:.0f} MB of data: {read / data:.2f}×"
        yield f"incremental stores {increment.stored / 1e6:.1f} MB for {CHANGES} changed MB"


def change(disk: Path) -> None:
    """Random megabytes here and there."""
    chance = random.Random(7)
    with disk.open("r+b") as file:
        for _ in range(CHANGES):
            file.seek(chance.randrange(disk.stat().st_size // 2**20 - 1) * 2**20)
            file.write(chance.randbytes(2**20))


def bytes_read() -> int:
    """Bytes that this process has read so far, from whatever."""
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])
