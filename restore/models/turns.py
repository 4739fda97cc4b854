"""Who waits for a mount."""

from django.db import models
from django.utils import timezone

from backups.models import Backup
from restore.models.rows import TenantRow
from sendense_portal.tenancy.models import HubConnection, User


class MountTurn(TenantRow):
    """A person waiting until a hub has a mount free; kept alive by their open page."""

    hub = models.ForeignKey(HubConnection, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(fields=["person", "backup"], name="one_turn_per_point")]

    def __str__(self) -> str:
        return f"{self.person} waits for {self.backup}"
