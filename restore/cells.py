"""The cells of a folder's list, without templates: a hundred rows are drawn for each step of scrolling."""

from typing import Any
from urllib.parse import quote

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from restore.models import FileEntry
from sendense_portal.ui.cells import url_to
from sendense_portal.ui.icons import svg
from sendense_portal.ui.templatetags.ui import bytes_filter, when

SIGNS = {
    FileEntry.Kind.DIRECTORY: "folder",
    FileEntry.Kind.FILE: "document",
    FileEntry.Kind.SYMLINK: "link",
}


def choose(record: FileEntry, table: Any) -> str:
    """The box that chooses it."""
    if not table.may_download or not record.is_nameable or record.kind == FileEntry.Kind.SYMLINK:
        return ""
    label = _("Choose %(name)s") % {"name": record.shown_name}
    return format_html('<input type="checkbox" name="entry" value="{}" aria-label="{}">', record.pk, label)


def name(record: FileEntry, table: Any) -> str:
    """Its name; of a folder as a link into it."""
    if not record.is_nameable:
        broken = _("The name is not valid UTF-8; the hub can’t be asked for it")
        unsafe = _("The name holds control characters or hidden dots; the hub is never asked for it")
        return unavailable(record, "exclamation-triangle", broken if "\ufffd" in record.name else unsafe)
    sign = svg(SIGNS[FileEntry.Kind(record.kind)], "outline", "icon")
    if record.is_directory:
        address = f"?path={quote(record.path, safe='')}"
        return format_html(
            '<a class="file-name is-folder" id="entry-{pk}" title="{name}" href="{href}" hx-get="{href}"'
            ' hx-target="#file-browser" hx-swap="outerHTML show:none" hx-push-url="true"'
            ' hx-indicator="#file-browser">{sign}<bdi>{name}</bdi></a>',
            pk=record.pk,
            href=address,
            sign=sign,
            name=record.shown_name,
        )
    if record.is_file:
        shown = format_html(
            '<span class="file-name" title="{name}">{sign}<bdi>{name}</bdi></span>',
            sign=sign,
            name=record.shown_name,
        )
        # Hubs tell permissions and no kind: these look alike.
        odd = _("empty, or a pipe, socket or device, which is never opened")
        return shown if record.size else format_html('{} <span class="cell-note">{}</span>', shown, odd)
    return unavailable(record, "link", _("Link; shown, never followed"))


def unavailable(record: FileEntry, sign: str, why: str) -> SafeString:
    """A name that leads nowhere, and why."""
    return format_html(
        '<span class="file-name is-unavailable">{}<bdi>{}</bdi></span> <span class="cell-note">{}</span>',
        svg(sign, "outline", "icon"),
        record.shown_name,
        why,
    )


def size(record: FileEntry, table: Any) -> str:
    """In a unit; to the byte for who points at it."""
    if not record.is_file:
        return ""
    exactly = _("%(count)s bytes") % {"count": intcomma(record.size)}
    return format_html('<span title="{}">{}</span>', exactly, bytes_filter(record.size))


def modified(record: FileEntry, table: Any) -> str:
    """When it was changed last."""
    return when(record.modified_at)


def actions(record: FileEntry, table: Any) -> str:
    """What can be taken at once, and how it was before."""
    return take(record, table) + history(record, table)


def history(record: FileEntry, table: Any) -> SafeString:
    """The way to the same name in other points."""
    if not record.is_nameable or record.kind == FileEntry.Kind.SYMLINK or record.folder.path == "/":
        return SafeString("")
    return format_html(
        '<a class="btn btn-sm btn-ghost btn-icon" href="{}?path={}" aria-label="{}" title="{}">{}</a>',
        url_to("restore:mount_history", table.mount.pk),
        quote(record.path, safe=""),
        _("History of %(name)s") % {"name": record.shown_name},
        _("History"),
        svg("clock", "outline", "icon"),
    )


def take(record: FileEntry, table: Any) -> SafeString:
    """The button that downloads it."""
    if not table.may_download or not record.is_nameable or record.kind == FileEntry.Kind.SYMLINK:
        return SafeString("")
    if record.is_file:
        route, look, sign, word = "restore:file_download", "btn btn-sm", "arrow-down-tray", _("Download")
        label = _("Download %(name)s") % {"name": record.shown_name}
    else:
        route, look, sign, word = (
            "restore:folder_download", "btn btn-sm btn-ghost", "archive-box-arrow-down", _("Zip"),
        )  # fmt: skip
        label = _("Download %(name)s as zip") % {"name": record.shown_name}
    return format_html(
        '<a class="{}" href="{}?path={}" aria-label="{}">{} {}</a>',
        look,
        url_to(route, table.mount.pk),
        quote(record.path, safe=""),
        label,
        svg(sign, "outline", "icon"),
        word,
    )
