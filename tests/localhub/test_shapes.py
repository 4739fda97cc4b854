"""localhub's answers have the keys and types that the real hub's recorded answers have, call by call."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tests.localhub.client import Client
from tests.localhub_process import LocalHub, command, sample_vms

WEB, DB = "web01", "db01"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shapes")
    with LocalHub(sample_vms(folder / "vms", WEB, DB), folder / "state", finish_delay=0.1) as hub:
        client = Client(hub)
        client.login()
        yield client
        client.close()


@pytest.fixture(scope="module")
def places(client: Client) -> dict[str, str]:
    """What stands for the recorded ids here."""
    full = client.backup(WEB)
    command("change-vm", client.hub.vms, WEB)
    incremental = client.backup(WEB, "incremental")
    client.login()
    context = client.get(f"/vm-contexts/{WEB}")["context"]["context_id"]
    db_context = client.get(f"/vm-contexts/{DB}")["context"]["context_id"]
    return {
        "backup-web01-1795409390": full,
        "backup-web01-1795409401": incremental,
        "ctx-web01-20261123-044944": context,
        "ctx-db01-20261123-044944": db_context,
        "repo-local-1795409385": client.repository(),
        "68044e64-5a73-4f1f-94f5-7301f6dbb2c4": client.mount(full),
        "/partition-1/etc/link-rel": "/partition-1/etc/localtime",
        "%2Fpartition-1%2Fetc%2Flink-rel": "%2Fpartition-1%2Fetc%2Flocaltime",
        "%2Fpartition-1%2Fetc%2Flink-dangling": "%2Fpartition-1%2Fetc%2Fdangling",
        "%2Fpartition-1%2Fempty-dir": "%2Fpartition-1%2Fvar%2Fempty",
        "%2Fpartition-1%2Fvar%2Ffifo": "%2Fpartition-1%2Fvar%2Frun%2Fqueue.fifo",
    }


OPTIONAL = ("last_telemetry_at", "symlink_target")
BEFORE = ("061", "064", "066", "069", "079")
"""Recorded before there was any backup: asked of the VM that has none here."""
SCHEDULE_MADE = "246"
"""The schedule that a flow names later."""
UNAUTHORISED = {"007": None, "008": "Bearer wrong", "009": "Basic YTpi", "010": "bearer x"}


@dataclass(frozen=True)
class Recorded:
    """One call of the real hub (a line of recorded.jsonl)."""

    number: str
    name: str
    method: str
    target: str
    body: str
    status: int
    content_type: str
    answer: str


LINES = (Path(__file__).parent / "recorded.jsonl").read_text(encoding="utf-8").splitlines()
CALLS = [Recorded(**json.loads(line)) for line in LINES]


def shape(value: Any) -> Any:
    """Keys and types; of lists the union of their members, numbers alike."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in sorted(value.items())}
    if isinstance(value, list):
        return [merged([shape(member) for member in value])] if value else []
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def merged(shapes: list[Any]) -> Any:
    first = shapes[0]
    if isinstance(first, dict):
        return {key: value for one in shapes if isinstance(one, dict) for key, value in one.items()}
    return first


def asked(client: Client, said: Recorded, places: dict[str, str]) -> requests.Response:
    target, body = said.target, said.body
    for there, here in places.items():
        target, body = target.replace(there, here), body.replace(there, here)
    if said.number in BEFORE:
        target, body = target.replace(WEB, DB), body.replace(WEB, DB)
    body = body.replace("/backup/repo", str(client.hub.state / "repo"))
    headers = {"Authorization": UNAUTHORISED[said.number]} if said.number in UNAUTHORISED else {}
    return client.call(said.method, target, data=body.encode() or None, headers=headers)


@pytest.mark.parametrize("said", CALLS, ids=[f"{said.number}-{said.name}" for said in CALLS])
def test_an_answer_is_as_the_real_hub_gave_it(client: Client, places: dict[str, str], said: Recorded) -> None:
    """The same status and content type; JSON of the same keys and types; refusals in the same words."""
    answer = asked(client, said, places)
    assert answer.status_code == said.status, answer.text
    assert answer.headers["Content-Type"] == said.content_type
    if said.number == SCHEDULE_MADE:
        places[json.loads(said.answer)["id"]] = answer.json()["id"]
    if said.content_type == "application/json":
        assert dropped(shape(answer.json())) == dropped(shape(json.loads(said.answer)))
    if said.status >= 400:
        assert worded(answer.text, places) == worded(said.answer, {})


def dropped(value: Any) -> Any:
    """Without the optional keys of rows, and without rows where one side has none."""
    if isinstance(value, dict):
        return {key: dropped(member) for key, member in value.items() if key not in OPTIONAL}
    return [dropped(member) for member in value] if isinstance(value, list) else value


def worded(text: str, places: dict[str, str]) -> str:
    """Texts with ids put back and times taken out."""
    for there, here in places.items():
        text = text.replace(unquote(here), unquote(there))
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text).strip()
