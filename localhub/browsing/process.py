"""The process that reads one disk: ``python -m localhub.browsing.process FD FORMAT PATH``.

It answers one question at a time on the socket FD until that closes, which also happens when the hub dies.
"""

import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from socket import socket
from typing import Any

from localhub.browsing.disks import CachedDisk
from localhub.browsing.filesystems import BrowseError, FileSystem
from localhub.browsing.messages import CHUNK, PeerGone, receive, send
from localhub.browsing.opening import open_filesystems
from localhub.browsing.trees import Tree
from localhub.exports import export, readable
from localhub.nbd import NbdError
from localhub.processes import ProgramFailed


def main() -> None:
    descriptor, form, path = sys.argv[1:]
    connection = socket(fileno=int(descriptor))
    try:
        with export(readable(Path(path), form)) as client:
            serve(connection, open_filesystems(CachedDisk(client)))
    except BrowseError as error:
        send(connection, failure(error))
    except (ProgramFailed, NbdError) as error:
        send(connection, {"error": "unreadable", "text": str(error).replace(path, Path(path).name)})
    except PeerGone:
        return


def serve(connection: socket, filesystems: list[FileSystem]) -> None:
    """Says what there is, then answers until the other side closes."""
    send(connection, {"volumes": [{"name": f.name, "label": f.label, "size": f.size} for f in filesystems]})
    reader = DiskReader([Tree(filesystem) for filesystem in filesystems])
    while True:
        question, _ = receive(connection)
        try:
            message, data = reader.answer(question)
        except BrowseError as error:
            message, data = failure(error), memoryview(b"")
        except (OSError, ValueError, NbdError) as error:
            message, data = {"error": "unreadable", "text": str(error)}, memoryview(b"")
        send(connection, message, data)
        reader.read_ahead(question, len(data))


class DiskReader:
    """Answers questions; two buffers, so that the next piece of a file is read while the last is sent on."""

    def __init__(self, trees: list[Tree]) -> None:
        self.trees = trees
        self.buffers = [memoryview(bytearray(CHUNK)), memoryview(bytearray(CHUNK))]
        self.ahead: tuple[dict[str, Any], memoryview] | None = None

    def answer(self, question: dict[str, Any]) -> tuple[dict[str, Any], memoryview]:
        """Raises BrowseError, OSError, ValueError or NbdError."""
        tree, path = self.tree(question["volume"]), question["path"]
        if question["ask"] == "list":
            return {"entries": [asdict(entry) for entry in tree.listing(path)]}, memoryview(b"")
        if question["ask"] == "entry":
            return {"entry": asdict(tree.entry(path))}, memoryview(b"")
        if self.ahead and self.ahead[0] == question:
            return {}, self.ahead[1]
        return {}, self.read(question)

    def read(self, question: dict[str, Any]) -> memoryview:
        self.buffers.reverse()
        target = self.buffers[0][: question["length"]]
        return target[: self.tree(question["volume"]).read_into(question["path"], question["offset"], target)]

    def read_ahead(self, question: dict[str, Any], sent: int) -> None:
        """Reads what a client that wants a whole file will ask for next."""
        self.ahead = None
        if question["ask"] != "read" or sent < question["length"]:
            return
        coming = {**question, "offset": question["offset"] + sent}
        with suppress(BrowseError, OSError, ValueError, NbdError):  # said when it is asked for
            self.ahead = coming, self.read(coming)

    def tree(self, number: int) -> Tree:
        if not 1 <= number <= len(self.trees):
            raise BrowseError("no such volume")
        return self.trees[number - 1]


def failure(error: BrowseError) -> dict[str, Any]:
    return {"error": error.kind, "text": error.text}


if __name__ == "__main__":
    main()
