"""``manage.py serve``: pages, sockets and, unless told otherwise, the sync of hubs in one process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serves the portal, and keeps it in step with its hubs, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument(
            "--no-sync", action="store_true", help="leave the hubs to processes of manage.py sync_hubs"
        )

    def handle(self, *args: Any, bind: str, port: int, no_sync: bool, **options: Any) -> None:
        # Here and not above: importing it installs Twisted's reactor, which other commands do without.
        from channels.routing import get_default_application

        from sendense_portal.serve import CantListen, serve
        from sendense_portal.sync.runner import run_forever

        try:
            serve(
                get_default_application(), bind=bind, port=port, background=None if no_sync else run_forever
            )
        except CantListen as error:
            raise CommandError(str(error)) from None
