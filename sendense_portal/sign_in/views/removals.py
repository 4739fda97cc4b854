"""Taking another person's second factor away, and letting somebody locked out try again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sendense_portal.approvals.services import DecisionRefused, ask
from sendense_portal.audit.log import Actor
from sendense_portal.sign_in import guesses, second_factors
from sendense_portal.sign_in.removals import refusal_for, refusal_for_account
from sendense_portal.sign_in.second_factors import FactorRefused
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PERSON_SECOND_FACTOR, on=Membership)
def second_factor_remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Of a person of a customer. Where the customer wants two people for it, it is asked for instead."""
    membership: Membership = request.target
    person, problem = membership.user, refusal_for(request.access, membership)
    two_people = membership.tenant.four_eyes_second_factor
    if request.method == "POST" and not problem:
        try:
            if "unlock" in request.POST:
                return unlocked(request, person, membership)
            if two_people:
                asked = ask(
                    Actor.of(request),
                    Action.PERSON_SECOND_FACTOR,
                    membership.tenant,
                    membership,
                    reason=request.POST.get("reason", ""),
                )
                messages.success(request, _("Nothing is removed yet: a second person has to approve it."))
                return redirect("approvals:approval_detail", asked.pk)
            second_factors.remove_all(Actor.of(request), person, membership)
        except (FactorRefused, DecisionRefused) as refusal:
            problem = str(refusal)
        else:
            return removed(request, person, membership)
    context = {"person": person, "problem": problem, "two_people": two_people, "membership": membership}
    return removal_page(request, context)


@require(Action.PERSON_SECOND_FACTOR, on=User)
def account_second_factor_remove(request: PortalRequest, pk: str) -> HttpResponse:
    """Of anybody, by the provider."""
    person: User = request.target
    problem = refusal_for_account(request.access, person)
    if request.method == "POST" and "unlock" in request.POST and person.pk != request.user.pk:
        return unlocked(request, person, None)
    if request.method == "POST" and not problem:
        try:
            second_factors.remove_all(Actor.of(request), person)
        except FactorRefused as refusal:
            problem = str(refusal)
        else:
            return removed(request, person, None)
    return removal_page(request, {"person": person, "problem": problem, "membership": None})


def removal_page(request: PortalRequest, context: dict[str, object]) -> HttpResponse:
    """What the person has, what will happen, and whether codes are off."""
    person = context["person"]
    assert isinstance(person, User)
    context |= {"factors": second_factors.factors_of(person), "is_locked": guesses.is_locked(person)}
    return page(request, "sign_in/second_factor_remove.html", context)


def unlocked(request: PortalRequest, person: User, membership: Membership | None) -> HttpResponse:
    """Codes count again."""
    guesses.unlock(Actor.of(request), person, membership)
    messages.success(request, _("%(person)s can try codes again.") % {"person": person})
    return back(person, membership)


def removed(request: PortalRequest, person: User, membership: Membership | None) -> HttpResponse:
    """Said once."""
    said = _("%(person)s has no second factor any more and was signed out everywhere.")
    messages.success(request, said % {"person": person})
    return back(person, membership)


def back(person: User, membership: Membership | None) -> HttpResponse:
    """The page that one came from."""
    if membership:
        return redirect("people:member_detail", membership.pk)
    return redirect("people:account_detail", person.pk)
