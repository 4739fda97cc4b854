"""The hubs that the contract is held against: localhub in both dialects, the recorded answers of a real hub,
and any hub named by HUB_URL.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from sendense_portal.hub import Dialect, Hub
from tests.hub.servers import replay, serving
from tests.hub.transcripts import recorded

README = "The name of this file is README and it is read back from a backup.\n" * 40


@dataclass(frozen=True)
class Target:
    """A hub to ask, and what may be expected there.

    `vm` may be backed up (None: the checks that write are left out); `file` is a path inside its first disk
    with its content, where known; `tags` are what the recorded start was made with.
    """

    hub: Hub
    dialect: Dialect | None = None
    vm: str | None = None
    file: tuple[str, bytes] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    repository: str | None = None
    recorded: bool = False
    links: bool = False
    languages: bool = False
    poll: float = 0.3


# One life of one VM at the recorded hub, without what was recorded again later under other circumstances.
LIFE = """
    001 011 017 018 047 049 051 060 062 068 076 079 084 086 089 091 092 093 094 095 096 100 129 132 133 135
    136 138 142 152 159 165 187 188 282
"""


@contextmanager
def transcripts() -> Iterator[Target]:
    with serving(replay(*(said for said in recorded() if said.number in LIFE))) as server:
        yield Target(
            Hub(server.url),
            Dialect.TODAY,
            vm="web01",
            file=("/partition-1/etc/shadow-like", b"secret\n"),
            tags={"who": "portal"},
            repository="repo-local-1795409385",
            recorded=True,
            links=True,
            poll=0,
        )


@contextmanager
def named_by_environment() -> Iterator[Target]:
    """HUB_URL, HUB_TOKEN; HUB_VM: the name of a VM that may be backed up for this test; HUB_FILE: a path
    inside its first disk, and HUB_FILE_COPY: a local file with the same content.
    """
    file = None
    if "HUB_FILE" in os.environ:
        file = (os.environ["HUB_FILE"], Path(os.environ["HUB_FILE_COPY"]).read_bytes())
    hub = Hub(os.environ["HUB_URL"], os.environ.get("HUB_TOKEN", ""))
    yield Target(hub, vm=os.environ.get("HUB_VM"), file=file, poll=2)


def make_disk(path: Path, content: Path, mebibytes: int = 24) -> None:
    """A raw disk with one partition of ext4 that holds the files of a folder; made without root."""
    size = mebibytes << 20
    start = 1 << 20
    with path.open("wb") as disk:
        disk.truncate(size)
    subprocess.run(["sfdisk", "-q", path], input="start=2048, type=83\n", text=True, check=True)
    blocks = str((size - start) // 1024) + "k"
    options = ["-q", "-F", "-t", "ext4", "-E", f"offset={start}", "-d", str(content)]
    subprocess.run(["mke2fs", *options, str(path), blocks], check=True, capture_output=True)


def make_vms(folder: Path) -> None:
    """db01 with two disks and web01 with one."""
    for vm, disk in (("db01", 0), ("db01", 1), ("web01", 0)):
        content = folder.parent / f"content-{vm}-{disk}"
        (content / "etc").mkdir(parents=True)
        (content / "etc" / "README").write_text(README)
        (content / "etc" / "empty").write_text("")
        (content / "etc" / "link").symlink_to("/etc/passwd")
        (content / "Документы").mkdir()
        (content / "Документы" / "отчёт 100%+.txt").write_text("привет\n")
        (folder / vm).mkdir(parents=True, exist_ok=True)
        make_disk(folder / vm / f"disk{disk}.raw", content)


@contextmanager
def localhub(folder: Path, dialect: Dialect) -> Iterator[Target]:
    make_vms(folder / "vms")
    process = import_module("tests.localhub_process").LocalHub(
        folder / "vms", folder / "state", dialect=dialect.value
    )
    process.start()
    try:
        root = "/partition-1" if dialect is Dialect.TODAY else ""
        yield Target(
            Hub(process.url, process.token),
            dialect,
            vm="db01",
            file=(f"{root}/etc/README", README.encode()),
            links=True,
            languages=True,
        )
    finally:
        process.stop()
