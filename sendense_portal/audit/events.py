"""The event ids that may stand in the trail, as a page of the documentation."""

from sendense_portal.audit.filters import BEYOND_ROLES, RECORDED
from sendense_portal.tenancy.roles import Action

INTRODUCTION = """# Events

What may stand as `action` in the activity trail and its exports, and as MSGID in syslog. An id keeps its
meaning for good; new ones are added. `manage.py audit_events > docs/events.md` writes this page.

## Syslog

`AUDIT_SYSLOG` sends every entry as one message of RFC 5424, facility 13 (log audit), severity by outcome:
*ok* and *started* 6, *refused* and *unknown* 4, *failed* 3. APP-NAME is `sendense-portal`. Over TCP and a
Unix stream each message is preceded by its length (RFC 6587, 3.4.1). The structured data are one element,
`trail@32473` unless `AUDIT_SYSLOG_SD_ID` names another (32473 is the enterprise number that RFC 5612 sets
aside for documentation; use your own), with `chain`, `sequence`, `outcome`, `actor`, `actorName`,
`address`, `targetKind`, `targetId`, `targetName`, `requestId`, `parameters` (JSON) and `hash`; empty ones
are left out. A gap in `sequence` of a chain tells that messages were lost on their way: no request waits
for a collector.

## Ids

| Id | What it is |
|---|---|
"""


def events() -> dict[str, str]:
    """Every id with its label, in alphabetical order; reading a page is recorded where it was refused."""
    known = {action.value: str(action.label) for action in Action}
    known |= {code: str(label) for code, label in [*RECORDED, *BEYOND_ROLES]}
    return dict(sorted(known.items()))


def page() -> str:
    """Markdown."""
    return INTRODUCTION + "".join(f"| `{code}` | {label} |\n" for code, label in events().items())
