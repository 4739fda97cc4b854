"""The portal as an ASGI application: pages over HTTP, live updates over one WebSocket route."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendense_portal.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http_application = get_asgi_application()

from sendense_portal.live.routing import websocket_routes  # noqa: E402  # needs the apps of the line above

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": AuthMiddlewareStack(URLRouter(websocket_routes)),  # type: ignore[arg-type]  # plain paths do
    }
)
