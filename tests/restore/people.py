"""Somebody who opens, looks, takes and leaves, and tries again as people do; and what all went through."""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import requests

from tests.restore.unpacked import contents
from tests.visitor import PASSWORD, Visitor

if TYPE_CHECKING:
    from tests.restore.crowd import Crowd

CUSTOMERS = ("Acme", "Borealis")
GREEDY = "Acme"
"""Its people never give a restore point back."""
PATIENCE = 150.0
"""Seconds after which somebody who got nothing has starved."""


@dataclass
class Tally:
    """What the crowd went through."""

    asked: Counter[str] = field(default_factory=Counter)
    """Requests answered as wished, by kind."""
    delivered: int = 0
    """Bytes of files that came whole."""
    wrong: list[str] = field(default_factory=list)
    """Whatever must not happen: other bytes than the VM's, a server error, somebody who starved."""
    waits: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in CUSTOMERS})
    """Seconds until a restore point was open, by customer."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        return sum(self.asked.values())


class Person:
    """Opens points of their customer, looks around, takes files, closes; goes on where something broke."""

    def __init__(self, crowd: "Crowd", customer: str, number: int) -> None:
        self.crowd, self.customer = crowd, customer
        self.visitor = Visitor(crowd.portal)
        self.email = f"person{number}@{customer.lower()}.test"
        self.choice = random.Random(f"{crowd.seed} {self.email}")

    def work(self, requests_each: int) -> None:
        """Until this many requests were answered, or one of them took too long."""
        try:
            self.insist("sign in", self.sign_in)
            done = 0
            while done < requests_each:
                vm = self.choice.choice(
                    [vm for vm in self.crowd.points if self.crowd.owner(vm) == self.customer]
                )
                done += self.visit(vm)
        except Exception as error:
            self.crowd.tally.wrong.append(f"{self.email}: {error!r}")

    def visit(self, vm: str) -> int:
        """One restore point, from opening to leaving; the number of requests."""
        begun = time.monotonic()
        mount = self.insist("open", partial(self.open, vm))
        with self.crowd.tally.lock:
            self.crowd.tally.waits[self.customer].append(time.monotonic() - begun)
        number = self.choice.randint(2, 5)
        for _ in range(number):
            name = self.choice.choice(list(self.crowd.sums[vm]))
            dice = self.choice.random()
            if dice < 0.35:
                mount = self.insist("list", partial(self.look, mount, vm))
            elif dice < 0.45:
                mount = self.insist("archive", partial(self.archive, mount, vm))
            elif dice < 0.5:
                self.parcel(mount, vm)
            else:
                mount = self.insist("download", partial(self.download, mount, vm, name))
        if self.customer != GREEDY and self.choice.random() < 0.8:
            self.insist("close", partial(self.close, mount))
        return number + 2

    def insist(self, kind: str, attempt: Callable[[], str]) -> str:
        """Tries again, as people do, until it works; what the attempt gives. Raises when it never does."""
        end = time.monotonic() + PATIENCE
        said = ""
        while time.monotonic() < end:
            try:
                if given := attempt():
                    with self.crowd.tally.lock:
                        self.crowd.tally.asked[kind] += 1
                    return given
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                said = type(error).__name__
            except requests.HTTPError as error:
                said = str(error)
                if error.response.status_code == 500:
                    raise
            time.sleep(0.3 + self.choice.random() * 0.5)
        raise TimeoutError(f"{kind} within {PATIENCE:.0f} s: {said or 'waited for a turn'}")

    def sign_in(self) -> str:
        self.visitor.post("/sign-in/", {"login": self.email, "password": PASSWORD})
        return "yes" if "sessionid" in self.visitor.session.cookies else ""

    def open(self, vm: str) -> str:
        """The mount's id; empty while others are before this person."""
        answer = self.visitor.post("/restore/open/", {"backup": self.crowd.points[vm], "disk": "0"})
        return answer.url.split("/restore/mounts/")[1].split("/")[0] if "/mounts/" in answer.url else ""

    def look(self, mount: str, vm: str) -> str:
        """A folder."""
        answer, mount = self.get(mount, vm, "files/?path=/partition-1")
        assert "data-0.bin" in answer.text
        return mount

    def download(self, mount: str, vm: str, name: str) -> str:
        """A file with its sum."""
        answer, mount = self.get(mount, vm, f"file/?path=/partition-1/{name}")
        if hashlib.sha256(answer.content).hexdigest() != self.crowd.sums[vm][name]:
            self.crowd.tally.wrong.append(f"{vm} {name}: {len(answer.content)} other bytes")
        with self.crowd.tally.lock:
            self.crowd.tally.delivered += len(answer.content)
        return mount

    def archive(self, mount: str, vm: str) -> str:
        """All of it in a zip, every file with its sum."""
        answer, mount = self.get(mount, vm, "folder/?path=/partition-1")
        self.compare(vm, answer.content)
        return mount

    def compare(self, vm: str, archive: bytes) -> None:
        """Every file of an archive."""
        found = {
            path.rpartition("/")[2]: hashlib.sha256(content).hexdigest()
            for path, content in contents(archive, "zip").items()
        }
        if found != self.crowd.sums[vm]:
            self.crowd.tally.wrong.append(f"{vm} as archive: {sorted(found)}")
        with self.crowd.tally.lock:
            self.crowd.tally.delivered += len(archive)

    def parcel(self, mount: str, vm: str) -> None:
        """The same packed in the background; one that failed is asked for again."""
        pages = [self.insist("order", partial(self.order, mount, vm))]
        self.insist("parcel", partial(self.fetch, pages, mount, vm))

    def order(self, mount: str, vm: str) -> str:
        """The page of a new parcel."""
        try:
            asked = {"path": "/partition-1", "format": "zip"}
            address = self.visitor.post(f"/restore/mounts/{mount}/pack/", asked).url
        except requests.HTTPError as error:
            if error.response.status_code != 409:
                raise
            self.insist("open", partial(self.open, vm))
            return ""
        return address.removeprefix(self.crowd.portal.address) if "/parcels/" in address else ""

    def fetch(self, pages: list[str], mount: str, vm: str) -> str:
        """Its bytes; empty while it is not ready."""
        text = self.visitor.get(pages[-1]).text
        if f"{pages[-1]}file/" in text:
            self.compare(vm, self.visitor.get(f"{pages[-1]}file/").content)
            return "yes"
        if "Failed" in text:
            pages.append(self.insist("order", partial(self.order, mount, vm)))
        return ""

    def close(self, mount: str) -> str:
        self.visitor.post(f"/restore/mounts/{mount}/close/", {})
        return mount

    def get(self, mount: str, vm: str, what: str) -> tuple[requests.Response, str]:
        """A page or file, and the mount it is of: a point that somebody else closed is opened again."""
        while True:
            try:
                return self.visitor.get(f"/restore/mounts/{mount}/{what}"), mount
            except requests.HTTPError as error:
                if error.response.status_code != 409:
                    raise
            mount = self.insist("open", partial(self.open, vm))
