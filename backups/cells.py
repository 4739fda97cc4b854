"""The cells of the list of backups.

Drawn in Python and not by templates: a page of 50 rows has 500 cells, and a template each would cost more
than all the rest of the page (script/bench list).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backups.models import Backup, BackupState, BackupType
from backups.rows import BackupRow
from sendense_portal.ui import badges, times
from sendense_portal.ui.cells import url_to
from sendense_portal.ui.icons import svg
from sendense_portal.ui.templatetags.ui import NOTHING, ago, bytes_filter


def vm(backup: BackupRow, table: Any) -> SafeString:
    """The VM's name as link to the backup; under it the customer, where the table is too narrow for both."""
    link = format_html(
        '<a class="row-link" href="{}">{}</a>', url_to("backups:backup_detail", backup.pk), backup.vm_name
    )
    if backup.labels:
        link += labels(backup.labels)
    if "customer" in table.exclude:
        return link
    return format_html('{}<span class="cell-note when-narrow">{}</span>', link, customer(backup, table))


def labels(text: str) -> SafeString:
    """What people call it, under its name."""
    words = [label for label in text.split(",") if label]
    return format_html('<span class="cell-note">{}</span>', " · ".join(words))


def customer(backup: BackupRow, table: Any) -> str:
    """Whose it is."""
    return backup.tenant_name or _("No customer")


def repository(backup: BackupRow, table: Any) -> str:
    """Where it lies, by name."""
    return backup.repository_name or NOTHING


def kind(backup: BackupRow, table: Any) -> SafeString:
    """Full or incremental."""
    return badge(badges.kind, backup.type, get_language())


def state(backup: BackupRow, table: Any) -> SafeString:
    """The state as badge; of what is in the bin, until when."""
    if backup.bin_until and backup.gone_at is None:
        return in_bin(backup.bin_until)
    drawn = badge(badges.state, backup.state, get_language())
    return drawn + on_hold() if backup.held_at else drawn


def on_hold() -> SafeString:
    """The badge of what must not be deleted."""
    return format_html(
        ' <span class="badge badge-unknown">{}{}</span>',
        svg("lock-closed", "mini", "icon icon-sm"),
        _("Legal hold"),
    )


def in_bin(until: datetime) -> SafeString:
    """The badge of what can still be brought back."""
    day = date_format(timezone.localtime(until), "j M")
    return format_html(
        '<span class="badge badge-queued" title="{}">{}{}</span>',
        times.exact(until),
        svg("trash", "mini", "icon icon-sm"),
        _("Bin until %(day)s") % {"day": day},
    )


@cache
def badge(draw: Callable[[str], SafeString], word: str, language: str) -> SafeString:
    """There are a dozen of them, and a page shows a hundred."""
    return draw(str(word))


def started(backup: BackupRow, table: Any) -> str:
    """How long ago."""
    return ago(backup.created_at, now=table.now)


def size(backup: BackupRow, table: Any) -> str:
    """What was copied; the dash says that nothing is known of it."""
    return bytes_filter(backup.transferred_bytes) if backup.transferred_bytes else NOTHING


def started_by(backup: BackupRow | Backup, table: Any = None) -> SafeString:
    """A person of the portal, or that it was begun elsewhere."""
    if backup.origin == Backup.Origin.OUTSIDE:
        return format_html(
            '<span class="badge badge-outside" title="{}">{}</span>',
            _("Started at the hub: by a schedule, or in its own interface"),
            _("Outside the portal"),
        )
    return format_html('<span class="cell-person">{}</span>', backup.started_by_name or NOTHING)


def actions(backup: BackupRow, table: Any) -> SafeString:
    """What its reader may do with it; what can't be done now says why."""
    words, name, may = words_in(get_language()), backup.vm_name, table.rights_on(backup.tenant_id)
    links = [button("eye", url_to("backups:backup_detail", backup.pk), words.details, name)]
    if backup.is_restorable and may.browse:
        href = f"{url_to('restore:restore_home')}?backup={backup.pk}"
        links.append(button("folder-open", href, words.browse, name))
    if backup.state == BackupState.FAILED and may.start:
        href = f"{url_to('backups:backup_start')}?vm={backup.vm_id}&type={backup.type}"
        if backup.repository_id:
            href += f"&repository={backup.repository_id}"
        links.append(button("arrow-path", href, words.again, name, dialog=True))
    if backup.gone_at is None and backup.bin_until:
        links.append(button("arrow-uturn-left", url_to("backups:bin_list"), words.bin, name))
    elif backup.gone_at is None and backup.remote_id and may.delete:
        href = url_to("backups:backup_delete", backup.pk)
        title = delete_words(backup, words)
        links.append(button("trash", href, title, name, dialog=True, dimmed=backup.is_open))
    return mark_safe("".join(links))  # noqa: S308  # made of escaped parts


@dataclass(frozen=True)
class Words:
    """What the buttons of a row say, in one language."""

    details: str
    browse: str
    again: str
    delete: str
    still_running: str
    built_on: str
    bin: str


@cache
def words_in(language: str) -> Words:
    """Looked up once and not for each row."""
    return Words(
        details=_("Details"),
        browse=_("Browse files"),
        again=_("Back up again"),
        delete=_("Delete"),
        still_running=_("Running backups can’t be deleted; the hub has no way to cancel one"),
        built_on=_("Delete, with the later incremental backups that build on it"),
        bin=_("Show the bin"),
    )


def delete_words(backup: BackupRow, words: Words) -> str:
    """What the button does or why it would be refused; the question behind it says it in full."""
    if backup.is_open:
        return words.still_running
    if backup.state == BackupState.COMPLETED and backup.next_type == BackupType.INCREMENTAL:
        return words.built_on
    return words.delete


def button(icon: str, href: str, title: str, name: str, *, dialog: bool = False, dimmed: bool = False) -> str:
    """A link that looks like its icon; ``dialog`` opens it over the page. Screen readers hear whose."""
    href, title, name = escape(href), escape(title), escape(name)
    look = "icon-btn is-disabled" if dimmed else "icon-btn"
    opens = f' hx-get="{href}" hx-target="#dialog-body"' if dialog else ""
    return (
        f'<a class="{look}" href="{href}"{opens} title="{title}" aria-label="{title}: {name}">'
        f"{svg(icon, 'outline', 'icon')}</a>"
    )
