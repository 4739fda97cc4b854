"""The one door: what a route needs is declared on the view and decided here, by default denied.

404 for what you may not know exists, 403 for what you may see but not do (docs/architecture.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import BooleanField, CharField, UUIDField, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from sendense_portal.audit import log
from sendense_portal.tenancy.models import Membership, ProviderPolicy, Tenant, User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import SEEN_AS, Action, ProviderRole, actions_of, role_may


@dataclass(frozen=True)
class Access:
    """What one person may do, read once per request in one query."""

    user: User
    provider_role: str = ""
    tenant_roles: Mapping[UUID, str] = field(default_factory=dict)
    ceiling: frozenset[Action] | None = None
    """Whatever the roles say, no more than these (None: no ceiling)."""
    only: UUID | None = None
    """The one customer that a person with several, or one of the provider's staff, has chosen to see."""
    demands_second_factor: bool = False
    """Whether any customer of this person, or the provider of its staff, wants everyone to have one;
    narrowing changes nothing in it."""
    steps_up: bool = False
    """Whether the provider wants its staff to prove again who they are before what can't be taken back."""

    @classmethod
    def of(cls, user: User) -> "Access":
        """The rights of a person now; a disabled person and a suspended customer give none."""
        if not user.is_active:
            return cls(user)
        rows = rights_of(user)
        return cls(
            user,
            user.provider_role,
            {tenant: role for tenant, role, *_rules in rows if tenant},
            demands_second_factor=any(demands for _tenant, _role, demands, _steps_up in rows),
            steps_up=any(steps_up for *_row, steps_up in rows),
        )

    def narrowed_to(self, tenant_id: UUID) -> "Access":
        """The same person seeing one customer only: as its people see it, and never with more rights."""
        if self.is_provider:
            role = ProviderRole(self.provider_role)
            return replace(
                self,
                provider_role="",
                tenant_roles={tenant_id: SEEN_AS[role].value},
                ceiling=self.capped(actions_of(role)),
                only=tenant_id,
            )
        if tenant_id not in self.tenant_roles:
            return self
        return replace(self, tenant_roles={tenant_id: self.tenant_roles[tenant_id]}, only=tenant_id)

    def limited_to(self, actions: frozenset[Action]) -> "Access":
        """The same person with no more than ``actions``."""
        return replace(self, ceiling=self.capped(actions))

    def capped(self, actions: frozenset[Action]) -> frozenset[Action]:
        """A ceiling over ``actions`` is never above the one that is there."""
        return actions if self.ceiling is None else actions & self.ceiling

    @property
    def is_provider(self) -> bool:
        """Sees all customers."""
        return self.provider_role in ProviderRole.values

    @property
    def is_staff(self) -> bool:
        """Belongs to the provider, also while looking at one customer only."""
        return bool(self.user.provider_role) and self.user.provider_role in ProviderRole.values

    def holds(self, role: str, action: Action) -> bool:
        """Whether ``action`` comes with a role, under the ceiling."""
        return role_may(role, action) and (self.ceiling is None or action in self.ceiling)

    def can(self, action: Action, tenant_id: UUID | None = None) -> bool:
        """Whether this person holds ``action`` on a row of a customer (None: on the provider's own)."""
        if self.holds(self.provider_role, action):
            return True
        role = self.tenant_roles.get(tenant_id) if tenant_id else None
        return role is not None and self.holds(role, action)

    def can_somewhere(self, action: Action) -> bool:
        """Whether there is any customer (or the provider) for which this person holds ``action``."""
        roles = [self.provider_role, *self.tenant_roles.values()]
        return any(self.holds(role, action) for role in roles)

    def tenants_with(self, action: Action) -> list[UUID] | None:
        """Ids of the customers on whose rows ``action`` is held; None means every row there is."""
        if self.holds(self.provider_role, action):
            return None
        return [tenant for tenant, role in self.tenant_roles.items() if self.holds(role, action)]


def rights_of(user: User) -> list[tuple[Any, ...]]:
    """(customer, role, wants a second factor, wants a fresh proof) of each membership that counts; for the
    provider's staff also its own rules, with no customer, in the same query: it is one of every request."""
    off = Value(False, output_field=BooleanField())
    rows = Membership.objects.filter(user=user, tenant__state=Tenant.State.ACTIVE).values_list(
        "tenant_id", "role", "tenant__require_second_factor", off
    )
    if not user.provider_role:
        return list(rows)
    nobody, nothing = Value(None, output_field=UUIDField()), Value("", output_field=CharField())
    rules = ProviderPolicy.objects.values_list(nobody, nothing, "require_second_factor", "step_up")
    return list(rows.union(rules, all=True))


View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """What a route asks for. ``on`` is a model with ``visible_to``; its key is taken from the URL."""

    action: Action | None
    on: Any = None
    key: str = "pk"


def require(action: Action, on: Any = None, key: str = "pk") -> Callable[[View], View]:
    """Declares a route's action; with ``on`` the row named by the URL becomes ``request.target``."""

    def declare(view: View) -> View:
        view.access_rule = Rule(action, on, key)  # type: ignore[attr-defined]  # a mark that the middleware reads
        return view

    return declare


def public(view: View) -> View:
    """Declares a route that asks for nobody: sign-in, first run, health."""
    view.access_rule = Rule(None)  # type: ignore[attr-defined]  # a mark that the middleware reads
    return view


class AccessMiddleware:
    """Enforces the rule of every route; one without a rule is refused before it runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: PortalRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Returns None to let the view run, or the sign-in redirect; raises 403 or 404."""
        rule = getattr(view, "access_rule", None)
        if not isinstance(rule, Rule):
            raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} declares no action")
        if request.user.is_authenticated:
            bearer = getattr(request, "bearer", None)
            request.access = (
                bearer.access
                if bearer
                else chosen(access_in(request.user, request.session), request.session.get(CHOSEN))
            )
        if rule.action is None:
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if rule.on is not None:
            request.target = visible_or_404(rule, request.access, kwargs)
            tenant_id = getattr(request.target, "tenant_id", None)
            allowed = request.access.can(rule.action, tenant_id)
        else:
            tenant_id = None
            allowed = request.access.can_somewhere(rule.action)
        if not allowed:
            log.refused(request, action=rule.action, target=getattr(request, "target", None))
            raise PermissionDenied(rule.action.label)
        return condition_for(request, rule.action, tenant_id)


Condition = Callable[[PortalRequest, Action, UUID | None], HttpResponse | None]
conditions: list[Condition] = []
CHOSEN = "tenant"
"""Where the session keeps the customer that a person has chosen."""


def add_condition(condition: Condition) -> None:
    """What must hold besides the right (a fresh second factor, a reason): asked for every allowed request.

    It gets the request, the action and the customer of the row (None without one) and returns None, or the
    answer to give instead. Registered from ``apps.py``.
    """
    conditions.append(condition)


def condition_for(request: PortalRequest, action: Action, tenant_id: UUID | None) -> HttpResponse | None:
    """The answer of the first condition that does not hold; also for views whose rows no URL names."""
    for condition in conditions:
        answer = condition(request, action, tenant_id)
        if answer is not None:
            return answer
    return None


Limit = Callable[[Access, Any], Access]
limits: list[Limit] = []


def add_limit(limit: Limit) -> None:
    """What a session takes from a person's rights because of how it began: pages and sockets ask the same.

    It gets the access and the session and returns an access with no more rights. From ``apps.py``.
    """
    limits.append(limit)


def access_in(user: User, session: Any) -> Access:
    """The rights of a person in one session."""
    access = Access.of(user)
    for limit in limits:
        access = limit(access, session)
    return access


def chosen(access: Access, tenant_id: object) -> Access:
    """Narrowed to the customer of the session, if that is still one that this person may see."""
    try:
        wanted = UUID(str(tenant_id)) if tenant_id else None
    except ValueError:
        wanted = None
    return access.narrowed_to(wanted) if wanted else access


def visible_or_404(rule: Rule, access: Access, kwargs: dict[str, Any]) -> Any:
    """The row that the URL names, if this person may know that it exists."""
    target = rule.on.objects.visible_to(access).filter(pk=kwargs[rule.key]).first()
    if target is None:
        # The same words for "not yours" and "not there", so that neither can be told from the other.
        raise Http404("not found")
    return target


def to_sign_in(request: PortalRequest) -> HttpResponse:
    """Sends a browser to the sign-in page and back afterwards; a part's request moves the whole page."""
    if request.htmx:
        return HttpResponseClientRedirect(
            f"{reverse('sign_in')}?next={request.htmx.current_url_abs_path or '/'}"
        )
    return redirect_to_login(request.get_full_path(), reverse("sign_in"))
