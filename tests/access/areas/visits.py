"""Consent is the customer's administrators' alone: no one of the provider can give it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from sendense_portal.visits.models import Consent
from tests.conftest import Cast

MATRIX = {
    ("GET", "visits:consent_list"): "ssf aff ffa fff",
    ("POST", "visits:consent_list"): "ssf aff ffa fff",
    ("POST", "visits:consent_withdraw"): "ssn nnn nna nnn",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """Acme's consent."""
    until = timezone.now() + timedelta(hours=1)
    consent = Consent.objects.create(tenant=cast.acme, given_by_name="Acme", until=until)
    return {"visits:consent_withdraw": {"pk": consent.pk}}
