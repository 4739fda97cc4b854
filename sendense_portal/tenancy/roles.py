"""Who may do what: one table, readable by the person who has to answer for it.

Two families of roles. A *provider* role counts for every customer; a *tenant* role counts for the one
customer of its membership. Auditors see everything that happened and never a file's content.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProviderRole(TextChoices):
    ADMIN = "provider_admin", _("Provider administrator")
    OPERATOR = "provider_operator", _("Provider operator")
    AUDITOR = "provider_auditor", _("Provider auditor")


class TenantRole(TextChoices):
    ADMIN = "tenant_admin", _("Administrator")
    OPERATOR = "operator", _("Operator")
    RESTORE_OPERATOR = "restore_operator", _("Restore operator")
    VIEWER = "viewer", _("Viewer")
    AUDITOR = "auditor", _("Auditor")


class Action(TextChoices):
    """The words that routes declare, templates ask and the trail records."""

    DASHBOARD_VIEW = "dashboard.view", _("See the dashboard")
    VM_VIEW = "vm.view", _("See virtual machines")
    BACKUP_VIEW = "backup.view", _("See backups")
    BACKUP_START = "backup.start", _("Start a backup")
    BACKUP_DELETE = "backup.delete", _("Delete a backup")
    REPOSITORY_VIEW = "repository.view", _("See repositories")
    MOUNT_VIEW = "mount.view", _("See open restore points")
    MOUNT_OPEN = "mount.open", _("Open a restore point")
    MOUNT_CLOSE = "mount.close", _("Close a restore point")
    FOLDER_LIST = "folder.list", _("Browse the files of a restore point")
    FILE_DOWNLOAD = "file.download", _("Download files")
    AUDIT_VIEW = "audit.view", _("Read the activity trail")
    HUB_VIEW = "hub.view", _("See hub connections")
    HUB_TEST = "hub.test", _("Test a hub connection")
    HUB_EDIT = "hub.edit", _("Change a hub connection")
    PROFILE_EDIT = "profile.edit", _("Change one's own profile")


P, T = ProviderRole, TenantRole

EVERY_TENANT_ROLE = frozenset(T)
EVERY_PROVIDER_ROLE = frozenset(P)

MAY: dict[Action, frozenset[ProviderRole | TenantRole]] = {
    Action.DASHBOARD_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.PROFILE_EDIT: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.VM_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.BACKUP_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.BACKUP_START: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR}),
    Action.BACKUP_DELETE: frozenset({P.ADMIN, T.ADMIN}),
    Action.REPOSITORY_VIEW: EVERY_PROVIDER_ROLE | {T.ADMIN, T.OPERATOR, T.AUDITOR},
    Action.MOUNT_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE - {T.VIEWER},
    Action.MOUNT_OPEN: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.MOUNT_CLOSE: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.FOLDER_LIST: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.FILE_DOWNLOAD: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.AUDIT_VIEW: frozenset({P.ADMIN, P.AUDITOR, T.ADMIN, T.AUDITOR}),
    Action.HUB_VIEW: EVERY_PROVIDER_ROLE,
    Action.HUB_TEST: frozenset({P.ADMIN, P.OPERATOR}),
    Action.HUB_EDIT: frozenset({P.ADMIN}),
}


def role_may(role: str, action: Action) -> bool:
    """Whether a role of either family holds an action; a role that is not in the table holds none."""
    return any(role == holder.value for holder in MAY[action])
