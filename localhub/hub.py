"""All parts of a hub, put together: state, jobs, mounts, and what runs in the background."""

import fcntl
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from localhub.clocks import Clock
from localhub.copying import Copying
from localhub.credentials import Credentials
from localhub.database import Database
from localhub.exports import sweep_sockets
from localhub.jobs import Jobs
from localhub.mounts import Mounts
from localhub.options import Inventory, Options, Quirk
from localhub.repositories import Repositories
from localhub.rules import Rules
from localhub.starts import Starts
from localhub.vms import VmFolder

HOST_ROOT = "host-root"


class StateInUse(Exception):
    """Another hub works in the same state folder."""


class Hub:
    """Raises OSError when its folders can't be used, StateInUse when another hub has them."""

    def __init__(self, options: Options) -> None:
        self.options = options
        options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.state_lock = (options.state / "lock").open("w")
        try:
            fcntl.flock(self.state_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateInUse(f"another localhub uses {options.state}") from None
        self.token = login_token(options)
        self.clock = Clock(options)
        self.database = Database(options.state / "hub.sqlite3")
        self.credentials = Credentials(self.database)
        adds = options.inventory is Inventory.AUTO
        self.vms = VmFolder(options.vms, self.database, self.clock, adds=adds)
        self.repositories = Repositories(self.database, self.clock)
        self.rules = Rules(self.database)
        self.jobs = Jobs(options, self.database)
        self.copying = Copying(self.jobs)
        self.starts = Starts(
            self.database, self.clock, self.vms, self.repositories, self.copying, self.credentials
        )
        self.mounts = Mounts(options, self.database)
        self.ending = threading.Event()

    @property
    def host_root(self) -> Path | None:
        """The pretended disk of the hub itself, with quirk escape; never this machine's."""
        return self.options.state / HOST_ROOT if self.options.has(Quirk.ESCAPE) else None

    def open(self) -> None:
        """First repository, what a crash left, and the clocks that run in the background."""
        sweep_sockets()
        self.vms.scan()
        self.repositories.ensure_first(self.options.state / "repositories" / "main")
        self.jobs.recover()
        if self.host_root:
            make_host_root(self.host_root)
        self.every(self.mounts.sweep_interval, self.mounts.sweep)
        self.every(min(30.0, self.options.stale_after / 10), self.jobs.fail_stale)

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        def run() -> None:
            while not self.ending.wait(seconds):
                action()

        threading.Thread(target=run, daemon=True).start()

    def close(self) -> None:
        self.ending.set()
        self.copying.stop()
        self.mounts.close()
        self.database.close()
        self.state_lock.close()


def login_token(options: Options) -> str:
    """The content of the token file, or a token made once in the state folder."""
    if options.token_file:
        return options.token_file.read_text(encoding="utf-8").strip()
    path = options.state / "token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def make_host_root(root: Path) -> None:
    """Canaries: a client that shows one of these has read the hub's own disk."""
    for name, content in (
        ("etc/hostname", "CANARY-hub-host\n"),
        ("etc/passwd", "root:x:0:0:CANARY:/root:/bin/bash\n"),
        ("etc/shadow", "root:CANARY:20000:0:99999:7:::\n"),
        ("etc/apt/sources.list", "# CANARY\n"),
        ("root/.ssh/id_ed25519", "CANARY\n"),
        # Another customer's mount, as it lies beside every other.
        ("mnt/sendense/restore/neighbour/partition-1/secret.txt", "CANARY-neighbour\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="ascii")
