"""localhub as a real process, for any test that needs a hub; and its sample VMs, built once a session."""

import atexit
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
READY = "localhub ready at "


class LocalHub:
    """``python -m localhub serve`` with two folders; a context manager.

    Flags by their name: ``LocalHub(vms, state, copy_rate=10_000_000, mount_lifetime=2)``. ``stop`` ends it in
    order, ``kill`` as a power cut would; ``start`` may be called again after either, on the same state.
    """

    def __init__(
        self,
        vms: Path,
        state: Path,
        dialect: str = "today",
        quirks: Sequence[str] = (),
        port: int = 0,
        **flags: str | float | Path,
    ) -> None:
        self.vms, self.state, self.dialect, self.quirks = vms, state, dialect, quirks
        self.port = port
        self.flags = flags
        self.process: subprocess.Popen[str] | None = None
        self.reader = threading.Thread()
        self.said: list[str] = []
        self.last_starts: dict[tuple[str, object], float] = {}
        """When the tests' client last started a backup of a VM (and disk), in seconds since 1970."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """What clients log in with."""
        path = Path(str(self.flags.get("token_file", self.state / "token")))
        return path.read_text(encoding="utf-8").strip()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def command(self) -> list[str]:
        words = [
            sys.executable,
            "-m",
            "localhub",
            "serve",
            "--vms",
            str(self.vms),
            "--state",
            str(self.state),
        ]
        words += ["--port", str(self.port), "--dialect", self.dialect]
        for quirk in self.quirks:
            words += ["--quirk", quirk]
        for name, value in self.flags.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return words

    def start(self, within: float = 30) -> Self:
        """Returns when the hub answers; raises with what it said when it does not."""
        self.process = subprocess.Popen(
            self.command(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        ready = threading.Event()
        self.reader = threading.Thread(target=self.read, args=(self.process, ready), daemon=True)
        self.reader.start()
        if not ready.wait(within) or not self.port:
            self.kill()
            raise RuntimeError("localhub did not start:\n" + "\n".join(self.said))
        return self

    def read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line.rstrip())
            if line.startswith(READY):
                self.port = int(line.rsplit(":", 1)[1])
                ready.set()
        ready.set()  # it ended, with or without a word
        process.stdout.close()

    def stop(self, within: float = 40) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            self.reader.join()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.reader.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@lru_cache
def samples_home() -> "tempfile.TemporaryDirectory[str]":
    """The sample VMs of this test process; gone with it."""
    home = tempfile.TemporaryDirectory(prefix="localhub-samples-", ignore_cleanup_errors=True)
    atexit.register(home.cleanup)
    command("sample-vms", home.name)
    return home


def sample_vms(folder: Path, *names: str) -> Path:
    """Copies sample VMs (``web01``, ``db01`` with two disks, ``files01``) to a new folder and gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        copy_disk(Path(samples_home().name) / name, folder / name)
    return folder


def copy_disk(source: Path, target: Path) -> None:
    """A file or folder with its holes."""
    subprocess.run(["cp", "-r", "--reflink=auto", "--sparse=always", source, target], check=True)


def command(*words: str | Path) -> str:
    """Runs ``python -m localhub WORDS`` and gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "localhub", *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"localhub {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def file_in_vm(vms: Path, vm: str, disk: int, partition: int, path: str) -> bytes:
    """A file's bytes out of a VM's disk as it is now (``python -m localhub cat``)."""
    words = ["cat", "--vms", str(vms), vm, str(disk), str(partition), path]
    return subprocess.run(
        [sys.executable, "-m", "localhub", *words], cwd=ROOT, check=True, capture_output=True
    ).stdout
