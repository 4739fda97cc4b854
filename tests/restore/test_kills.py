"""Portal and hub are killed at each step of a mount and a download: nothing leaks, and the person goes on."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.restore.crowd import Crowd
from tests.restore.gate import Gate, Hold
from tests.restore.people import Person

pytestmark = pytest.mark.slow

LARGEST = "data-5.bin"
STEPS: dict[str, tuple[str, Hold]] = {
    "asked for a mount": ("open", Hold(b"POST /api/v1/restore/mount")),
    "mounted, unanswered": ("open", Hold(b"POST /api/v1/restore/mount", after=0)),
    "asked for a folder": ("list", Hold(b"/files?")),
    "listed, unanswered": ("list", Hold(b"/files?", after=0)),
    "asked for a file": ("download", Hold(b"/download?")),
    "half of a file": ("download", Hold(b"/download?", after=1_500_000)),
    "asked to unmount": ("close", Hold(b"DELETE /api/v1/restore/")),
    "unmounted, unanswered": ("close", Hold(b"DELETE /api/v1/restore/", after=0)),
}
"""What the person does, and where that is stopped."""
QUIET = (
    "from sendense_portal.tenancy.models import Tenant;"
    "Tenant.objects.update(catalogue_off=True, proofs_off=True)"
)
"""Only people use the hub's mounts here."""


class GatedCrowd(Crowd):
    """The same product with a door before its hub."""

    def hub_address(self) -> str:
        self.gate = self.stack.enter_context(Gate(self.hub.port))
        return self.gate.url


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedCrowd]:
    with GatedCrowd(tmp_path_factory.mktemp("kills")) as crowd:
        crowd.portal.manage("shell", "--no-imports", "-c", QUIET)
        yield crowd


@pytest.mark.parametrize("victim", ["portal", "hub"])
def test_a_kill_at_any_step_leaks_nothing_and_the_person_goes_on(crowd: GatedCrowd, victim: str) -> None:
    kill = crowd.kill_portal if victim == "portal" else crowd.kill_hub
    for vm, (step, (does, hold)) in zip(machines(victim), STEPS.items(), strict=True):
        person = Person(crowd, crowd.owner(vm), 0)
        person.insist("sign in", person.sign_in)
        act = prepared(person, vm, does)
        crowd.gate.hold = Hold(hold.words, hold.after)
        acting = threading.Thread(target=partial(swallowed, act), daemon=True)
        acting.start()
        assert crowd.gate.hold.reached.wait(20), f"{step} was never reached"
        kill()
        crowd.gate.hold.released.set()
        acting.join(60)
        crowd.gate.hold = None
        # Whoever was about to open one walks away: what is at the hub then is the portal's to find.
        if does != "open":
            assert goes_on(person, vm) == [], f"{victim} killed when {step}"
    assert crowd.tally.wrong == []
    assert crowd.leaked() == set()


def machines(victim: str) -> list[str]:
    """One for each step. What was seen or taken once is not asked of the hub again: such steps have a machine
    of their own."""
    new, known = iter(range(4) if victim == "portal" else range(4, 8)), iter(range(8, 12))
    return [f"vm{next(new if does in ('list', 'download') else known):02}" for does, _ in STEPS.values()]


def prepared(person: Person, vm: str, does: str) -> Callable[[], object]:
    """What the person is about to do, after all that comes before it."""
    if does == "open":
        return partial(person.open, vm)
    mount = person.insist("open", partial(person.open, vm))
    if does == "list":
        return partial(person.visitor.get, f"/restore/mounts/{mount}/files/?path=/partition-1")
    if does == "download":
        return partial(person.visitor.get, f"/restore/mounts/{mount}/file/?path=/partition-1/{LARGEST}")
    return partial(person.close, mount)


def swallowed(act: Callable[[], object]) -> None:
    """Whoever is killed gives no good answer; what counts comes after."""
    try:
        act()
    except Exception:
        return


def goes_on(person: Person, vm: str) -> list[str]:
    """Opens, looks, takes and leaves; what went wrong."""
    mount = person.insist("open", partial(person.open, vm))
    mount = person.insist("list", partial(person.look, mount, vm))
    mount = person.insist("download", partial(person.download, mount, vm, LARGEST))
    person.insist("close", partial(person.close, mount))
    return person.crowd.tally.wrong
