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
    BACKUP_NOTE = "backup.note", _("Write notes and labels on restore points")
    BACKUP_HOLD = "backup.hold", _("Put restore points under legal hold, and lift it")
    REPOSITORY_VIEW = "repository.view", _("See repositories")
    PROTECTION_VIEW = "protection.view", _("See protection flows, schedules and groups")
    PROTECTION_EDIT = "protection.edit", _("Change and run protection flows, schedules and groups")
    MOUNT_VIEW = "mount.view", _("See open restore points")
    MOUNT_OPEN = "mount.open", _("Open a restore point")
    MOUNT_CLOSE = "mount.close", _("Close a restore point")
    FOLDER_LIST = "folder.list", _("Browse the files of a restore point")
    FILE_DOWNLOAD = "file.download", _("Download files")
    AUDIT_VIEW = "audit.view", _("Read the activity trail")
    AUDIT_EXPORT = "audit.export", _("Take the activity trail out as a file")
    LIST_EXPORT = "list.export", _("Take a list out as a file")
    TENANT_VIEW = "tenant.view", _("See a customer’s page")
    TENANT_EDIT = "tenant.edit", _("Create, rename, suspend and close customers")
    TENANT_POLICY = "tenant.policy", _("Change a customer’s safety rules")
    STAFF_POLICY = "staff.policy", _("Change the safety rules for the provider’s staff")
    VM_ASSIGN = "vm.assign", _("Give virtual machines to customers")
    CREDENTIAL_VIEW = "credential.view", _("See the hubs’ vCenter credentials and discoveries")
    CREDENTIAL_EDIT = "credential.edit", _("Add and change vCenter credentials")
    CREDENTIAL_DELETE = "credential.delete", _("Delete vCenter credentials")
    DISCOVERY_RUN = "discovery.run", _("Look for machines at a vCenter")
    VM_ADD = "vm.add", _("Add discovered machines to a hub")
    REPLICATION_START = "replication.start", _("Replicate machines to a hub’s target")
    REPOSITORY_ADD = "repository.add", _("Test and add repositories")
    REPOSITORY_REFRESH = "repository.refresh", _("Have a hub count its repositories anew")
    REPOSITORY_DELETE = "repository.delete", _("Delete repositories")
    REPOSITORY_GRANT = "repository.grant", _("Choose the repositories that a customer may use")
    QUOTA_VIEW = "quota.view", _("See quotas and what is used of them")
    QUOTA_EDIT = "quota.edit", _("Change quotas")
    ROLE_VIEW = "role.view", _("See what each role may do")
    PERSON_VIEW = "person.view", _("See people")
    PERSON_EDIT = "person.edit", _("Invite people, change their roles, switch them off")
    PERSON_SECOND_FACTOR = "person.second_factor", _("Remove another person’s second factor")
    SSO_EDIT = "sso.edit", _("Set up single sign-on")
    VISIT_OPEN = "visit.open", _("Look into a customer’s files, with a reason")
    CONSENT_EDIT = "consent.edit", _("Let the provider look into one’s files, for a time")
    APPROVAL_VIEW = "approval.view", _("See what waits for a second person")
    APPROVAL_DECIDE = "approval.decide", _("Approve or decline what another person asked for")
    TOKEN_EDIT = "token.edit", _("Make and revoke one’s own API tokens")
    SERVICE_ACCOUNT_EDIT = "service_account.edit", _("Make and revoke service accounts")
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
    Action.BACKUP_NOTE: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.BACKUP_HOLD: frozenset({T.ADMIN}),
    Action.REPOSITORY_VIEW: EVERY_PROVIDER_ROLE | {T.ADMIN, T.OPERATOR, T.AUDITOR},
    Action.PROTECTION_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.PROTECTION_EDIT: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR}),
    Action.MOUNT_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE - {T.VIEWER},
    Action.MOUNT_OPEN: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.MOUNT_CLOSE: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.FOLDER_LIST: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.FILE_DOWNLOAD: frozenset({P.ADMIN, P.OPERATOR, T.ADMIN, T.OPERATOR, T.RESTORE_OPERATOR}),
    Action.AUDIT_VIEW: frozenset({P.ADMIN, P.AUDITOR, T.ADMIN, T.AUDITOR}),
    Action.AUDIT_EXPORT: frozenset({P.ADMIN, P.AUDITOR, T.ADMIN, T.AUDITOR}),
    Action.LIST_EXPORT: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.TENANT_VIEW: EVERY_PROVIDER_ROLE | {T.ADMIN, T.AUDITOR},
    Action.TENANT_EDIT: frozenset({P.ADMIN}),
    Action.TENANT_POLICY: frozenset({P.ADMIN, T.ADMIN}),
    Action.STAFF_POLICY: frozenset({P.ADMIN}),
    Action.VM_ASSIGN: frozenset({P.ADMIN, P.OPERATOR}),
    Action.CREDENTIAL_VIEW: EVERY_PROVIDER_ROLE,
    Action.CREDENTIAL_EDIT: frozenset({P.ADMIN}),
    Action.CREDENTIAL_DELETE: frozenset({P.ADMIN}),
    Action.DISCOVERY_RUN: frozenset({P.ADMIN, P.OPERATOR}),
    Action.VM_ADD: frozenset({P.ADMIN, P.OPERATOR}),
    Action.REPLICATION_START: frozenset({P.ADMIN, P.OPERATOR}),
    Action.REPOSITORY_ADD: frozenset({P.ADMIN}),
    Action.REPOSITORY_REFRESH: frozenset({P.ADMIN, P.OPERATOR}),
    Action.REPOSITORY_DELETE: frozenset({P.ADMIN}),
    Action.REPOSITORY_GRANT: frozenset({P.ADMIN}),
    Action.QUOTA_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.QUOTA_EDIT: frozenset({P.ADMIN}),
    Action.ROLE_VIEW: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.PERSON_VIEW: EVERY_PROVIDER_ROLE | {T.ADMIN, T.AUDITOR},
    Action.PERSON_EDIT: frozenset({P.ADMIN, T.ADMIN}),
    Action.PERSON_SECOND_FACTOR: frozenset({P.ADMIN, T.ADMIN}),
    Action.SSO_EDIT: frozenset({P.ADMIN, T.ADMIN}),
    Action.VISIT_OPEN: frozenset({P.ADMIN, P.OPERATOR}),
    Action.CONSENT_EDIT: frozenset({T.ADMIN}),
    Action.APPROVAL_VIEW: frozenset({P.ADMIN, P.OPERATOR, P.AUDITOR, T.ADMIN, T.OPERATOR, T.AUDITOR}),
    Action.APPROVAL_DECIDE: frozenset({P.ADMIN, T.ADMIN}),
    Action.TOKEN_EDIT: EVERY_PROVIDER_ROLE | EVERY_TENANT_ROLE,
    Action.SERVICE_ACCOUNT_EDIT: frozenset({P.ADMIN, T.ADMIN}),
    Action.HUB_VIEW: EVERY_PROVIDER_ROLE,
    Action.HUB_TEST: frozenset({P.ADMIN, P.OPERATOR}),
    Action.HUB_EDIT: frozenset({P.ADMIN}),
}


def role_may(role: str, action: Action) -> bool:
    """Whether a role of either family holds an action; a role that is not in the table holds none."""
    return any(role == holder.value for holder in MAY[action])


SEEN_AS = {P.ADMIN: T.ADMIN, P.OPERATOR: T.OPERATOR, P.AUDITOR: T.AUDITOR}
"""As which of a customer's people the provider's staff look into that customer."""


def actions_of(role: str) -> frozenset[Action]:
    """All that a role of either family may do."""
    return frozenset(action for action in Action if role_may(role, action))
