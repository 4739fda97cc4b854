"""Letters of restore."""

from threading import Thread

from django.template.loader import render_to_string
from django.urls import reverse

from restore.models import Download, Handover, Parcel
from sendense_portal.people.mails import address, deliver


def tell_ready(parcel: Parcel) -> None:
    """Its person can fetch it. The link leads to a page that asks who is there."""
    if parcel.person is None:
        return
    link = address(reverse("restore:parcel_detail", args=[parcel.pk]))
    text = render_to_string("restore/mails/parcel_ready.txt", {"parcel": parcel, "link": link})
    subject, _, body = text.partition("\n")
    Thread(target=deliver, args=(subject, body.strip() + "\n", parcel.person.email), name="mail").start()


def tell_fetched(handover: Handover, download: Download) -> None:
    """The receipt for who made a link."""
    if handover.person is None:
        return
    facts = {"handover": handover, "download": download, "link": address(reverse("restore:download_list"))}
    subject, _, body = render_to_string("restore/mails/handover_fetched.txt", facts).partition("\n")
    Thread(target=deliver, args=(subject, body.strip() + "\n", handover.person.email), name="mail").start()
