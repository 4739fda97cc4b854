"""The command line: one clear sentence when something is wrong, and the tools around the hub."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub.disks import points, tool
from tests.localhub_process import ROOT, LocalHub, command, file_in_vm, sample_vms


def failing(*words: str | Path, **more: str) -> str:
    """Runs a command that must fail with one line, and gives that line."""
    done = subprocess.run(
        [sys.executable, "-m", "localhub", *map(str, words)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, **more}, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_port_in_use_is_one_sentence(web_hub: Client, tmp_path: Path) -> None:
    port = str(web_hub.hub.port)
    said = failing("serve", "--vms", web_hub.hub.vms, "--state", tmp_path / "state", "--port", port)
    assert said == f"localhub: port {port} is in use; choose another with --port"


def test_a_state_that_can_not_be_written_is_one_sentence(web_hub: Client, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = failing("serve", "--vms", web_hub.hub.vms, "--state", tmp_path / "file" / "state")
    assert re.fullmatch(r"localhub: .*/file/state can't be used: Not a directory", said)


def test_a_missing_folder_of_vms_is_one_sentence(tmp_path: Path) -> None:
    said = failing("serve", "--vms", tmp_path / "none", "--state", tmp_path / "state")
    assert "is not a folder; make sample VMs with: python -m localhub sample-vms" in said


def test_a_missing_token_file_is_one_sentence(web_hub: Client, tmp_path: Path) -> None:
    state = tmp_path / "state"
    said = failing("serve", "--vms", web_hub.hub.vms, "--state", state, "--token-file", tmp_path / "none")
    assert said.endswith("none is not there")


def test_missing_qemu_is_one_sentence(tmp_path: Path) -> None:
    said = failing("serve", "--vms", tmp_path, "--state", tmp_path / "state", PATH=str(tmp_path))
    assert said == "localhub: qemu-img is missing; install it with: apt-get install qemu-utils"


def test_missing_tools_for_samples_are_named_with_their_packages(tmp_path: Path) -> None:
    for name in ("qemu-img", "qemu-nbd"):
        (tmp_path / name).symlink_to("/usr/bin/true")
    said = failing("sample-vms", tmp_path / "vms", PATH=str(tmp_path))
    assert said.endswith("install: apt-get install dosfstools e2fsprogs mtools")


def test_a_token_file_is_what_clients_log_in_with(small_vm: Path, tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "secret").write_text("a token of one's own\n")
    client = serve(small_vm, token_file=tmp_path / "secret")
    client.login()
    assert client.get("/vm-contexts")["count"] == 1


def test_sample_vms_are_built_quickly_and_left_alone_after(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert "made web01, db01, files01" in command("sample-vms", tmp_path)
    assert time.monotonic() - begun < 30
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.raw")}
    assert len(before) == 4
    assert "all there" in command("sample-vms", tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    used = sum(path.stat().st_blocks * 512 for path in before)
    assert used < 400 << 20


@pytest.mark.parametrize("name", ["web01", "db01", "files01"])
def test_a_change_is_said_and_leaves_the_file_system_clean(tmp_path: Path, name: str) -> None:
    vms = sample_vms(tmp_path / "vms", name)
    said = [command("change-vm", vms, name), command("change-vm", vms, name)]
    assert "disk 0: wrote /changed-1.txt" in said[0]
    assert "disk 0: wrote /changed-2.txt" in said[1]
    assert file_in_vm(vms, name, 0, 1, "/changed-2.txt").startswith(b"change 2 at ")
    if name == "files01":
        tool("mdir", "-i", f"{vms / name / 'disk0.raw'}@@1048576", "::/changed-2.txt")
    else:
        for disk in sorted((vms / name).glob("*.raw")):
            tool("e2fsck", "-fn", f"{disk}?offset=1048576")


def test_changing_an_unknown_vm_is_one_sentence(small_vm: Path) -> None:
    assert "there is no VM ghost in" in failing("change-vm", small_vm, "ghost")


def test_verify_finds_a_damaged_point_and_those_that_stand_on_it(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    full = client.backup("files01")
    command("change-vm", small_vm, "files01")
    client.backup("files01", "incremental")
    assert command("verify", "--state", client.hub.state, full).count(": ok, ") == 1
    client.hub.stop()
    path = points(client.hub.state)[0]
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 200_000)
    done = subprocess.run(
        [sys.executable, "-m", "localhub", "verify", "--state", client.hub.state],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout.count("DAMAGED") == 2


def test_verify_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    assert "is not the state of a localhub" in failing("verify", "--state", tmp_path)


def test_cat_of_a_missing_file_is_one_sentence(small_vm: Path) -> None:
    assert failing("cat", "--vms", small_vm, "files01", "0", "1", "/none") == "localhub: /none: not found"
    assert failing("cat", "--vms", small_vm, "files01", "3", "1", "/x") == "localhub: files01 has no disk 3"


def test_the_first_line_says_where_the_hub_is(small_vm: Path, tmp_path: Path) -> None:
    with LocalHub(small_vm, tmp_path / "state") as hub:
        assert re.fullmatch(r"localhub ready at http://127\.0\.0\.1:\d+", hub.said[0])
