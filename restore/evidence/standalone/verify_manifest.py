"""Checks a manifest of the Sendense portal, and the download that it describes. Needs nothing but Python 3.

    python3 verify_manifest.py MANIFEST [DOWNLOAD] [--key PUBLIC_KEY]

MANIFEST is the .json file that the portal gave; DOWNLOAD the file or archive that was taken. Without DOWNLOAD
only the signature is checked. PUBLIC_KEY (64 hexadecimal digits) is the portal's key as you noted it earlier;
without it the manifest's own key is used, which finds damage but not somebody who signs with another key.

Ends with 0 when everything is right, 1 when something is wrong, 2 when a file can't be read.
"""

import argparse
import contextlib
import hashlib
import importlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4)."""


class NoZstandard(Exception):
    """Nothing here opens a tar.zst."""


class Wrong(Exception):
    """Something that is not as the manifest says; the text is what a person reads."""


def add(a: Point, b: Point) -> Point:
    """The sum of two points of edwards25519."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(number: int, point: Point) -> Point:
    """``number`` times a point."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def decoded(data: bytes) -> Point:
    """A point from its 32 bytes: y and the sign of x."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Wrong("the key or the signature is not one of Ed25519")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is the key's (32 bytes) of the message: Ed25519, RFC 8032."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, start = decoded(public_key), decoded(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    left, right = times(scalar, BASE), add(start, times(int.from_bytes(digest, "little") % ORDER, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


def canonical(manifest: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def sha256_of(file: BinaryIO) -> tuple[str, int]:
    """Sum and size of what is left in an open file."""
    digest, size = hashlib.sha256(), 0
    while part := file.read(1 << 20):
        digest.update(part)
        size += len(part)
    return digest.hexdigest(), size


def check_signature(envelope: dict[str, Any], trusted: str) -> dict[str, Any]:
    """The manifest within, if its signature holds. Raises Wrong."""
    try:
        manifest, key = envelope["manifest"], str(envelope["public_key"]).lower()
        signature, public_key = bytes.fromhex(envelope["signature"]), bytes.fromhex(key)
    except (KeyError, TypeError, ValueError):
        raise Wrong("this is not a manifest of the Sendense portal") from None
    if trusted and trusted.lower() != key:
        raise Wrong("it is signed with another key than the one you trust")
    if not isinstance(manifest, dict) or not is_signed(public_key, signature, canonical(manifest)):
        raise Wrong("the signature does not fit: the manifest was changed after it was signed")
    if "files" not in manifest:  # in the first format they were a part of what is signed
        manifest["files"] = listed_files(manifest, envelope.get("files", []))
    return manifest


def listed_files(manifest: dict[str, Any], files: Any) -> list[Any]:
    """The list of files, which stands after what is signed, if its sum is the signed one. Raises Wrong."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(canonical(file) + b"\n")
    if digest.hexdigest() != manifest.get("files_sha256"):
        raise Wrong("the list of files was changed after it was signed")
    return list(files)


def check_download(manifest: dict[str, Any], path: Path) -> str:
    """Compares the download with the manifest; says what was compared. Raises Wrong."""
    is_archive = manifest["kind"] in ("folder", "basket")
    with path.open("rb") as file:
        sha256, size = sha256_of(file)
    if (sha256, size) != (manifest["sha256"], manifest["size"]):
        found = f"{size} bytes with SHA-256 {sha256}"
        said = f"{manifest['size']} bytes with {manifest['sha256']}"
        if is_archive:
            with contextlib.suppress(NoZstandard, tarfile.TarError, zipfile.BadZipFile):
                check_members(manifest, path)  # names the file that differs, if one does
        raise Wrong(f"{path.name} is not what was delivered: it has {found}, the manifest says {said}")
    if not is_archive:
        return "1 file"
    try:
        count = check_members(manifest, path)
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise Wrong(f"{path.name} is neither a zip nor a tar.zst: {error}") from None
    except NoZstandard:
        return "as a whole; to compare its files one by one, install zstd or Python 3.14"
    return f"{count} file" if count == 1 else f"{count} files"


def check_members(manifest: dict[str, Any], path: Path) -> int:
    """The same for each file of an archive; gives their number. Raises Wrong, NoZstandard."""
    expected = {file["name"]: file for file in manifest["files"]}
    members = zip_members(path) if zipfile.is_zipfile(path) else tar_members(path)
    for name, member in members:
        if name == manifest.get("note"):
            continue
        said = expected.pop(name, None)
        if said is None:
            raise Wrong(f"{name} is in the archive and not in the manifest")
        try:
            found = sha256_of(member)
        except (zipfile.BadZipFile, OSError) as error:
            raise Wrong(f"{name} is damaged: {error}") from None
        if found != (said["sha256"], said["size"]):
            raise Wrong(f"{name} differs from what was delivered")
    if expected:
        raise Wrong(f"{min(expected)} is in the manifest and not in the archive")
    return len(manifest["files"])


def zip_members(path: Path) -> Iterator[tuple[str, Any]]:
    """Name and open file of each file of a zip."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as member:
                    yield info.filename, member


def tar_members(path: Path) -> Iterator[tuple[str, Any]]:
    """The same of a tar.zst, read once from its beginning to its end. Raises NoZstandard."""
    with unpacked(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            if info.isfile():
                yield info.name, archive.extractfile(info)


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Any]:
    """The tar within a tar.zst: by Python itself from 3.14, else by the program zstd. Raises NoZstandard."""
    try:
        zstd = importlib.import_module("compression.zstd")
    except ModuleNotFoundError:
        program = shutil.which("zstd")
        if program is None:
            raise NoZstandard from None
        with subprocess.Popen(
            [program, "-dcq", "--", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield process.stdout
            finally:
                process.kill()
    else:
        with zstd.open(path, "rb") as stream:
            yield stream


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Checks a manifest of the Sendense portal and its download.")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("download", type=Path, nargs="?")
    parser.add_argument("--key", default="", help="the portal's public key, 64 hexadecimal digits")
    given = parser.parse_args(arguments)
    try:
        manifest = check_signature(json.loads(given.manifest.read_text(encoding="utf-8")), given.key)
        print("Signature: right")  # noqa: T201  # a command line speaks by printing
        print(f"Taken by {manifest['person']} from {manifest['vm']}, point of {manifest['taken_at']}")  # noqa: T201
        if given.download:
            print(f"Download: right ({check_download(manifest, given.download)})")  # noqa: T201
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        print(f"Can't be read: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except Wrong as wrong:
        print(f"WRONG: {wrong}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
