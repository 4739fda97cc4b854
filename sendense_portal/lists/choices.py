"""Columns and saved views: what may be kept, and by whom."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.lists.models import ListChoice, SavedView
from sendense_portal.lists.registry import ShownList
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action

NOT_KEPT = ("page", "vm_panel")
MOST_VIEWS = 50


class NotKept(Exception):
    """A view can't be saved like this; ``str()`` is the sentence to show."""


def hidden_columns(user: User, list_name: str) -> list[str]:
    """Columns that this person has hidden; one query."""
    found = ListChoice.objects.filter(user=user, list_name=list_name).values_list("hidden", flat=True).first()
    return [str(name) for name in found or []]


def choose_columns(user: User, shown: ShownList, wanted: list[str]) -> None:
    """Hides all that may be hidden and is not wanted."""
    hidden = [name for name in shown.choosable if name not in wanted]
    ListChoice.objects.update_or_create(user=user, list_name=shown.name, defaults={"hidden": hidden})


def kept_of(query: str) -> str:
    """A list's query string as it is kept: in a sound form, and without the page."""
    asked = QueryDict(query[:2000], mutable=True)
    for name in NOT_KEPT:
        asked.pop(name, None)
    for name in [name for name, values in asked.lists() if not any(values)]:
        del asked[name]
    return asked.urlencode()


def may_manage(access: Access, tenant_id: UUID | None) -> bool:
    """Whether this person decides what others of a customer (None: the provider) find in their lists."""
    return any(access.can(action, tenant_id) for action in (Action.PERSON_EDIT, Action.TENANT_POLICY))


def may_change(access: Access, view: SavedView) -> bool:
    """One's own, and shared ones where one manages people or rules."""
    return view.owner_id == access.user.pk or (view.owner_id is None and may_manage(access, view.tenant_id))


def places(access: Access) -> list[tuple[str, str]]:
    """With whom this person may share: the key for the form, and in words."""
    tenants = Tenant.objects.filter(pk__in=[key for key in access.tenant_roles if may_manage(access, key)])
    found = [(str(tenant.pk), tenant.name) for tenant in tenants]
    if access.is_provider and may_manage(access, None):
        found.append(("provider", _("The provider’s staff")))
    return found


def save_view(access: Access, actor: Actor, shown: ShownList, name: str, query: str, place: str) -> SavedView:
    """Keeps a view, one's own unless ``place`` says with whom it is shared. Raises NotKept."""
    if not name.strip():
        raise NotKept(_("Give the view a name."))
    if place and place not in dict(places(access)):
        raise NotKept(_("You can’t share views there."))
    if SavedView.objects.visible_to(access).filter(list_name=shown.name).count() >= MOST_VIEWS:
        raise NotKept(_("There are enough views of this list: delete one first."))
    view = SavedView(
        list_name=shown.name,
        name=name.strip()[:80],
        query=kept_of(query),
        owner=None if place else access.user,
        tenant_id=UUID(place) if place and place != "provider" else None,
        made_by_name=str(access.user),
    )
    keep(view)
    if place:
        log.record(actor, "view.share", Outcome.OK, view.tenant, view=view.name, list=shown.name)
    return view


def rename_view(view: SavedView, name: str) -> None:
    """Gives it another name. Raises NotKept."""
    if not name.strip():
        raise NotKept(_("Give the view a name."))
    view.name = name.strip()[:80]
    keep(view)


def keep(view: SavedView) -> None:
    """Writes it. Raises NotKept for a name that is taken."""
    twins = SavedView.objects.filter(list_name=view.list_name, name=view.name, owner=view.owner)
    if twins.filter(tenant=view.tenant_id).exclude(pk=view.pk).exists():
        raise NotKept(_("There is a view of this name already."))
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise NotKept(_("There is a view of this name already.")) from None
