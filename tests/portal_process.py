"""The whole product as a person starts it: ``script/server`` with a data folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
READY = "Sendense portal: "


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PortalProcess:
    """``script/server.py`` with options, from its start until it is stopped in order."""

    def __init__(self, data: Path, *options: str, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.options = options
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self.address = f"http://localhost:{self.port}"
        self.first_run_url = ""
        self.hub_url = ""

    def start(self, within: float = 90) -> Self:
        """Returns when the portal answers; raises with all that was printed when it does not."""
        command = [sys.executable, "script/server.py", "--port", str(self.port), "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, *self.options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: value for name, value in os.environ.items() if name not in SETTINGS},
            start_new_session=True,
        )
        ready = threading.Event()
        threading.Thread(target=self.read, args=(self.process, ready), daemon=True).start()
        if not ready.wait(within) or self.process.poll() is not None:
            self.stop()
            raise RuntimeError("the portal did not start:\n" + self.output)
        return self

    def read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        """Keeps what is printed, and finds the links in it."""
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line)
            if found := re.search(r"(http://\S+/first-run/\S+)", line):
                self.first_run_url = found[1]
            if found := re.match(r"Hub: (\S+)", line):
                self.hub_url = found[1]
                # The first-run line follows at once, and is printed in the same flush.
                threading.Timer(0.2, ready.set).start()
        process.stdout.close()
        ready.set()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> int:
        """Stops it as Ctrl-C does; returns the exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(30)

    @property
    def environment(self) -> dict[str, str]:
        """This portal's settings, for processes of ``manage.py``."""
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "sendense_portal.settings",
            "DATA_DIR": str(self.data),
            "SECRET_KEY_FILE": str(self.data / "secret_key"),
            "FIELD_KEY_FILE": str(self.data / "field_key"),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PUBLIC_HTTPS": "off",
        }

    def manage(self, *arguments: str, text: str = "") -> str:
        """``manage.py`` with this portal's settings; returns what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


SETTINGS = {
    "SECRET_KEY", "FIELD_KEY", "ALLOWED_HOSTS", "PUBLIC_HTTPS", "DEBUG", "DATA_DIR", "DJANGO_SETTINGS_MODULE",
}  # fmt: skip
"""Names that tests/settings.py puts into the environment; a child must not inherit them."""
