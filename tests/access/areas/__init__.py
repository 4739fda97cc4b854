"""What each person gets from each route, area by area: one module of this package an area.

A module has ``MATRIX`` and, if its routes name rows, ``keys(cast)``, which makes these rows for Acme and
gives the keys of the URL by route.
"""

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any

from tests.conftest import Cast

PEOPLE = (
    "anonymous", "disabled", "stranger", "borealis_admin", "acme_viewer", "acme_auditor", "acme_restorer",
    "acme_operator", "acme_admin", "provider_auditor", "provider_operator", "provider_admin",
)  # fmt: skip

"""
In a line of ``MATRIX`` one letter a person, in this order:

s  sent to the sign-in page      n  404, as if it did not exist
f  403, seen but not allowed     a  allowed (a page, a redirect within, or a refusal with a reason)
u  401, a route of the API, where a session counts for nothing
"""

AREAS: list[ModuleType] = [
    import_module(f"{__name__}.{area.name}") for area in pkgutil.iter_modules(__path__)
]
MATRIX: dict[tuple[str, str], str] = {key: letters for area in AREAS for key, letters in area.MATRIX.items()}


def keys_of(cast: Cast) -> dict[str, dict[str, Any]]:
    """Keys of all routes that name a row, after making the rows."""
    keys: dict[str, dict[str, Any]] = {}
    for area in AREAS:
        if hasattr(area, "keys"):
            keys |= area.keys(cast)
    return keys
