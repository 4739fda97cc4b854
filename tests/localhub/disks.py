"""Disks for tests, made with the tools of each file system; no root."""

import subprocess
from pathlib import Path

from localhub.samples.partition_tables import FIRST, LINUX, Extent, write_gpt, write_mbr

MIB = 1 << 20


def tool(*words: str | Path, stdin: str = "") -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, errors="replace", input=stdin
    )
    assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def blank(path: Path, megabytes: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(megabytes * MIB)
    return path


def partitioned(path: Path, megabytes: int, *, table: str = "gpt") -> Extent:
    """A blank disk with one partition; gives where it is."""
    blank(path, megabytes)
    extent = Extent(FIRST, (megabytes - 2) * MIB)
    if table == "gpt":
        write_gpt(path, path.name, [("data", extent)])
    else:
        write_mbr(path, [(LINUX, extent)])
    return extent


def ext_disk(path: Path, tree: Path, megabytes: int = 32, kind: str = "ext4", *, table: str = "gpt") -> Path:
    extent = partitioned(path, megabytes, table=table)
    size = f"{extent.length // 1024}k"
    tool("mke2fs", "-q", "-F", "-t", kind, "-E", f"offset={extent.start}", "-d", tree, path, size)
    return path


def ntfs_disk(path: Path, files: dict[str, Path], megabytes: int = 64) -> Path:
    """NTFS is made in a file of its own and put into the partition; ``ntfscp`` copies into its root."""
    volume = blank(path.with_suffix(".ntfs"), megabytes - 2)
    tool("mkntfs", "-q", "-F", "-Q", "-L", "System Reserved", volume)
    for name, source in files.items():
        tool("ntfscp", volume, source, name)
    place(volume, path, partitioned(path, megabytes, table="mbr"))
    return path


def xfs_disk(path: Path, prototype: Path, megabytes: int = 320) -> Path:
    """XFS filled from a prototype file (mkfs.xfs -p)."""
    volume = blank(path.with_suffix(".xfs"), megabytes - 2)
    tool("mkfs.xfs", "-q", "-f", "-L", "dbdata", "-p", prototype, volume)
    place(volume, path, partitioned(path, megabytes))
    return path


def place(volume: Path, disk: Path, extent: Extent) -> None:
    """Copies a volume into a partition, holes staying holes, and removes it."""
    tool("dd", f"if={volume}", f"of={disk}", "bs=1M", f"seek={extent.start // MIB}", "conv=notrunc,sparse")
    volume.unlink()


def converted(source: Path, target: Path) -> Path:
    """The same disk in another format, which the target's suffix says."""
    form = target.suffix[1:]
    tool("qemu-img", "convert", "-f", "raw", "-O", form, source, target)
    source.unlink()
    return target


def identical(point: Path, source: Path, form: str = "raw") -> bool:
    """Whether a point reads as the disk did, by qemu's own comparison, and is of its size."""
    done = subprocess.run(
        ["qemu-img", "compare", "-f", form, "-F", "qcow2", source, point], capture_output=True, text=True
    )
    return done.returncode == 0 and "differ" not in done.stdout


def points(state: Path) -> list[Path]:
    """All stored points, oldest first."""
    return sorted((state / "repositories").rglob("*.qcow2"), key=lambda path: path.stat().st_mtime_ns)
