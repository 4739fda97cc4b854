"""The command line."""

import argparse
import contextlib
import errno
import logging
import signal
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

from localhub.browsing.browser import Browser
from localhub.browsing.filesystems import BrowseError
from localhub.hub import Hub, StateInUse
from localhub.images import ImageRefused
from localhub.options import Dialect, Inventory, Options, Quirk
from localhub.processes import ProgramFailed, ProgramMissing, check_programs
from localhub.samples.building import build_samples
from localhub.samples.changing import change_vm
from localhub.verification import verify_state
from localhub.vms import Vm
from localhub.web.api import server
from localhub.web.server import HubServer


class CantDo(Exception):
    """One clear sentence for the person at the keyboard."""


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        check_programs()
        result: int = options.run(options)
    except (CantDo, ProgramMissing, ProgramFailed, StateInUse, ImageRefused) as error:
        print(f"localhub: {error}", file=sys.stderr)
        return 1
    return result


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m localhub", description="A small real backup hub; loopback only."
    )
    commands = top.add_subparsers(required=True)
    add_serve(commands.add_parser("serve", help="run the hub"))
    samples = commands.add_parser("sample-vms", help="build the sample VMs; those that are there stay")
    samples.add_argument("folder", type=Path)
    samples.set_defaults(run=run_samples)
    change = commands.add_parser("change-vm", help="change files inside a sample VM's disks")
    change.add_argument("folder", type=Path)
    change.add_argument("name")
    change.set_defaults(run=run_change)
    verify = commands.add_parser("verify", help="read points back and compare them with their manifests")
    verify.add_argument("--state", type=Path, required=True)
    verify.add_argument("backup_id", nargs="?")
    verify.set_defaults(run=run_verify)
    cat = commands.add_parser("cat", help="write a file out of a VM's disk as it is now to stdout")
    cat.add_argument("--vms", type=Path, required=True)
    cat.add_argument("vm")
    cat.add_argument("disk", type=int, help="index, from 0")
    cat.add_argument("partition", type=int, help="number, from 1")
    cat.add_argument("path")
    cat.set_defaults(run=run_cat)
    return top


def add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--vms", type=Path, required=True, help="folder with one sub-folder a VM")
    serve.add_argument("--state", type=Path, required=True, help="folder of the hub's own data")
    serve.add_argument("--port", type=int, default=8082, help="0 takes a free one (default 8082)")
    serve.add_argument(
        "--token-file", type=Path, help="what clients log in with (default: made in the state)"
    )
    serve.add_argument("--dialect", type=Dialect, choices=list(Dialect), default=Dialect.TODAY)
    serve.add_argument(
        "--inventory", type=Inventory, choices=list(Inventory), default=Inventory.AUTO,
        help="whether VMs of the folder are known by themselves, or by discovery only",
    )  # fmt: skip
    serve.add_argument(
        "--copy-rate", type=float, default=0, metavar="BYTES", help="bytes a second of backups"
    )
    serve.add_argument(
        "--download-rate", type=float, default=0, metavar="BYTES", help="of all downloads together"
    )
    serve.add_argument(
        "--quirk", type=Quirk, choices=list(Quirk), action="append", default=[], metavar="NAME",
        help="a nasty surprise of the real hub, for tests: " + ", ".join(Quirk),
    )  # fmt: skip
    serve.add_argument("--mount-lifetime", type=float, default=3600, metavar="SECONDS")
    serve.add_argument("--answer-limit", type=float, default=15, metavar="SECONDS")
    serve.add_argument("--stale-after", type=float, default=300, metavar="SECONDS")
    serve.add_argument("--finish-delay", type=float, default=1, metavar="SECONDS")
    serve.add_argument("--time-zone-offset", type=int, default=0, metavar="MINUTES")
    serve.add_argument("--verbose", action="store_true")
    serve.set_defaults(run=run_serve)


def run_serve(given: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.DEBUG if given.verbose else logging.WARNING,
        format="localhub: %(levelname)s %(message)s",
    )
    names = [name for name in vars(given) if name in Options.__dataclass_fields__]
    options = Options(
        **{name: getattr(given, name) for name in names} | {
            "vms": given.vms.resolve(), "state": given.state.resolve(), "quirks": frozenset(given.quirk)
        }
    )  # fmt: skip
    if not options.vms.is_dir():
        raise CantDo(
            f"{given.vms} is not a folder; make sample VMs with: python -m localhub sample-vms {given.vms}"
        )
    hub = opened(options)
    try:
        listener = listening(hub)
        signals = caught(signal.SIGTERM, signal.SIGINT)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        hub.open()
        print(f"localhub ready at http://127.0.0.1:{listener.server_address[1]}")
        print("localhub is for trying out, tests and demos; production uses a Sendense hub", flush=True)
        wait_for(signals)
        listener.shutdown()
        listener.server_close()
    finally:
        hub.close()
    return 0


def caught(*numbers: signal.Signals) -> SimpleQueue[int]:
    """Signals as they come. Of all that can be waited for, only this queue may be filled by a handler."""
    signals: SimpleQueue[int] = SimpleQueue()
    for number in numbers:
        signal.signal(number, lambda taken, _: signals.put(taken))
    return signals


def wait_for(signals: SimpleQueue[int]) -> None:
    """Looks up each second: a signal that the system gives to another thread does not wake this one."""
    while True:
        with contextlib.suppress(Empty):
            signals.get(timeout=1)
            return


def opened(options: Options) -> Hub:
    try:
        return Hub(options)
    except FileNotFoundError as error:
        raise CantDo(f"{error.filename} is not there") from error
    except OSError as error:
        raise CantDo(f"{error.filename or options.state} can't be used: {error.strerror}") from error


def listening(hub: Hub) -> HubServer:
    port = hub.options.port
    try:
        return server(hub)
    except (OSError, OverflowError) as error:
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is in use" if in_use else f"can't be used ({error})"
        raise CantDo(f"port {port} {reason}; choose another with --port") from error


def run_samples(given: argparse.Namespace) -> int:
    try:
        made = build_samples(given.folder)
    except OSError as error:
        raise CantDo(f"{error.filename or given.folder} can't be written: {error.strerror}") from error
    print(f"sample VMs in {given.folder}: " + (f"made {', '.join(made)}" if made else "all there"))
    return 0


def run_change(given: argparse.Namespace) -> int:
    folder = given.folder / given.name
    if not folder.is_dir():
        raise CantDo(f"there is no VM {given.name} in {given.folder}")
    for line in change_vm(folder):
        print(line)
    return 0


def run_verify(given: argparse.Namespace) -> int:
    if not (given.state / "hub.sqlite3").exists():
        raise CantDo(f"{given.state} is not the state of a localhub")
    results = verify_state(given.state, given.backup_id)
    for result in results:
        print(result.sentence)
    if not results:
        raise CantDo("no such backup" if given.backup_id else "there are no points")
    return 0 if all(result.sound for result in results) else 2


def run_cat(given: argparse.Namespace) -> int:
    folder = given.vms / given.vm
    if not folder.is_dir():
        raise CantDo(f"there is no VM {given.vm} in {given.vms}")
    images = Vm(given.vm, folder).images()
    if not 0 <= given.disk < len(images):
        raise CantDo(f"{given.vm} has no disk {given.disk}")
    image = images[given.disk]
    path = [name for name in given.path.split("/") if name]
    try:
        browser = Browser(image.path, image.format)
        try:
            size = browser.entry(given.partition, path).size
            for piece in browser.content(given.partition, path, size):
                sys.stdout.buffer.write(piece)
        finally:
            browser.close()
    except BrowseError as error:
        raise CantDo(f"{given.path}: {error}") from error
    return 0
