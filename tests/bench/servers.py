"""A PostgreSQL server of one's own for a measurement, where its programs are installed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

INSTALLED = "/usr/lib/postgresql"
"""Where Debian's packages put what is in no PATH."""
RUNS_AS = "postgres"
"""Who owns a server that root starts; it refuses to be root's."""


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, the newest of several; None where there are none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path(INSTALLED).glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: int(path.parts[-2]), default=None)


@contextmanager
def postgresql(bin_folder: Path) -> Iterator[dict[str, str]]:
    """Runs a new server behind a socket in a folder of its own; gives the environment that leads to it."""
    user = RUNS_AS if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="sendense-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        making: list[str | Path] = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            RUNS_AS,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run(making, check=True, capture_output=True, cwd=folder, user=user)
        command: list[str | Path] = [
            bin_folder / "postgres",
            "-D",
            data,
            "-k",
            folder,
            "-c",
            "listen_addresses=",
        ]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, user=user)
        try:
            wait_for(folder / ".s.PGSQL.5432", server)
            yield {"DATABASE_URL": f"postgresql://{RUNS_AS}@/postgres", "PGHOST": str(folder)}
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def wait_for(socket: Path, server: "subprocess.Popen[bytes]", within: float = 30) -> None:
    """Until the server listens."""
    end = time.monotonic() + within
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError("PostgreSQL did not start")
        time.sleep(0.1)
