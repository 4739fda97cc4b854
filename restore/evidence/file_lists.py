"""The files of one download, however many: in memory while they are few, then on disk."""

import json
import shutil
import weakref
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from restore.evidence.standalone.verify_manifest import canonical

HELD = 1 << 20
"""Bytes; a longer list goes on in a temporary file that has no name."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """One file as it left: its name within the download, its bytes, their sum."""

    name: str
    size: int
    sha256: str

    @property
    def line(self) -> bytes:
        """As a manifest lists it, with the end of the line."""
        return canonical(asdict(self)) + b"\n"


class FileList:
    """Grows by ``add``; may be read again and again once it grows no more."""

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self.file = file or SpooledTemporaryFile(HELD)  # noqa: SIM115  # closed by the next line
        weakref.finalize(self, self.file.close)
        self.count = 0
        """Of those added; of a saved list nobody asks."""

    def add(self, file: TakenFile) -> None:
        """One more."""
        self.file.write(file.line)
        self.count += 1

    def __iter__(self) -> Iterator[TakenFile]:
        self.file.seek(0)
        for line in self.file:
            yield TakenFile(**json.loads(line))

    def save(self, path: Path) -> None:
        """Writes it down for ``saved``."""
        self.file.seek(0)
        with path.open("wb") as target:
            shutil.copyfileobj(self.file, target)


def saved(path: Path) -> FileList:
    """What was saved earlier. Raises OSError."""
    return FileList(path.open("rb"))
