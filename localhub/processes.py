"""Child programs that never outlive the hub for long."""

import shutil
import subprocess
from collections.abc import Sequence

NEEDED = ("qemu-img", "qemu-nbd")


class ProgramFailed(Exception):
    """A program ended with an error; the text is what it said."""


class ProgramMissing(Exception):
    """A program that the hub can't work without is not installed."""


def check_programs() -> None:
    """Raises ProgramMissing with a sentence that says what to install."""
    for name in NEEDED:
        if shutil.which(name) is None:
            raise ProgramMissing(f"{name} is missing; install it with: apt-get install qemu-utils")


def run(command: Sequence[str], *, within: float = 60, stdin: str = "") -> str:
    """Runs a program to its end and gives what it printed. Raises ProgramFailed."""
    try:
        done = subprocess.run(
            bound(command), capture_output=True, text=True, errors="replace", input=stdin, timeout=within
        )
    except FileNotFoundError as error:
        raise ProgramMissing(f"{command[0]} is missing") from error
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"{command[0]} did not end within {within:.0f} s") from error
    if done.returncode:
        raise ProgramFailed(f"{command[0]}: {(done.stderr or done.stdout).strip() or done.returncode}")
    return done.stdout


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    """Starts a program that is told to end when the *thread* that starts it ends (PR_SET_PDEATHSIG's rule):
    call it from a thread that outlives the program.
    """
    return subprocess.Popen(
        bound(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def bound(command: Sequence[str]) -> list[str]:
    """The command under ``setpriv --pdeathsig``: even kill -9 of the hub leaves no orphan."""
    if shutil.which("setpriv") is None:
        return list(command)
    return ["setpriv", "--pdeathsig", "TERM", *command]
