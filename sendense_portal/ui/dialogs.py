"""What a form in a dialog answers when it is done."""

import json

from django.http import HttpResponse


def closed_dialog(title: str, text: str = "", *, href: str = "", refresh: str = "") -> HttpResponse:
    """Closes the dialog, shows a toast, and lets parts that follow ``live:<refresh>`` ask again, which
    does not wait for the socket."""
    events: dict[str, object] = {
        "closeDialog": None,
        "toast": {"tone": "success", "title": title, "text": text, "href": href},
    }
    if refresh:
        events[f"live:{refresh}"] = None
    response = HttpResponse(status=204)
    # Not ``trigger_client_event``: all three belong into one header.
    response["HX-Trigger"] = json.dumps(events)
    return response
