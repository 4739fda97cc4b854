"""The letter that tells people that something waits for them."""

from threading import Thread

from django.template.loader import render_to_string
from django.urls import reverse

from sendense_portal.approvals.approvers import possible_approvers
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import kind_of
from sendense_portal.people.mails import address, deliver


def tell_approvers(request: ApprovalRequest) -> None:
    """One letter each, sent in a thread of its own: nobody waits for a mail server."""
    facts = {
        "request": request,
        "title": kind_of(request).title,
        "link": address(reverse("approvals:approval_detail", args=[request.pk])),
    }
    subject, _, text = render_to_string("approvals/mails/asked.txt", facts).partition("\n")
    receivers = possible_approvers(request)
    Thread(target=deliver_all, args=(subject, text.strip() + "\n", receivers), name="mail").start()


def deliver_all(subject: str, text: str, receivers: list[str]) -> None:
    """One after the other; nobody reads the others' addresses."""
    for receiver in receivers:
        deliver(subject, text, receiver)
