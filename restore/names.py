"""Names out of a guest's file system: shown so that they can't deceive, sent so that they can't harm."""

import re
from urllib.parse import quote

from sendense_portal.hub import UnsafePath, clean_path

# An RTL override makes "gpj.exe" of "exe.jpg". Joiners (U+200C, U+200D) stay: Persian and emoji need them.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_REORDERING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = "\u00ad\u200b\u2060-\u2065\ufeff\ufff9-\ufffb\ufffd"
_DECEIVING = re.compile(f"[{_CONTROLS}{_REORDERING}{_HIDDEN}]")
_UNSENDABLE = re.compile(f"[{_CONTROLS}{_REORDERING}/\\\\]")
_LSBLK_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_NOT_PLAIN = re.compile(r"[^ !#$&\'()+,\-.0-9=@A-Z\[\]^_`a-z{}~]")
_DRIVE = re.compile(r"\A[A-Za-z]:")
_DEVICES = re.compile(r"\A(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)


def visible(name: str) -> str:
    """The name with every character that hides or reorders text written out, as ``⟨U+202E⟩``."""
    return _DECEIVING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", name)


def decoded_partition(label: str) -> str:
    r"""A partition's label as its owner wrote it: ``lsblk`` escapes bytes as ``\x20`` (hub/README.md 19)."""

    def bytes_of(found: re.Match[str]) -> str:
        return bytes.fromhex(found[0].replace(r"\x", "")).decode("utf-8", "replace")

    return _LSBLK_ESCAPES.sub(bytes_of, label)


def attachment(name: str) -> str:
    """A Content-Disposition (RFC 6266) for any name: a plain one for old readers, the true one in UTF-8."""
    name = _UNSENDABLE.sub("_", name) or "download"
    plain = _NOT_PLAIN.sub("_", name)  # no "%" either: some browsers take it for an escape
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def archived(name: str) -> str:
    """One part of a path in a zip, safe on every system that may unpack it.

    Slashes and dot segments never come this far (``hub.clean_path``). A backslash is a separator and ``C:``
    a drive on Windows; device names (``NUL``, ``com1.txt``) get an underscore in front.
    """
    name = name.replace("\\", "_")
    if _DRIVE.match(name):
        name = name[0] + "_" + name[2:]
    if _DEVICES.match(name):
        name = "_" + name
    if name.strip(" .") == "":
        name = name.replace(".", "_").replace(" ", "_")
    return name


def can_be_said(path: str) -> bool:
    """Whether a hub can be asked for it, as far as its name goes: what is not UTF-8 arrives with U+FFFD in it
    (hub/README.md 23), and control characters and hidden dot segments are never sent."""
    try:
        clean_path("/" + path)
    except UnsafePath:
        return False
    return "\ufffd" not in path
