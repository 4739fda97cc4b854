"""What people have made of their lists."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant, User

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access


class ListChoice(models.Model):
    """The columns of one list that a person does not want to see."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=32)
    hidden = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="choice_once_per_list")]

    def __str__(self) -> str:
        return f"{self.user}: {self.list_name}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """One's own views, and those that are shared where one is."""

    def visible_to(self, access: "Access") -> "SavedViewQuerySet":
        """Shared ones of no customer are the provider's."""
        shared = Q(tenant__in=access.tenant_roles)
        if access.is_staff:
            shared |= Q(tenant__isnull=True)
        return self.filter(Q(owner=access.user) | Q(shared, owner__isnull=True))


class SavedView(models.Model):
    """Filters and order of a list under a name: a person's own, or shared (then ``owner`` is empty)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list_name = models.CharField(max_length=32)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    """As it stands in the address, without the page."""
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    made_by_name = models.CharField(max_length=320)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "list_name", "name"], name="view_once_per_person"),
            models.UniqueConstraint(
                fields=["tenant", "list_name", "name"],
                condition=Q(owner__isnull=True),
                name="shared_view_once_per_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.name
