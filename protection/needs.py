"""What protection needs of other domains' rows, so that they are not deleted from under it."""

from django.utils.translation import ngettext

from backups.models import Repository
from protection.models import Flow


def flows_to(repository: Repository) -> str:
    """How many flows back up to a repository, as a sentence; "" for none."""
    number = Flow.objects.filter(repository=repository).count()
    said = ngettext(
        "%(count)d protection flow backs up to it. Point that elsewhere first.",
        "%(count)d protection flows back up to it. Point them elsewhere first.",
        number,
    )
    return said % {"count": number} if number else ""
