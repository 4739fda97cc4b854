"""Everything that goes wrong leaves by one door, in words, and never with the hub's own."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails

from sendense_portal.hub import (
    HubBusy,
    HubError,
    HubFailed,
    HubLoginFailed,
    HubNotFound,
    HubOutcomeUnknown,
    HubProtocolError,
    HubRejected,
    HubUnavailable,
)
from sendense_portal.hub.errors import Code, HubCutShort
from sendense_portal.ui.errors import HubErrorMiddleware, permission_denied, server_error
from tests.conftest import AsPerson, Cast

SECRET = "/mnt/backups/of-somebody-else.qcow2"
KINDS = [
    (HubUnavailable, 503),
    (HubOutcomeUnknown, 503),
    (HubLoginFailed, 502),
    (HubNotFound, 404),
    (HubRejected, 409),
    (HubBusy, 409),
    (HubProtocolError, 502),
    (HubCutShort, 502),
    (HubFailed, 502),
]


def a_request(*, htmx: bool = False, method: str = "GET") -> HttpRequest:
    headers = {"HX-Request": "true"} if htmx else {}
    request = RequestFactory().generic(method, "/backups/", headers=headers)
    request.user = AnonymousUser()
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]  # as the middleware does
    request.request_id = "0f0f-reference"  # type: ignore[attr-defined]  # as the middleware does
    return request


def answered(error: Exception, request: HttpRequest) -> HttpResponse | None:
    return HubErrorMiddleware(lambda _: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize(("kind", "status"), KINDS)
def test_each_kind_of_failure_is_a_page_with_a_next_step(kind: type[HubError], status: int) -> None:
    response = answered(kind(Code.FAILED, "The hub is not well.", detail=SECRET), a_request())
    assert response is not None and response.status_code == status
    text = response.content.decode()
    assert "<html" in text and "The hub is not well." in text and "0f0f-reference" in text
    assert SECRET not in text


@pytest.mark.parametrize(("kind", "status"), KINDS)
def test_htmx_gets_a_toast_and_keeps_what_was_on_the_page(kind: type[HubError], status: int) -> None:
    response = answered(kind(Code.FAILED, "The hub is not well.", detail=SECRET), a_request(htmx=True))
    assert response is not None and response.status_code == status
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#toasts", "beforeend")
    text = response.content.decode()
    assert text.lstrip().startswith('<div class="toast') and "The hub is not well." in text
    assert SECRET not in text


def test_the_log_has_what_the_page_does_not_say(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answered(HubFailed(Code.FAILED, "The hub is not well.", detail=SECRET), a_request())
    assert SECRET in caplog.text and "0f0f-reference" in caplog.text


def test_only_what_may_help_is_offered_again() -> None:
    def text(error: HubError, method: str = "GET") -> str:
        response = answered(error, a_request(method=method))
        assert response is not None
        return response.content.decode()

    assert "Try again</a>" in text(HubUnavailable(Code.TIMEOUT, "No answer."))
    assert "Try again</a>" not in text(HubRejected(Code.REJECTED, "No."))
    assert "Try again</a>" not in text(HubUnavailable(Code.TIMEOUT, "No answer."), method="POST")


def test_other_exceptions_are_left_to_django() -> None:
    assert answered(ValueError("ours"), a_request()) is None


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_of_ours() -> None:
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404 and b"There is nothing here" in answer.content


def test_what_one_may_not_do_is_said_in_the_words_of_the_table(cast: Cast, as_person: AsPerson) -> None:
    answer = as_person(cast.acme_viewer).get("/activity/")
    assert answer.status_code == 403 and b"Read the activity trail" in answer.content


def test_a_refusal_within_a_page_is_a_toast() -> None:
    response = permission_denied(a_request(htmx=True), PermissionError("Start a backup"))
    assert response.status_code == 403 and response["HX-Retarget"] == "#toasts"


def test_our_own_mistake_says_so_with_its_reference() -> None:
    response = server_error(a_request())
    assert response.status_code == 500
    assert b"0f0f-reference" in response.content
