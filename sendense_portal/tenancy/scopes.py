"""Rows are reached only through ``Model.objects.visible_to(access)``; a test refuses other ways."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from sendense_portal.tenancy.roles import Action

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access

Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[Row, Row]):
    """For models with a ``tenant`` column; without a tenant a row belongs to the provider alone.

    A model names the action that lets one see its rows in ``VIEW_ACTION``.
    """

    def visible_to(self, access: "Access", action: Action | None = None) -> Self:
        """The rows on which ``access`` holds ``action`` (by default: to see them)."""
        tenants = access.tenants_with(action or self.view_action)
        return self.all() if tenants is None else self.filter(tenant__in=tenants)

    @property
    def view_action(self) -> Action:
        """The model's own word for "may see"."""
        model: Any = self.model
        action: Action = model.VIEW_ACTION
        return action
