"""The process that reads one disk: ``python -m localhub.browsing.process FD FORMAT PATH``.

It answers one question at a time on the socket FD until that closes, which also happens when the hub dies.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from socket import socket
from typing import Any

from localhub.browsing.disks import CachedDisk
from localhub.browsing.filesystems import BrowseError, FileSystem
from localhub.browsing.messages import PeerGone, receive, send
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
    trees = [Tree(filesystem) for filesystem in filesystems]
    while True:
        question, _ = receive(connection)
        try:
            message, data = answer(trees, question)
        except BrowseError as error:
            message, data = failure(error), b""
        except (OSError, ValueError, NbdError) as error:
            message, data = {"error": "unreadable", "text": str(error)}, b""
        send(connection, message, data)


def answer(trees: list[Tree], question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    number = question["volume"]
    if not 1 <= number <= len(trees):
        raise BrowseError("no such volume")
    tree, path = trees[number - 1], question["path"]
    if question["ask"] == "list":
        return {"entries": [asdict(entry) for entry in tree.listing(path)]}, b""
    if question["ask"] == "entry":
        return {"entry": asdict(tree.entry(path))}, b""
    return {}, tree.read(path, question["offset"], question["length"])


def failure(error: BrowseError) -> dict[str, Any]:
    return {"error": error.kind, "text": error.text}


if __name__ == "__main__":
    main()
