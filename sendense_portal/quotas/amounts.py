"""Limits as people type them: “500 GiB”, “1.5 TB”, “120”."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sendense_portal.quotas.models import IN_BYTES, QuotaKind

LARGEST = 2**63 - 1
BINARY = {"b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "pib": 2**50}
DECIMAL = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "pb": 10**15}
UNITS = BINARY | DECIMAL
SHOWN_UNITS = ("PiB", "TiB", "GiB", "MiB", "KiB")
TYPED = re.compile(r"(\d{1,19}(?:[.,]\d{1,6})?)\s*([a-z]*)", re.IGNORECASE)
THOUSANDS = re.compile("(?<=\\d)[ ,\u00a0\u202f](?=\\d{3}(?!\\d))")
"""“1 500” and “1,500” are fifteen hundred; “1,5” is one and a half."""


def parsed(kind: QuotaKind, text: str) -> int:
    """The amount in bytes or pieces. Raises ValidationError with what would be right."""
    in_bytes = kind in IN_BYTES
    found = TYPED.fullmatch(THOUSANDS.sub("", text.strip()))
    if found is None:
        raise ValidationError(example_of(kind))
    number, unit = Decimal(found[1].replace(",", ".")), found[2].lower()
    if in_bytes:
        if number and not unit:
            raise ValidationError(_("Say the unit too: for example “500 GiB”."))
        if unit and unit not in UNITS:
            raise ValidationError(example_of(kind))
        number *= UNITS.get(unit, 1)
    elif unit or number != int(number):
        raise ValidationError(example_of(kind))
    if number > LARGEST:
        raise ValidationError(_("That is more than can be stored."))
    return int(number)


def example_of(kind: QuotaKind) -> str:
    """What can be typed for a kind."""
    if kind in IN_BYTES:
        return _("Type an amount such as “500 GiB” or “1.5 TB”.")
    return _("Type a whole number, such as “120”.")


def typed(kind: QuotaKind, amount: int) -> str:
    """An amount as it could have been typed; ``parsed`` gives exactly the same again."""
    if kind not in IN_BYTES:
        return str(amount)
    for unit in SHOWN_UNITS:
        if amount and amount % UNITS[unit.lower()] == 0:
            return f"{amount // UNITS[unit.lower()]} {unit}"
    return f"{amount} B"
