"""``manage.py connect_hub NAME URL [--token-file FILE]``: makes or updates the connection to a hub."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.tenancy.forms import HubForm
from sendense_portal.tenancy.models import HubConnection


class Command(BaseCommand):
    help = "Makes or updates the connection to a Sendense hub; the sync task finds it within seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("url")
        parser.add_argument("--token-file", type=Path, help="a file that holds the hub's login token")

    def handle(self, *args: Any, **options: Any) -> None:
        token = ""
        if path := options["token_file"]:
            try:
                token = path.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise CommandError(f"the token file can't be read: {error.strerror}") from None
        known = HubConnection.objects.filter(name=options["name"]).first()
        values = {"name": options["name"], "url": options["url"], "enabled": True, "token": token}
        form = HubForm(values, instance=known)
        if not form.is_valid():
            raise CommandError("; ".join(str(error) for errors in form.errors.values() for error in errors))
        if known and known.url != options["url"]:
            form.instance.dialect = ""
        form.save()
