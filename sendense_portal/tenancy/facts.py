"""What stands on a customer's page: domains put their own sections there from ``apps.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant

Build = Callable[[Access, Tenant], dict[str, Any] | None]
"""The section's facts for one reader, in few queries; None leaves the section out."""


@dataclass(frozen=True)
class Section:
    """``template`` draws a card; it finds ``tenant`` and what ``build`` gave as ``facts``."""

    order: int
    template: str
    build: Build


@dataclass(frozen=True)
class BuiltSection:
    """A section with its facts, for the page."""

    template: str
    facts: dict[str, Any]


sections: list[Section] = []


def add_section(order: int, template: str, build: Build) -> None:
    """Puts a section on every customer's page; those with a lower ``order`` stand first."""
    sections.append(Section(order, template, build))
    sections.sort(key=lambda section: section.order)


def sections_for(access: Access, tenant: Tenant) -> list[BuiltSection]:
    """The sections that this person sees of this customer."""
    built = [(section.template, section.build(access, tenant)) for section in sections]
    return [BuiltSection(template, facts) for template, facts in built if facts is not None]
