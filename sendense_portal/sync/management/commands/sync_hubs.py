"""``manage.py sync_hubs``: follows the hubs in a process of its own (needs REDIS_URL to reach pages)."""

import asyncio
import contextlib
from typing import Any

from django.core.management.base import BaseCommand

from sendense_portal.sync.runner import run_forever


class Command(BaseCommand):
    help = "Keeps the mirror of every enabled hub fresh until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(run_forever())
