"""Letters to people. Their links begin with PUBLIC_URL, never with what a request calls the portal."""

import logging
from collections.abc import Mapping
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def address(path: str) -> str:
    """A path of the portal as a whole address."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def send(to: str, template: str, facts: Mapping[str, Any]) -> None:
    """Renders ``people/mails/TEMPLATE.txt`` (its first line is the subject) and sends it.

    In a thread of its own: nobody waits for a mail server, and nobody can tell by the time whether there was
    a letter to send. A server that refuses is in the log.
    """
    subject, _, text = render_to_string(f"people/mails/{template}.txt", dict(facts)).partition("\n")
    Thread(target=deliver, args=(subject, text.strip() + "\n", to), name="mail").start()


def deliver(subject: str, text: str, to: str) -> None:
    """Hands one letter to the mail server."""
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
    except OSError:
        log.exception("a letter could not be sent")
