"""Disk images opened by qemu-nbd on a unix socket of their own; always with the format said explicitly."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localhub.nbd import NbdClient, NbdError
from localhub.processes import ProgramFailed, start

CLOSING = 60
SOCKETS = "localhub-nbd-"
"""Begin of the names of folders for sockets; the process's id follows. Not in the state folder: a socket's
path may have 107 bytes only.
"""


def image(path: Path, form: str) -> dict[str, Any]:
    """qemu's description of an image file. Names never go through qemu's own parsing of prefixes."""
    return {"driver": form, "file": {"driver": "file", "filename": str(path)}}


def readable(path: Path, form: str) -> list[str]:
    return ["qemu-nbd", "--read-only", described(image(path, form))]


def writable_compressed(path: Path) -> list[str]:
    """A qcow2 whose every whole-cluster write is stored compressed, in qemu's own threads.

    qemu itself does not sync it: nobody reads the image before it is finished, and then the engine does.
    """
    node = {"driver": "compress", "file": image(path, "qcow2")}
    return ["qemu-nbd", "--detect-zeroes=off", "--cache=unsafe", described(node)]


def described(node: dict[str, Any]) -> str:
    return "json:" + json.dumps(node)


def sweep_sockets() -> None:
    """Removes the sockets of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SOCKETS}*-*"):
        owner = folder.name.removeprefix(SOCKETS).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def export(command: list[str]) -> Iterator[NbdClient]:
    """Runs qemu-nbd for one client and waits for its end, so that a written image is closed.

    Raises ProgramFailed with what qemu-nbd said, also when it failed at closing the image.
    """
    with tempfile.TemporaryDirectory(prefix=f"{SOCKETS}{os.getpid()}-") as folder:
        socket = Path(folder) / "s"
        process = start([*command, "--socket", str(socket)])
        try:
            with connection(process, socket) as client:
                yield client
            process.wait(CLOSING)
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"qemu-nbd did not close the image within {CLOSING} s") from None
        finally:
            process.kill()
            said = process.communicate()[0]
    if process.returncode:
        raise ProgramFailed(f"qemu-nbd: {said.strip() or process.returncode}")


def connection(process: subprocess.Popen[str], socket: Path) -> NbdClient:
    """Connects as soon as the socket is there, and raises at once when qemu-nbd could not open the image."""
    for _ in range(200):
        if process.poll() is not None:
            said = process.stdout.read() if process.stdout else ""
            raise ProgramFailed(f"qemu-nbd: {said.strip() or process.returncode}")
        try:
            return NbdClient(socket, within=0.05)
        except NbdError:
            continue
    raise ProgramFailed("qemu-nbd did not open the image within 10 s")
