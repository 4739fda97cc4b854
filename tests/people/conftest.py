"""Letters as they are sent, without waiting for their threads."""

from collections.abc import Callable
from threading import enumerate as threads

import pytest
from django.core.mail import EmailMessage

Letters = Callable[[], list[EmailMessage]]


@pytest.fixture
def letters(mailoutbox: list[EmailMessage]) -> Letters:
    """``letters()`` is all that was sent so far."""

    def sent() -> list[EmailMessage]:
        for name in ("afterwards", "mail"):
            for thread in threads():
                if thread.name == name:
                    thread.join(5)
        return mailoutbox

    return sent
