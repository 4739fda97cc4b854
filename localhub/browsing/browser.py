"""The hub's side of a mount: questions to the process that reads the disk."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import SO_SNDBUF, SOL_SOCKET, socket, socketpair
from typing import Any

from localhub.browsing.filesystems import BrowseError, Entry
from localhub.browsing.messages import CHUNK, PeerGone, receive, send

PATIENCE = 60
"""Seconds that one question may take before its process is taken for stuck and ended."""
PACKAGES = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class VolumeInfo:
    name: str
    label: str
    size: int


class Browser:
    """A disk opened for reading. Raises BrowseError at once when nothing on it can be read.

    May be used from several threads; questions are asked one at a time, files in pieces of 1 MiB, so a long
    download does not keep a listing waiting.
    """

    def __init__(self, path: Path, form: str = "qcow2") -> None:
        ours, theirs = socketpair()
        for end in (ours, theirs):
            end.setsockopt(SOL_SOCKET, SO_SNDBUF, 2 * CHUNK)
        self.lock = threading.RLock()
        self.connection: socket = ours
        ours.settimeout(PATIENCE)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localhub.browsing.process", str(theirs.fileno()), form, str(path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(PACKAGES)},
            )
        try:
            self.volumes = [VolumeInfo(**about) for about in self.reply()[0]["volumes"]]
        except BrowseError:
            self.close()
            raise

    def listing(self, volume: int, path: list[str]) -> list[Entry]:
        message, _ = self.ask("list", volume, path)
        return [Entry(**about) for about in message["entries"]]

    def entry(self, volume: int, path: list[str]) -> Entry:
        message, _ = self.ask("entry", volume, path)
        return Entry(**message["entry"])

    def content(self, volume: int, path: list[str], size: int) -> Iterator[memoryview]:
        """A whole file in pieces of 1 MiB, each valid until the next is asked for; short when the file system
        is damaged. Raises BrowseError.
        """
        buffer, offset = memoryview(bytearray(CHUNK)), 0
        while offset < size:
            _, piece = self.ask("read", volume, path, buffer, offset=offset, length=CHUNK)
            if not piece:
                return
            yield piece
            offset += len(piece)

    def ask(
        self, ask: str, volume: int, path: list[str], buffer: memoryview | None = None, **more: int
    ) -> tuple[dict[str, Any], memoryview]:
        with self.lock:
            try:
                send(self.connection, {"ask": ask, "volume": volume, "path": path, **more})
            except PeerGone:
                raise BrowseError("reader ended") from None
            return self.reply(buffer)

    def reply(self, buffer: memoryview | None = None) -> tuple[dict[str, Any], memoryview]:
        try:
            message, data = receive(self.connection, buffer)
        except PeerGone:
            self.close()
            raise BrowseError("reader ended", "the process that read this disk has ended") from None
        if "error" in message:
            raise BrowseError(message["error"], message["text"])
        return message, data

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """Ends the process, gently first: it takes its qemu-nbd with it."""
        with self.lock:
            self.connection.close()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
