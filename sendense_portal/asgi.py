"""The portal as an ASGI application: pages over HTTP, live updates over one WebSocket route."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendense_portal.settings")

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.handlers.asgi import ASGIHandler


class PortalHandler(ASGIHandler):
    """Django's own, that sends 1 MiB at once and not 64 KiB: each piece is a turn of the event loop, and a
    download is thousands of them."""

    chunk_size = 1 << 20


django.setup(set_prefix=False)
http_application = PortalHandler()

from sendense_portal.live.routing import websocket_routes  # noqa: E402  # needs the apps of the line above

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": AuthMiddlewareStack(URLRouter(websocket_routes)),  # type: ignore[arg-type]  # plain paths do
    }
)
