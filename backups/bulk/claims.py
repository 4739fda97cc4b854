"""Items that several processes might do: claimed before they are touched, and never tried twice.

For models with the states *waiting*, *doing* and *refused*, with ``claimed_at`` and ``said``.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

GIVEN_UP_AFTER = timedelta(minutes=10)


def claim(item: Model) -> bool:
    """Takes a waiting item; of several processes one gets it."""
    mine = type(item)._default_manager.filter(pk=item.pk, state="waiting")
    return mine.update(state="doing", claimed_at=timezone.now()) == 1


def give_up_interrupted(items: QuerySet[Any], said: str) -> None:
    """Refuses, with these words, what a process had in hand when it ended."""
    lost = items.filter(state="doing", claimed_at__lt=timezone.now() - GIVEN_UP_AFTER)
    lost.update(state="refused", said=said)
