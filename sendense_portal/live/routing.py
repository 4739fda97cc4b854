"""The WebSocket routes."""

from django.urls import path

from sendense_portal.live.consumer import LiveConsumer

websocket_routes = [path("live/", LiveConsumer.as_asgi())]  # type: ignore[arg-type]  # Django knows HTTP views only
