"""How well a machine is protected, for the pages of machines."""

from typing import Any

from django import template

from protection.causes import Standing, standing_of
from vms.models import VirtualMachine

register = template.Library()


@register.simple_tag(takes_context=True)
def vm_standing(context: template.Context, vm: VirtualMachine) -> Standing:
    """Its state, its flows, its next run, and the causes of what is wrong."""
    request: Any = context["request"]
    return standing_of(vm, request.access)
