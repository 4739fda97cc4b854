"""Disk images of VMs: what qemu says of them, and which may be opened at all.

An image is untrusted: qcow2, vmdk and vhdx may name other files (backing files, data files, extents). Only
files inside the VM's own folder are allowed; anything else could read the host's disk into a backup.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from localhub.processes import ProgramFailed, run

FORMATS = {".raw": "raw", ".img": "raw", ".qcow2": "qcow2", ".vmdk": "vmdk", ".vhdx": "vhdx"}
SECTOR = 512


class ImageRefused(Exception):
    """The image can't be backed up; the text says why, without the folder's place on the host."""


@dataclass(frozen=True)
class Image:
    """A disk image. ``size`` is what the guest sees, in bytes, a multiple of 512."""

    path: Path
    format: str
    size: int

    def extents(self) -> list[tuple[int, int]]:
        """Ranges (start, length) that may hold data; everything else reads as zeroes."""
        return list(raw_extents(self.path)) if self.format == "raw" else list(mapped_extents(self))


def open_image(path: Path) -> Image:
    """The image as it is now. Raises ImageRefused."""
    try:
        about = path.stat()
        return examined(path, about.st_size, about.st_mtime_ns)
    except OSError as error:
        raise ImageRefused(f"{path.name}: {error.strerror}") from error


@lru_cache(maxsize=1024)
def examined(path: Path, length: int, modified: int) -> Image:
    """Cached for as long as size and time of the file stay."""
    form = FORMATS[path.suffix.lower()]
    if path.resolve().parent != path.parent.resolve():
        raise ImageRefused(f"{path.name} is a link to a file outside its VM's folder")
    if not length:
        raise ImageRefused(f"{path.name} is empty")
    if form == "raw":
        return Image(path, form, -(-length // SECTOR) * SECTOR)
    about = information(path, form)
    for name, named_format in references(about):
        check_reference(path, name, named_format)
    return Image(path, form, int(about["virtual-size"]))


def information(path: Path, form: str) -> dict[str, Any]:
    try:
        told = run(["qemu-img", "info", "--output=json", "-U", "-f", form, str(path)], within=20)
    except ProgramFailed as error:
        raise ImageRefused(f"{path.name} can't be read as {form}: {named_only(str(error), path)}") from error
    about: dict[str, Any] = json.loads(told)
    return about


def named_only(text: str, path: Path) -> str:
    return text.replace(str(path.parent) + os.sep, "")


def references(about: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Other files that an image reads from, with their format where it is a backing file."""
    if backing := about.get("full-backing-filename", about.get("backing-filename")):
        yield str(backing), about.get("backing-filename-format", "")
    specific = about.get("format-specific", {}).get("data", {})
    if data_file := specific.get("data-file"):
        yield str(data_file), None
    for extent in specific.get("extents", []):
        yield str(extent["filename"]), None


def check_reference(path: Path, name: str, named_format: str | None) -> None:
    """Raises ImageRefused when a named file lies outside the VM's folder or has no format of its own."""
    folder = path.parent.resolve()
    other = Path(os.path.normpath(folder / name))
    if ":" in name.split("/")[0] or other.parent != folder or other.resolve().parent != folder:
        raise ImageRefused(f"{path.name} reads from a file outside its VM's folder")
    if named_format is None or other == path.resolve():
        return
    if named_format not in FORMATS.values():
        raise ImageRefused(f"{path.name} does not say the format of its backing file {other.name}")
    if named_format != "raw":
        for deeper, deeper_format in references(information(other, named_format)):
            check_reference(other, deeper, deeper_format)


def disk_images(folder: Path) -> list[Path]:
    """Image files of one VM, by name; those that another one is made of are not disks of their own."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in FORMATS and p.is_file())
    parts: set[str] = set()
    for path in files:
        if FORMATS[path.suffix.lower()] != "raw":
            parts |= part_names(path, path.stat().st_mtime_ns)
    return [path for path in files if path.name not in parts]


@lru_cache(maxsize=1024)
def part_names(path: Path, modified: int) -> frozenset[str]:
    try:
        about = information(path, FORMATS[path.suffix.lower()])
        named = {Path(name).name for name, _ in references(about)}
    except ImageRefused:
        return frozenset()
    return frozenset(named - {path.name})


def raw_extents(path: Path) -> Iterator[tuple[int, int]]:
    """Data of a sparse file, as the host's file system knows it."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        position = 0
        while position < end:
            try:
                begin = os.lseek(file.fileno(), position, os.SEEK_DATA)
            except OSError:  # ENXIO: only a hole is left
                return
            position = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            yield begin, position - begin


def mapped_extents(image: Image) -> Iterator[tuple[int, int]]:
    told = run(["qemu-img", "map", "--output=json", "-U", "-f", image.format, str(image.path)], within=300)
    for part in json.loads(told):
        if part["data"] and not part["zero"]:
            yield int(part["start"]), int(part["length"])
