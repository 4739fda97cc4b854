"""Every supported file system and disk layout gives back its files; the rest is refused before mounting."""

import hashlib
import random
import struct
from pathlib import Path

import pytest

from localhub.samples.partition_tables import FIRST
from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub.disks import MIB, blank, ext_disk, ntfs_disk, partitioned, tool, xfs_disk
from tests.localhub.lvm import lvm_disk
from tests.localhub_process import sample_vms


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A few files; the large one has holes and several hundred pieces of text."""
    folder = tmp_path / "tree"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "Übersicht.txt").write_text("hi\n")
    (folder / "noise.bin").write_bytes(random.Random(3).randbytes(3 * MIB + 17))
    with (folder / "sparse.bin").open("wb") as file:
        file.write(b"begin")
        file.seek(5 * MIB)
        file.write(b"middle")
        file.truncate(9 * MIB)
    (folder / "short-link").symlink_to("noise.bin")
    (folder / "long-link").symlink_to("deep/" * 30 + "x")
    return folder


def mounted(serve: Serve, vms: Path, vm: str) -> tuple[Client, str]:
    client = serve(vms)
    return client, client.mount(client.backup(vm))


def assert_same_files(client: Client, mount: str, tree: Path, prefix: str = "/partition-1") -> None:
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = client.content(mount, f"{prefix}/{path.relative_to(tree)}")
            assert hashlib.sha256(content).digest() == hashlib.sha256(path.read_bytes()).digest(), path.name


@pytest.mark.parametrize("table", ["gpt", "mbr"])
@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_ext_gives_back_its_files(tmp_path: Path, tree: Path, serve: Serve, kind: str, table: str) -> None:
    ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree, kind=kind, table=table)
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert client.get("/restore/mounts")["mounts"][0]["filesystem_type"] == kind
    assert_same_files(client, mount, tree)
    for name in ("short-link", "long-link"):
        entry = next(e for e in client.files(mount, "/partition-1") if e["name"] == name)
        assert entry["is_symlink"] and entry["size"] == len(str((tree / name).readlink()))


def test_a_fragmented_ext4_file_comes_back_whole(tmp_path: Path, tree: Path, serve: Serve) -> None:
    """Written into the gaps between other files, so that its blocks lie in many places."""
    for number in range(400):
        (tree / f"small-{number:03}").write_bytes(b"x" * 9000)
    disk = ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree, megabytes=16)
    whole = random.Random(5).randbytes(1 * MIB)
    (tmp_path / "whole").write_bytes(whole)
    script = [f"rm small-{number:03}" for number in range(0, 400, 2)] + [f"write {tmp_path}/whole whole"]
    tool("debugfs", "-w", "-f", "-", f"{disk}?offset={FIRST}", stdin="\n".join(script) + "\n")
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert client.content(mount, "/partition-1/whole") == whole


def test_blocks_that_were_reserved_but_never_written_read_as_zeroes(
    tmp_path: Path, tree: Path, serve: Serve
) -> None:
    disk = ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree)
    (tmp_path / "small").write_bytes(b"written")
    script = f"write {tmp_path}/small reserved\nfallocate reserved 0 255\nsif reserved size 1048576\n"
    tool("debugfs", "-w", "-f", "-", f"{disk}?offset={FIRST}", stdin=script)
    client, mount = mounted(serve, tmp_path / "vms", "box")
    content = client.content(mount, "/partition-1/reserved")
    assert content == b"written".ljust(1 * MIB, b"\0")


def test_a_sparse_file_of_8_tb_is_listed_with_its_size_and_read_from_its_start(
    tmp_path: Path, tree: Path, serve: Serve
) -> None:
    disk = ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree)
    script = "sif noise.bin size 8796093022208\n"
    tool("debugfs", "-w", "-f", "-", f"{disk}?offset={FIRST}", stdin=script)
    client, mount = mounted(serve, tmp_path / "vms", "box")
    entry = next(e for e in client.files(mount, "/partition-1") if e["name"] == "noise.bin")
    assert entry["size"] == 8 << 40
    url = f"{client.hub.url}/api/v1/restore/{mount}/download?path=/partition-1/noise.bin"
    with client.session.get(url, stream=True, timeout=30) as answer:
        assert int(answer.headers["Content-Length"]) == 8 << 40
        begin = answer.raw.read(8 * MIB)
    noise = (tree / "noise.bin").read_bytes()
    assert begin == noise.ljust(8 * MIB, b"\0")
    assert client.call("GET", "/health").status_code == 200


def test_ntfs_gives_back_its_files(tmp_path: Path, tree: Path, serve: Serve) -> None:
    files = {"noise.bin": tree / "noise.bin", "Übersicht.txt": tree / "deep" / "er" / "Übersicht.txt"}
    files["sparse.bin"] = tree / "sparse.bin"
    ntfs_disk(tmp_path / "vms" / "win" / "disk.raw", files)
    client, mount = mounted(serve, tmp_path / "vms", "win")
    assert client.files(mount)[0]["name"].startswith("Partition 1 - System\\x20Reserved (")
    assert sorted(client.names(mount, "/partition-1")) == sorted(files), "system files are hidden"
    for name, source in files.items():
        assert client.content(mount, f"/partition-1/{name}") == source.read_bytes()


def test_fat32_gives_back_its_files(tmp_path: Path, serve: Serve) -> None:
    client, mount = mounted(serve, sample_vms(tmp_path / "vms", "files01"), "files01")
    assert sorted(client.names(mount, "/partition-1")) == ["Invoices", "Photos"]
    path = "/partition-1/Invoices/2025/Rechnung Übersicht.txt"
    assert client.content(mount, path).decode() == "Summe 12,50\n"
    assert len(client.content(mount, "/partition-1/Photos/IMG_0001.JPG")) == 24 * MIB


def test_xfs_gives_back_its_files(tmp_path: Path, tree: Path, serve: Serve) -> None:
    prototype = tmp_path / "prototype"
    prototype.write_text(
        f"/\n0 0\nd--755 0 0\nnoise.bin ---644 0 0 {tree}/noise.bin\ndeep d--755 0 0\n"
        f"Übersicht.txt ---600 0 0 {tree}/deep/er/Übersicht.txt\n$\nlink l--777 0 0 noise.bin\n$\n"
    )
    xfs_disk(tmp_path / "vms" / "db" / "disk.raw", prototype)
    client, mount = mounted(serve, tmp_path / "vms", "db")
    assert client.get("/restore/mounts")["mounts"][0]["filesystem_type"] == "xfs"
    entries = {entry["name"]: entry for entry in client.files(mount, "/partition-1")}
    assert entries["link"]["is_symlink"] and entries["deep"]["type"] == "directory"
    assert entries["noise.bin"]["mode"] == "0644"
    assert client.content(mount, "/partition-1/noise.bin") == (tree / "noise.bin").read_bytes()
    assert client.content(mount, "/partition-1/deep/Übersicht.txt") == b"hi\n"


def test_a_bare_disk_without_partitions_is_partition_1(tmp_path: Path, tree: Path, serve: Serve) -> None:
    disk = blank(tmp_path / "vms" / "box" / "disk.raw", 32)
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-L", "bare", "-d", tree, disk)
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert client.files(mount)[0]["name"] == "Partition 1 - bare (32.0 MB)"
    assert_same_files(client, mount, tree)


def test_a_bare_fat_disk_is_not_taken_for_a_partition_table(tmp_path: Path, tree: Path, serve: Serve) -> None:
    disk = blank(tmp_path / "vms" / "box" / "disk.raw", 64)
    tool("mkfs.vfat", "-F", "32", disk)
    tool("mcopy", "-i", disk, tree / "noise.bin", "::/noise.bin")
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert client.content(mount, "/partition-1/noise.bin") == (tree / "noise.bin").read_bytes()


def test_logical_volumes_of_lvm_are_partitions(tmp_path: Path, tree: Path, serve: Serve) -> None:
    lvm_disk(tmp_path / "vms" / "box" / "disk.raw", {"root": tree, "data": tree / "deep"})
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert [e["path"] for e in client.files(mount)] == ["/partition-1", "/partition-2"]
    assert_same_files(client, mount, tree)
    assert client.content(mount, "/partition-2/er/Übersicht.txt") == b"hi\n"


def test_logical_partitions_of_an_extended_one_are_found(tmp_path: Path, tree: Path, serve: Serve) -> None:
    disk = blank(tmp_path / "vms" / "box" / "disk.raw", 80)
    layout = (
        "start=2048,size=8M,type=82\nstart=20480,type=5\nstart=22528,size=24M,type=83\nstart=73728,type=83\n"
    )
    tool("sfdisk", "-q", disk, stdin=f"label: dos\n{layout}")
    for sector in (22528, 73728):
        tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", f"offset={sector * 512}", "-d", tree, disk, "20M")
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert [e["path"] for e in client.files(mount)] == ["/partition-1", "/partition-2"]
    assert_same_files(client, mount, tree, "/partition-2")


REFUSED = {
    "a LUKS-encrypted volume": (0, b"LUKS\xba\xbe"),
    "a BitLocker-encrypted volume": (3, b"-FVE-FS-"),
    "a ReFS file system": (3, b"ReFS\0\0\0\0"),
    "swap space": (4086, b"SWAPSPACE2"),
    "a btrfs file system": (65600, b"_BHRfS_M"),
    "an exFAT file system": (3, b"EXFAT   "),
    "an unknown file system": (100, b"nothing known"),
    "a damaged file system, or a variant that can't be read": (1080, b"\x53\xef"),
    "a damaged or unknown variant of XFS": (0, b"XFSB"),
}


@pytest.mark.parametrize("about", REFUSED)
def test_what_can_not_be_read_is_refused_by_name_before_there_is_a_mount(
    tmp_path: Path, serve: Serve, about: str
) -> None:
    path = tmp_path / "vms" / "box" / "disk.raw"
    extent = partitioned(path, 16)
    offset, mark = REFUSED[about]
    with path.open("r+b") as file:
        file.seek(extent.start + offset)
        file.write(mark)
    client = serve(tmp_path / "vms")
    backup = client.start("box")
    client.wait(backup)
    answer = client.try_mount(backup)
    while "disk not found" in answer.text:
        answer = client.try_mount(backup)
    assert answer.status_code == 500
    assert answer.json()["error"] == f"failed to mount backup: not supported: the disk holds {about}"
    assert client.get("/restore/mounts")["count"] == 0


def test_a_readable_partition_beside_an_encrypted_one_is_mounted(
    tmp_path: Path, tree: Path, serve: Serve
) -> None:
    disk = blank(tmp_path / "vms" / "box" / "disk.raw", 64)
    tool("sfdisk", "-q", disk, stdin="label: gpt\nsize=16M\nsize=32M\n")
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", f"offset={17 * MIB}", "-d", tree, disk, "32M")
    with disk.open("r+b") as file:
        file.seek(MIB)
        file.write(b"LUKS\xba\xbe")
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert [e["path"] for e in client.files(mount)] == ["/partition-1"], "numbers count what can be mounted"
    assert_same_files(client, mount, tree)


def test_a_folder_with_very_many_names_is_listed(tmp_path: Path, serve: Serve) -> None:
    tree = tmp_path / "tree"
    (tree / "many").mkdir(parents=True)
    for number in range(6_000):
        (tree / "many" / f"file-{number:05}").touch()
    ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree, megabytes=64)
    client, mount = mounted(serve, tmp_path / "vms", "box")
    assert len(client.files(mount, "/partition-1/many")) == 6_000


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_system_never_ends_the_hub(
    tmp_path: Path, tree: Path, serve: Serve, seed: int
) -> None:
    path = ext_disk(tmp_path / "vms" / "box" / "disk.raw", tree)
    noise = random.Random(seed)
    with path.open("r+b") as file:
        for _ in range(400):
            file.seek(FIRST + 2048 + noise.randrange(3 * MIB))
            file.write(struct.pack("<I", noise.getrandbits(32)))
    client = serve(tmp_path / "vms")
    backup = client.start("box")
    client.wait(backup)
    answer = client.try_mount(backup)
    while "disk not found" in answer.text:
        answer = client.try_mount(backup)
    if answer.status_code == 200:
        mount = answer.json()["mount_id"]
        for folder in ("", "/deep", "/deep/er"):
            client.download(mount, f"/partition-1{folder}", "files")
        client.download(mount, "/partition-1/deep", "download-directory")
    assert client.call("GET", "/health").status_code == 200
