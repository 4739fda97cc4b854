"""What a hub keeps of policies, schedules and flows: mirrored, told as what it is, and one kind deleted."""

from pathlib import Path

import pytest

from protection.hub_rules import EVERY, does, says
from protection.models import HubRule
from sendense_portal.audit.models import AuditEntry
from sendense_portal.hub import Dialect
from sendense_portal.sync.registry import sources
from sendense_portal.tenancy.hubs import client_for
from tests.conftest import AsPerson, Cast
from tests.contract.targets import make_rules
from tests.factories import make_vm
from tests.sync.conftest import Follow, Followed

pytestmark = pytest.mark.django_db
PAGE = "/protection/at-hub/"


@pytest.fixture
def followed(follow: Follow, tmp_path: Path) -> Followed:
    """With what somebody made at its console."""
    found = follow()
    repository = client_for(found.connection).repositories.list()[0].id
    make_rules(found.process.url, found.process.token, tmp_path, Dialect.TODAY, repository)
    found.round()
    return found


def rule(kind: str, name: str) -> HubRule:
    return HubRule.objects.get(kind=kind, name=name)


def test_each_is_told_with_what_the_hub_really_does(
    followed: Followed, cast: Cast, as_person: AsPerson
) -> None:
    policy = rule("policy", "3-2-1")
    assert says(policy) == ["backups in Local repository", "copy to Second (manual)", "keep for 30 days"]
    assert does(policy).startswith("Nothing: it keeps the rule, copies no backup")
    assert "never a backup" in does(rule("schedule", "Nightly"))
    assert "six fields" in does(rule("schedule", "Five fields"))
    flow = rule("flow", "Web nightly")
    assert says(flow) == ["ctx-web", "to Local repository", "Nightly 0 0 2 * * *"]
    assert "Nothing by itself" in does(flow)
    html = as_person(cast.provider_auditor).get(PAGE).content.decode()
    assert "copy to Second (manual)" in html
    assert "copies no backup" in html
    assert "/delete/" not in html
    assert f"{PAGE}{policy.pk}/delete/" in as_person(cast.provider_admin).get(PAGE).content.decode()


def test_a_policy_is_deleted_at_the_hub_and_what_was_deleted_there_is_gone_here(
    followed: Followed, cast: Cast, as_person: AsPerson
) -> None:
    policy, client = rule("policy", "3-2-1"), as_person(cast.provider_admin)
    address = f"{PAGE}{policy.pk}/delete/"
    assert "copied nothing" in client.get(address).content.decode()
    hub = client_for(followed.connection)
    assert len(hub.rules.policies()) == 1, "GET deletes nothing"
    assert client.post(address).status_code == 302
    assert hub.rules.policies() == []
    entry = AuditEntry.objects.filter(action="hub_policy.delete").latest("pk")
    assert (entry.actor, entry.outcome, entry.parameters["hub"]) == (cast.provider_admin, "ok", "Hub")
    assert client.post(address).status_code == 404
    flow = rule("flow", "Web nightly")
    assert client.get(f"{PAGE}{flow.pk}/delete/").status_code == 404, "only policies can be deleted"
    policy.gone_at = None
    policy.save()
    assert "It was not deleted" in client.post(address).content.decode()
    followed.round()
    policy.refresh_from_db()
    assert policy.gone_at is not None


def test_a_hub_that_is_down_says_so_and_keeps_the_list(
    followed: Followed, cast: Cast, as_person: AsPerson
) -> None:
    policy, client = rule("policy", "3-2-1"), as_person(cast.provider_admin)
    followed.process.stop()
    followed.round()
    assert "3-2-1" in client.get(PAGE).content.decode()
    answer = client.post(f"{PAGE}{policy.pk}/delete/")
    assert answer.status_code == 200
    assert "It was not deleted" in answer.content.decode()


def test_groups_come_from_the_machines_and_the_lists_are_asked_for_seldom(
    follow: Follow, cast: Cast, as_person: AsPerson
) -> None:
    followed = follow(dialect="older")
    assert not HubRule.objects.exists(), "no flows there, and nothing of the rest"
    make_vm("acme-web", cast.acme, hub=followed.connection, groups=["Web servers"])
    make_vm("acme-db", cast.acme, hub=followed.connection, groups=["Web servers", "Databases"])
    html = as_person(cast.provider_operator).get(PAGE).content.decode()
    assert "Web servers" in html
    assert "2 machines" in html
    (source,) = (source for source in sources if source.name == "rules")
    assert source.every(followed.connection) == EVERY
    assert "At the hub" not in as_person(cast.acme_admin).get("/protection/").content.decode()


def test_the_page_costs_few_queries(
    followed: Followed, cast: Cast, as_person: AsPerson, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    client = as_person(cast.provider_admin)
    client.get(PAGE)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # makes a context manager
        client.get(PAGE)
