"""The words of each action in the trail; ``sentences`` puts them together."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy


@dataclass(frozen=True)
class Words:
    """An action as a wish ("start a backup of …") and as a fact ("Started a backup of …")."""

    wish: str | Promise
    fact: str | Promise


ACTIONS: dict[str, Words] = {
    "backup.start": Words(_lazy("back up {vm} ({type})"), _lazy("Started a backup of {vm} ({type})")),
    "backup.bin": Words(
        _lazy("put the backup {target} into the bin until {until}"),
        _lazy("Put the backup {target} into the bin until {until}"),
    ),
    "backup.bring_back": Words(
        _lazy("bring the backup {target} back from the bin"),
        _lazy("Brought the backup {target} back from the bin"),
    ),
    "backup.purge": Words(
        _lazy("delete the backup {target} from the bin, on behalf of {on_behalf_of}"),
        _lazy("Deleted the backup {target} from the bin, on behalf of {on_behalf_of}"),
    ),
    "backup.note": Words(
        _lazy("write on the restore point {target}"), _lazy("Wrote on the restore point {target}")
    ),
    "backup.hold": Words(
        _lazy("put the restore point {target} under legal hold: {why}"),
        _lazy("Put the restore point {target} under legal hold: {why}"),
    ),
    "backup.hold_lift": Words(
        _lazy("lift the legal hold of the restore point {target}: {why}"),
        _lazy("Lifted the legal hold of the restore point {target}: {why}"),
    ),
    "backup.delete": Words(_lazy("delete the backup {target}"), _lazy("Deleted the backup {target}")),
    "mount.open": Words(_lazy("open the restore point {target}"), _lazy("Opened the restore point {target}")),
    "mount.close": Words(
        _lazy("close the restore point {target}"), _lazy("Closed the restore point {target}")
    ),
    "mount.notice": Words(
        _lazy("announce that {target} will be closed"), _lazy("Announced that {target} will be closed")
    ),
    "restore.prove": Words(
        _lazy("prove that files of {target} come back"),
        _lazy("Proved that files of {target} come back: {good} of {files} read from {backup}"),
    ),
    "restore.prove_ask": Words(
        _lazy("have it proven that files of {target} come back"),
        _lazy("Asked for a proof that files of {target} come back"),
    ),
    "catalogue.open": Words(
        _lazy("look through the names of the files of {target}"),
        _lazy("Looked through the names of the files of {target}"),
    ),
    "catalogue.retry": Words(
        _lazy("have the names of files of {target} read again"),
        _lazy("Had the names of files of {target} read again"),
    ),
    "folder.list": Words(_lazy("look into {path} of {target}"), _lazy("Looked into {path} of {target}")),
    "file.download": Words(_lazy("download {path} of {backup}"), _lazy("Downloaded {path} of {backup}")),
    "hub.test": Words(_lazy("test the connection to {target}"), _lazy("Tested the connection to {target}")),
    "hub.edit": Words(
        _lazy("change the connection to {target}"), _lazy("Changed the connection to {target}")
    ),
    "person.sign_in": Words(_lazy("sign in"), _lazy("Signed in")),
    "person.sign_out": Words(_lazy("sign out"), _lazy("Signed out")),
    "person.first_run": Words(
        _lazy("set up the first administrator"), _lazy("Set up the first administrator, {target}")
    ),
    "person.password_change": Words(_lazy("change their password"), _lazy("Changed their password")),
    "person.create": Words(_lazy("add {person} as {role}"), _lazy("Added {person} as {role}")),
    "person.invite": Words(_lazy("invite {target} as {role}"), _lazy("Invited {target} as {role}")),
    "person.uninvite": Words(
        _lazy("withdraw the invitation of {target}"), _lazy("Withdrew the invitation of {target}")
    ),
    "person.join": Words(
        _lazy("accept the invitation as {role}"), _lazy("Accepted the invitation as {role}")
    ),
    "person.role": Words(
        _lazy("change {person} from {before} to {role}"), _lazy("Changed {person} from {before} to {role}")
    ),
    "person.remove": Words(_lazy("remove {person}"), _lazy("Removed {person}, who was {role}")),
    "person.switch_on": Words(
        _lazy("switch the account of {target} on"), _lazy("Switched the account of {target} on")
    ),
    "person.switch_off": Words(
        _lazy("switch the account of {target} off"), _lazy("Switched the account of {target} off")
    ),
    "person.end_sessions": Words(
        _lazy("end sessions of {target}"), _lazy("Ended {count} sessions of {target}")
    ),
    "person.password_link": Words(
        _lazy("send {person} a link for a new password"), _lazy("Sent {person} a link for a new password")
    ),
    "person.factor_add": Words(
        _lazy("add a second factor: {factor}"), _lazy("Added a second factor: {factor}")
    ),
    "person.factor_rename": Words(
        _lazy("rename the second factor {before} to {factor}"),
        _lazy("Renamed the second factor {before} to {factor}"),
    ),
    "person.factor_remove": Words(
        _lazy("remove the second factor {factor}"), _lazy("Removed the second factor {factor}")
    ),
    "person.recovery_codes": Words(
        _lazy("make {count} new recovery codes"), _lazy("Made {count} new recovery codes")
    ),
    "person.second_factor": Words(
        _lazy("remove the second factor of {person}"),
        _lazy("Removed the second factor of {person}: {factors}"),
    ),
    "person.second_factor_try": Words(
        _lazy("sign in as {target} with a second factor that was wrong"),
        _lazy("Signed in as {target} with a second factor"),
    ),
    "person.lock_out": Words(
        _lazy("try {what} too often"), _lazy("Tried {what} too often, and was locked out for a while")
    ),
    "person.unlock": Words(_lazy("let {person} try codes again"), _lazy("Let {person} try codes again")),
    "person.step_up": Words(_lazy("confirm who they are by {by}"), _lazy("Confirmed who they are by {by}")),
    "person.sso": Words(
        _lazy("sign in by the single sign-on of {target} as {email}"),
        _lazy("Was vouched for by the single sign-on of {target}: {email}"),
    ),
    "sso.edit": Words(
        _lazy("change the single sign-on of {target}"), _lazy("Changed the single sign-on of {target}")
    ),
    "staff.policy": Words(
        _lazy("change the safety rules for the staff"), _lazy("Changed the safety rules for the staff")
    ),
    "tenant.look_in": Words(
        _lazy("look at {target} as its people see it"), _lazy("Looked at {target} as its people see it")
    ),
    "tenant.look_out": Words(_lazy("stop looking at {target}"), _lazy("Stopped looking at {target}")),
    "consent.give": Words(
        _lazy("let the provider’s people look into files for {hours} h"),
        _lazy("Let the provider’s people look into files for {hours} h"),
    ),
    "consent.withdraw": Words(
        _lazy("withdraw the consent for the provider’s people"),
        _lazy("Withdrew the consent for the provider’s people"),
    ),
    "tenant.create": Words(_lazy("add the customer {target}"), _lazy("Added the customer {target}")),
    "tenant.edit": Words(_lazy("change the customer {target}"), _lazy("Changed the customer {target}")),
    "tenant.rename": Words(
        _lazy("rename the customer {before} to {target}"), _lazy("Renamed the customer {before} to {target}")
    ),
    "tenant.suspend": Words(_lazy("suspend the customer {target}"), _lazy("Suspended the customer {target}")),
    "tenant.resume": Words(_lazy("let {target} in again"), _lazy("Let {target} in again")),
    "tenant.close": Words(_lazy("close the customer {target}"), _lazy("Closed the customer {target}")),
    "tenant.policy": Words(
        _lazy("change the safety rules of {target}"), _lazy("Changed the safety rules of {target}")
    ),
    "credential.add": Words(
        _lazy("add the credential {name} for {vcenter} to {target}"),
        _lazy("Added the credential {name} for {vcenter} to {target}"),
    ),
    "credential.edit": Words(
        _lazy("change the credential {target} of {hub}"), _lazy("Changed the credential {target} of {hub}")
    ),
    "credential.delete": Words(
        _lazy("delete the credential {target} of {hub}"), _lazy("Deleted the credential {target} of {hub}")
    ),
    "discovery.run": Words(
        _lazy("look for machines with the credential {target} of {hub}"),
        _lazy("Looked for machines with the credential {target} of {hub}: {count} found"),
    ),
    "vm.add": Words(
        _lazy("add machines to {target}: {machines}"), _lazy("Added {count} machines to {target}: {machines}")
    ),
    "replication.start": Words(
        _lazy("replicate {target} to target {to} of {hub}"),
        _lazy("Started the replication of {target} to target {to} of {hub}"),
    ),
    "repository.test": Words(
        _lazy("have {target} check the repository {repository} ({kind}, {place})"),
        _lazy("Had {target} check the repository {repository} ({kind}, {place}): {answer}"),
    ),
    "repository.add": Words(
        _lazy("add the repository {repository} ({kind}, {place}) to {target}"),
        _lazy("Added the repository {repository} ({kind}, {place}) to {target}"),
    ),
    "repository.refresh": Words(
        _lazy("have the room of {target} counted anew"), _lazy("Had the room of {target} counted anew")
    ),
    "repository.delete": Words(
        _lazy("delete the repository {target}"), _lazy("Deleted the repository {target}")
    ),
    "repository.grant": Words(
        _lazy("change where {target} may back up to"), _lazy("Changed where {target} may back up to")
    ),
    "repository.share": Words(
        _lazy("change who may use the repository {target}"),
        _lazy("Changed who may use the repository {target}"),
    ),
    "rule.create": Words(_lazy("add the rule {target}"), _lazy("Added the rule {target}")),
    "rule.edit": Words(_lazy("change the rule {target}"), _lazy("Changed the rule {target}")),
    "rule.delete": Words(_lazy("delete the rule {target}"), _lazy("Deleted the rule {target}")),
    "token.create": Words(_lazy("make the API token {target}"), _lazy("Made the API token {target}")),
    "token.revoke": Words(_lazy("revoke the API token {target}"), _lazy("Revoked the API token {target}")),
    "token.guess": Words(_lazy("use API tokens that are not valid"), _lazy("Used invalid API tokens")),
    "service_account.create": Words(
        _lazy("make the service account {target} as {role}"),
        _lazy("Made the service account {target} as {role}"),
    ),
    "service_account.disable": Words(
        _lazy("switch the service account {target} off"), _lazy("Switched the service account {target} off")
    ),
    "service_account.enable": Words(
        _lazy("switch the service account {target} on"), _lazy("Switched the service account {target} on")
    ),
    "list.export": Words(
        _lazy("take the list “{list}” out as a file"), _lazy("Took the list “{list}” out as a file")
    ),
    "view.share": Words(
        _lazy("share the view “{view}” of the list “{list}”"),
        _lazy("Shared the view “{view}” of the list “{list}”"),
    ),
    "audit.export": Words(
        _lazy("take the activity trail out as a file ({format})"),
        _lazy("Took the activity trail out as a file ({format})"),
    ),
    "audit.trim": Words(
        _lazy("let {count} old entries of the trail go, up to entry {up_to}"),
        _lazy("Let {count} old entries of the trail go, up to entry {up_to}"),
    ),
    "quota.edit": Words(_lazy("change the quotas of {target}"), _lazy("Changed the quotas of {target}")),
    "quota.exceeded": Words(
        _lazy("go beyond a quota: {quota}, {used} of {limit} used"),
        _lazy("Went beyond a quota that only warns: {quota}, {used} of {limit} used"),
    ),
    "parcel.ask": Words(_lazy("have {target} packed"), _lazy("Asked for {target} to be packed")),
    "parcel.pack": Words(_lazy("pack {target}"), _lazy("Packed {target}")),
    "parcel.cancel": Words(_lazy("cancel {target}"), _lazy("Cancelled {target}, which was packed")),
    "parcel.expire": Words(_lazy("remove {target}"), _lazy("Removed {target}: its time was over")),
    "handover.make": Words(_lazy("make a link to {target}"), _lazy("Made a link to {target}")),
    "handover.revoke": Words(_lazy("revoke the link to {target}"), _lazy("Revoked the link to {target}")),
    "handover.guess": Words(
        _lazy("open {target} with a wrong pass-phrase"), _lazy("Typed a wrong pass-phrase for {target}")
    ),
    "handover.lock": Words(
        _lazy("lock the link to {target}"), _lazy("The link to {target} is locked after wrong pass-phrases")
    ),
    "handover.fetch": Words(_lazy("fetch {target} by a link"), _lazy("Fetched {target} by a link")),
    "approval.ask": Words(
        _lazy("ask a second person for {kind}: {target}"), _lazy("Asked a second person for {kind}: {target}")
    ),
    "approval.approve": Words(
        _lazy("approve what {asked_by} asked for: {kind}, {target}"),
        _lazy("Approved what {asked_by} asked for: {kind}, {target}"),
    ),
    "approval.execute": Words(
        _lazy("do what was approved: {kind}, {target}"), _lazy("Did what was approved: {kind}, {target}")
    ),
    "approval.decline": Words(
        _lazy("decline what {asked_by} asked for: {kind}, {target}"),
        _lazy("Declined what {asked_by} asked for: {kind}, {target}"),
    ),
    "approval.void": Words(
        _lazy("end what {asked_by} asked for: {kind}, {target}"),
        _lazy("Ended what {asked_by} asked for, void by now: {kind}, {target}"),
    ),
    "approval.expire": Words(
        _lazy("end what {asked_by} asked for: {kind}, {target}"),
        _lazy("Ended what {asked_by} asked for, out of time: {kind}, {target}"),
    ),
    "approval.withdraw": Words(
        _lazy("withdraw the request for {kind}: {target}"), _lazy("Withdrew the request for {kind}: {target}")
    ),
    "vm.release": Words(
        _lazy("take {target} away from the customer"), _lazy("Took {target} away from the customer")
    ),
    "flow.create": Words(_lazy("add the flow {target}"), _lazy("Added the flow {target}")),
    "flow.edit": Words(_lazy("change the flow {target}"), _lazy("Changed the flow {target}")),
    "flow.delete": Words(_lazy("delete the flow {target}"), _lazy("Deleted the flow {target}")),
    "flow.enable": Words(_lazy("switch the flow {target} on"), _lazy("Switched the flow {target} on")),
    "flow.disable": Words(_lazy("switch the flow {target} off"), _lazy("Switched the flow {target} off")),
    "flow.run": Words(_lazy("run the flow {target} (by {by})"), _lazy("Ran the flow {target} (by {by})")),
    "flow.stop": Words(_lazy("stop the flow {target}"), _lazy("Stopped the flow {target}")),
    "schedule.create": Words(_lazy("add the schedule {target}"), _lazy("Added the schedule {target}")),
    "schedule.edit": Words(_lazy("change the schedule {target}"), _lazy("Changed the schedule {target}")),
    "schedule.delete": Words(_lazy("delete the schedule {target}"), _lazy("Deleted the schedule {target}")),
    "schedule.enable": Words(
        _lazy("switch the schedule {target} on"), _lazy("Switched the schedule {target} on")
    ),
    "schedule.disable": Words(
        _lazy("switch the schedule {target} off"), _lazy("Switched the schedule {target} off")
    ),
    "hub_policy.delete": Words(
        _lazy("delete the policy {target} at {hub}"), _lazy("Deleted the policy {target} at {hub}")
    ),
    "vm_group.create": Words(_lazy("add the group {target}"), _lazy("Added the group {target}")),
    "vm_group.edit": Words(_lazy("change the group {target}"), _lazy("Changed the group {target}")),
    "vm_group.delete": Words(_lazy("delete the group {target}"), _lazy("Deleted the group {target}")),
    "vm.assign": Words(_lazy("assign {target} to {customer}"), _lazy("Assigned {target} to {customer}")),
}
