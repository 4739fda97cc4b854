"""Disk images of VMs are not trusted: none may read a file outside its VM's folder."""

import json
from pathlib import Path

import pytest

from localhub.images import ImageRefused, disk_images, open_image
from tests.localhub.conftest import Serve
from tests.localhub.disks import blank, tool

BACKING_FORMAT = b"\xe2\x79\x2a\xca"
"""The header extension of qcow2 that says it; an unknown one is passed over."""


@pytest.fixture
def vm(tmp_path: Path) -> Path:
    folder = tmp_path / "vms" / "box"
    folder.mkdir(parents=True)
    return folder


def test_a_backing_file_outside_the_folder_is_refused(vm: Path, tmp_path: Path) -> None:
    outside = blank(tmp_path / "host.raw", 1)
    for name in (str(outside), "../../host.raw"):
        tool(
            "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", "raw", vm / "disk.qcow2", "1M"
        )
        with pytest.raises(ImageRefused, match="outside its VM's folder"):
            open_image(vm / "disk.qcow2")
        (vm / "disk.qcow2").unlink()


def test_a_backing_file_that_is_a_protocol_is_refused(vm: Path) -> None:
    name = "nbd://127.0.0.1:1/x"
    tool("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", "raw", vm / "disk.qcow2", "1M")
    with pytest.raises(ImageRefused, match="outside"):
        open_image(vm / "disk.qcow2")


def test_a_link_inside_the_folder_that_leads_out_is_refused(vm: Path, tmp_path: Path) -> None:
    blank(tmp_path / "host.raw", 1)
    (vm / "base.img").symlink_to(tmp_path / "host.raw")
    tool(
        "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "base.img", "-F", "raw", vm / "top.qcow2", "1M"
    )
    with pytest.raises(ImageRefused, match="outside"):
        open_image(vm / "top.qcow2")


def test_a_disk_that_is_itself_a_link_out_of_the_folder_is_refused(vm: Path, tmp_path: Path) -> None:
    blank(tmp_path / "host.raw", 1)
    (vm / "disk.raw").symlink_to(tmp_path / "host.raw")
    with pytest.raises(ImageRefused, match="outside"):
        open_image(vm / "disk.raw")


def test_a_backing_file_without_a_format_is_refused(vm: Path) -> None:
    blank(vm / "base.raw", 1)
    tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", vm / "top.qcow2", "1M")
    header = (vm / "top.qcow2").read_bytes()
    (vm / "top.qcow2").write_bytes(header.replace(BACKING_FORMAT, b"none", 1))
    with pytest.raises(ImageRefused, match="does not say the format"):
        open_image(vm / "top.qcow2")


def test_a_data_file_outside_the_folder_is_refused(vm: Path, tmp_path: Path) -> None:
    blank(tmp_path / "host.raw", 1)
    options = f"data_file={tmp_path}/host.raw,data_file_raw=on"
    tool("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, vm / "disk.qcow2", "1M")
    with pytest.raises(ImageRefused, match="outside"):
        open_image(vm / "disk.qcow2")


def test_a_vmdk_with_an_extent_outside_the_folder_is_refused(vm: Path, tmp_path: Path) -> None:
    blank(tmp_path / "host.raw", 1)
    (vm / "disk.vmdk").write_text(
        '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\n'
        f'RW 2048 FLAT "{tmp_path}/host.raw" 0\nddb.adapterType = "ide"\n'
    )
    with pytest.raises(ImageRefused):
        open_image(vm / "disk.vmdk")


def test_a_snapshot_and_its_base_in_one_folder_are_one_disk(vm: Path) -> None:
    blank(vm / "base.raw", 1)
    tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", vm / "top.qcow2")
    assert [path.name for path in disk_images(vm)] == ["top.qcow2"]
    assert open_image(vm / "top.qcow2").size == 1 << 20


def test_a_flat_vmdk_and_its_extent_are_one_disk(vm: Path) -> None:
    tool("qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", vm / "disk.vmdk", "1M")
    assert sorted(path.name for path in vm.iterdir()) == ["disk-flat.vmdk", "disk.vmdk"]
    assert [path.name for path in disk_images(vm)] == ["disk.vmdk"]


def test_a_file_that_is_no_image_is_refused(vm: Path) -> None:
    (vm / "disk.qcow2").write_text("not an image")
    with pytest.raises(ImageRefused, match=r"disk\.qcow2 can't be read as qcow2"):
        open_image(vm / "disk.qcow2")


def test_a_refused_image_refuses_the_start_and_hides_where_it_lies(vm: Path, serve: Serve) -> None:
    name = "../../../etc/passwd"
    tool("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", "raw", vm / "disk.qcow2", "1M")
    client = serve(vm.parent)
    body = {"vm_name": "box", "backup_type": "full", "repository_id": client.repository()}
    answer = client.call("POST", "/api/v1/backups", json=body)
    assert (answer.status_code, answer.json()["error"]) == (500, "failed to prepare backup disk")
    assert answer.json()["details"] == "disk.qcow2 reads from a file outside its VM's folder"
    assert client.get("/backups", vm_name="box")["total"] == 0


def test_a_vm_without_disks_and_one_with_a_broken_description_are_listed(
    tmp_path: Path, serve: Serve
) -> None:
    (tmp_path / "vms" / "nodisk").mkdir(parents=True)
    blank(tmp_path / "vms" / "odd" / "disk.raw", 1)
    (tmp_path / "vms" / "odd" / "vm.toml").write_text("cpu = 'many'\nmemory_mb = ")
    client = serve(tmp_path / "vms")
    client.login()
    contexts = {row["vm_name"]: row for row in client.get("/vm-contexts")["vm_contexts"]}
    assert (contexts["odd"]["cpu_count"], contexts["odd"]["memory_mb"]) == (1, 1024)
    body = {"vm_name": "nodisk", "backup_type": "full", "repository_id": client.repository()}
    answer = client.call("POST", "/api/v1/backups", json=body)
    assert (answer.status_code, answer.json()["error"]) == (404, "No disks found for VM")
    assert json.loads(answer.text)["timestamp"] == ""
