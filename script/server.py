"""Starts everything for one machine: the embedded hub (or a real one's address), the portal, and says how
to sign in. Ctrl-C stops all of it. All data is in one folder; a second start keeps it."""

import argparse
import base64
import contextlib
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_WITHIN = 10


class CantStart(SystemExit):
    """One clear sentence, exit status 1."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"script/server: {sentence}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port of the portal (default 8000)")
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="folder of all data (default var/)")
    parser.add_argument("--hub", metavar="URL", help="a real Sendense hub instead of the embedded one")
    parser.add_argument("--token-file", type=Path, help="file with the real hub's login token")
    parser.add_argument(
        "--dialect", choices=["today", "older"], default="today", help="what the embedded hub speaks"
    )
    parser.add_argument(
        "--copy-rate", type=int, metavar="MIB", help="slows the embedded hub to MiB/s, to watch progress"
    )
    options = parser.parse_args()
    if options.token_file and not options.hub:
        parser.error("--token-file belongs to --hub")
    return options


def main() -> int:
    options = arguments()
    data: Path = options.data.resolve()
    prepare_folder(data)
    refuse_taken_port(options.port)
    os.environ.update(environment(data, options.port))
    with contextlib.ExitStack() as children:
        if options.hub:
            hub_url, token_file = options.hub, options.token_file
        else:
            hub_url, token_file = children.enter_context(embedded_hub(data, options))
        link = prepare_portal(data, hub_url, token_file)
        portal = children.enter_context(
            child([sys.executable, "manage.py", "serve", "--port", str(options.port)], "the portal")
        )
        wait_for_port(options.port, portal)
        address = f"http://localhost:{options.port}"
        print(f"\nSendense portal: {address}/   (Ctrl-C stops it)")
        print(f"Hub: {hub_url}   Data: {data}")
        if link:
            print(f"First run: make the first administrator at {address}{link}")
        sys.stdout.flush()
        portal.wait()
        if portal.returncode not in (0, -signal.SIGTERM, -signal.SIGINT):
            raise CantStart(f"the portal ended by itself with status {portal.returncode}; see above")
    return 0


def prepare_folder(data: Path) -> None:
    """Makes the data folder, readable for its owner only; secrets and backups lie in it."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data / ".writable").touch()
        (data / ".writable").unlink()
    except OSError as error:
        raise CantStart(
            f"{data} can't be written to ({error.strerror}); choose another folder with --data"
        ) from None


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CantStart(
                f"port {port} can't be used ({error.strerror}); choose another with --port"
            ) from None


def environment(data: Path, port: int) -> dict[str, str]:
    """The portal's settings for one machine: loopback, plain http, keys made once and kept."""
    return {
        "DJANGO_SETTINGS_MODULE": "sendense_portal.settings",
        "DATA_DIR": str(data),
        "SECRET_KEY_FILE": str(kept_secret(data / "secret_key", secrets.token_urlsafe(48))),
        "FIELD_KEY_FILE": str(
            kept_secret(data / "field_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        ),
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1"),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL", f"http://localhost:{port}"),
        "PUBLIC_HTTPS": "off",
        "REPOSITORY_PATHS": os.environ.get("REPOSITORY_PATHS", f"{data / 'localhub'},/backup,/mnt,/srv"),
        "DEBUG": "off",
        "PYTHONPATH": str(ROOT),
    }


def kept_secret(path: Path, value: str) -> Path:
    """A file with a secret, written at the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(value, encoding="ascii")
    return path


@contextlib.contextmanager
def embedded_hub(data: Path, options: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """localhub with its sample machines; yields its address and token file."""
    vms, state = data / "vms", data / "localhub"
    subprocess.run([sys.executable, "-m", "localhub", "sample-vms", str(vms)], cwd=ROOT, check=True)
    token = kept_secret(data / "hub_token", secrets.token_urlsafe(32))
    command = [sys.executable, "-m", "localhub", "serve", "--vms", str(vms), "--state", str(state)]
    command += ["--token-file", str(token), "--dialect", options.dialect, "--port", "0"]
    if options.copy_rate:
        command += ["--copy-rate", str(options.copy_rate * 2**20)]
    with child(command, "the embedded hub", stdout=subprocess.PIPE) as hub:
        assert hub.stdout is not None
        line = hub.stdout.readline()
        if not line.startswith("localhub ready at "):
            raise CantStart("the embedded hub did not start; see above")
        yield line.removeprefix("localhub ready at ").strip(), token


def prepare_portal(data: Path, hub_url: str, token_file: Path | None) -> str:
    """Database, static files and the hub's connection; returns the path of the first-run link, if needed."""
    sys.path.insert(0, str(ROOT))
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    from sendense_portal.tenancy import first_run

    try:
        call_command("migrate", verbosity=0, interactive=False)
        static = data / "static"
        fingerprint = tree_fingerprint([ROOT / "static", ROOT / "requirements"])
        if not static.exists() or kept(data / "static.stamp") != fingerprint:
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            (data / "static.stamp").write_text(fingerprint, encoding="ascii")
        call_command("connect_hub", "Hub", hub_url, token_file=token_file)
    except CommandError as error:
        raise CantStart(str(error)) from None
    return first_run.link_path() if first_run.is_needed() else ""


def tree_fingerprint(folders: list[Path]) -> str:
    """Changes when a file of the folders does."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            stat = path.stat()
            digest.update(f"{path.relative_to(ROOT)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def kept(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.exists() else ""


@contextlib.contextmanager
def child(command: list[str], name: str, stdout: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A child in a session of its own, so that Ctrl-C reaches it through us and in order."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=stdout, text=True, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            print(f"{name} did not stop within {STOP_WITHIN} s and was ended", file=sys.stderr)
            process.kill()
            process.wait()


def wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    """Until the portal answers, or has ended."""
    while process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise CantStart("the portal did not start; see above")


def stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nStopped.")
