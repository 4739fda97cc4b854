"""The hubs that the contract is held against: localhub in both dialects, the recorded answers of a real hub,
and any hub named by HUB_URL.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import requests

from sendense_portal.hub import Dialect, Hub
from tests.hub.servers import replay, serving
from tests.hub.transcripts import recorded

README = "The name of this file is README and it is read back from a backup.\n" * 40


@dataclass(frozen=True)
class Target:
    """A hub to ask, and what may be expected there.

    `vm` may be backed up (None: the checks that write are left out); `file` is a path inside its first disk
    with its content, where known; `make_rules` gives a hub a policy, schedules and a flow for a repository
    and tells where the policy would copy to; `tags` are what the recorded start was made with.
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
    make_rules: Callable[[str], str] | None = None


# One life of one VM at the recorded hub, without what was recorded again later under other circumstances.
LIFE = """
    001 011 015 016 017 018 047 049 051 060 062 068 076 079 084 086 089 091 092 093 094 095 096 100 129 132
    133 135 136 138 142 152 159 165 187 188 249 254 261 282
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


def make_rules(url: str, token: str, folder: Path, dialect: Dialect, repository: str) -> str:
    """As somebody at the hub's own console: the client makes none of these."""
    login = requests.post(f"{url}/api/v1/auth/login", json={"token": token}, timeout=10).json()
    headers = {"Authorization": f"Bearer {login['session_token']}"}

    def make(kind: str, **body: Any) -> Any:
        answer = requests.post(f"{url}/api/v1/{kind}", json=body, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer.json()

    time.sleep(1.02 - time.time() % 1)  # ids of repositories are the second in which they were made
    made = make("repositories", name="Second", type="local", config={"path": str(folder / "2")}, enabled=True)
    second = str(made["repository"]["id"] if dialect is Dialect.TODAY else made["id"])
    copy = {"destination_repository_id": second, "copy_mode": "manual", "priority": 1, "enabled": True}
    make(
        "policies", name="3-2-1", enabled=True, primary_repository_id=repository, retention_days=30,
        copy_rules=[copy],
    )  # fmt: skip
    six = make("schedules", name="Nightly", cron_expression="0 0 2 * * *", timezone="UTC")
    make("schedules", name="Five fields", cron_expression="0 2 * * *", timezone="UTC")
    if dialect is Dialect.TODAY:
        make(
            "protection-flows", name="Web nightly", flow_type="backup", target_type="vm", target_id="ctx-web",
            repository_id=repository, schedule_id=six["id"],
        )  # fmt: skip
    return second


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
            make_rules=partial(make_rules, process.url, process.token, folder, dialect),
        )
    finally:
        process.stop()
