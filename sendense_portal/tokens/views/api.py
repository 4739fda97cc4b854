"""What the API answers until there is more of it: who one is."""

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from sendense_portal.tenancy.access import public
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.tokens.authentication import Bearer


@public  # the middleware has asked for a token already; who holds one may know what it is
@require_safe
def me(request: PortalRequest) -> JsonResponse:
    """Whose token this is, what it may do and where, and until when."""
    bearer: Bearer = request.bearer
    access, token = bearer.access, bearer.token
    names = dict(Tenant.objects.filter(pk__in=access.tenant_roles).values_list("pk", "name"))
    customers = [
        {"id": str(pk), "name": names[pk], "role": role, "actions": actions_at(request, pk)}
        for pk, role in access.tenant_roles.items()
    ]
    return JsonResponse(
        {
            "name": str(token.owner),
            "kind": "service_account" if token.owner.is_service else "person",
            "provider_role": access.provider_role or None,
            "actions": [action.value for action in Action if access.can_somewhere(action)],
            "customers": customers,
            "token": {"name": token.name, "prefix": token.prefix, "expires_at": token.expires_at},
        }
    )


def actions_at(request: PortalRequest, tenant_id: object) -> list[str]:
    """What may be done for one customer."""
    access = request.access
    return [action.value for action in Action if access.can(action, tenant_id)]  # type: ignore[arg-type]
