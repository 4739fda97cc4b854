"""The components that follow their row while a page is open, by topic. Domains register theirs in
``apps.py``; the page includes the very template that the socket sends."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from sendense_portal.tenancy.access import Access

REMEMBERED = 256
"""Rendered components kept, so that a hundred sockets on one page cost one rendering an event."""


@dataclass(frozen=True)
class Topic:
    """Rows of one model. ``context_name`` is the template's name for the row."""

    model: Any
    context_name: str
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Watch:
    """One ``data-live`` attribute: ``topic:pk:component:place``."""

    topic: str
    pk: str
    component: str
    place: str

    @classmethod
    def parse(cls, text: str) -> "Watch | None":
        """None for anything that no page of ours would send."""
        parts = text.split(":")
        if len(parts) != 4 or not all(part.replace("-", "").isalnum() for part in parts):
            return None
        watch = cls(*parts)
        topic = topics.get(watch.topic)
        return watch if topic and watch.component in topic.templates else None


topics: dict[str, Topic] = {}
rendered: "OrderedDict[tuple[str, Watch], str]" = OrderedDict()


def register(name: str, topic: Topic) -> None:
    """Makes a model's components live."""
    topics[name] = topic


def allowed(watches: list[Watch], access: Access) -> set[Watch]:
    """Those whose row this person may see; one query a topic."""
    result: set[Watch] = set()
    for name, topic in topics.items():
        asked = [watch for watch in watches if watch.topic == name]
        if asked:
            visible = topic.model.objects.visible_to(access).filter(pk__in={watch.pk for watch in asked})
            keys = {str(pk) for pk in visible.values_list("pk", flat=True)}
            result.update(watch for watch in asked if watch.pk in keys)
    return result


def render(event_id: str, watch: Watch, access: Access) -> str:
    """The component as an out-of-band fragment; empty when its row is gone or no longer visible."""
    key = (event_id, watch)
    if key in rendered:
        return rendered[key]
    topic = topics[watch.topic]
    row = topic.model.objects.visible_to(access).filter(pk=watch.pk).first()
    if row is None:
        return ""
    context = {topic.context_name: row, "place": watch.place, "oob": True}
    html = rendered[key] = render_to_string(topic.templates[watch.component], context)
    while len(rendered) > REMEMBERED:
        rendered.popitem(last=False)
    return html
