"""The one door to a hub: login, breaker, retries of reads, and errors. Every call of this package goes
through it.

A read is tried three times in all, with jitter, after a refused or dropped connection and after 502, 503 and
504; not after a timeout, which has cost enough. A write is sent once: the hub has no idempotency keys, so a
repeated start would be a second backup. (A write answered 401 is sent again after the login: a refused one
has done nothing.)
"""

from __future__ import annotations

import json
import logging
import math
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from . import wire
from .breaker import Breaker
from .errors import Code, HubError, HubOutcomeUnknown, HubProtocolError, HubRejected, HubUnavailable
from .login import Login
from .refusals import error_from
from .times import offset_of
from .transport import Answer, Ask, NoAnswer, NotSent, Transport

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
RETRY_WITHIN = 8.0  # seconds after the first try began; past it another try would only add to the wait
ANSWER_LIMIT = 64 << 20  # bytes; 50,000 jobs are 27 MB
LISTING_LIMIT = 256 << 20
REASON_LIMIT = 1 << 16  # of an error in place of a file
_GATEWAY = (502, 503, 504)


def segment(value: str) -> str:
    """An id or name as one quoted path segment; `HubRejected` for what no URL of the hub can carry."""
    if value in ("", ".", "..") or "/" in value or "\\" in value or not value.isprintable():
        raise HubRejected(Code.UNSAFE_ID, "This name cannot be asked for at the hub.")
    return quote(value, safe="")


class Door:
    """Session, breaker and learned clock offset of one hub; thread-safe."""

    def __init__(
        self, transport: Transport, token: str, utc_offset: timedelta | None, listing_limit: int
    ) -> None:
        self._transport = transport
        self._token = token
        self.login = Login(self._sign_in if token else None)
        self.breaker = Breaker()
        self.utc_offset = utc_offset
        self.listing_limit = listing_limit

    def learn_offset(self, text: str | None, *, only_if_unknown: bool = False) -> None:
        """Take the hub's UTC offset from a time of the kind that carries a right one and is of about now."""
        offset = offset_of(text)
        if offset is not None and not (only_if_unknown and self.utc_offset is not None):
            self.utc_offset = offset

    def read(
        self,
        path: str,
        shape: type[T],
        params: dict[str, str] | None = None,
        *,
        guarded: bool = False,
        limit: int = ANSWER_LIMIT,
        always: bool = False,
    ) -> T:
        """GET and decode. `guarded` routes need the login; `always` asks even while the breaker is open."""
        ask = Ask("GET", path, params or {})

        def once(headers: dict[str, str]) -> Answer:
            return self._transport.exchange(ask, headers, limit=limit, fresh=False)

        answer = self._with_login(
            lambda headers: self._read_with_retries(once, headers, always), guarded, _status
        )
        self._raise_for_status(answer.status, answer.body)
        return wire.decode(answer.body, shape)

    def write(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: dict[str, Any] | None = None,
        *,
        guarded: bool = False,
        secret: str = "",
    ) -> T:
        """Send once and decode. `HubUnavailable`: nothing was sent. `HubOutcomeUnknown`: sent, and no
        usable answer. `secret` is cut out of what the hub says when it refuses, which is logged.
        """
        ask = Ask(method, path, {}, body)
        answer = self._with_login(lambda headers: self._write_once(ask, headers), guarded, _status)
        try:
            self._raise_for_status(answer.status, _without(secret, answer.body))
            return wire.decode(answer.body, shape)
        except HubUnavailable as error:  # 502 and its like: a proxy knows no more than we do
            raise _unknown(error.code, error) from error
        except HubProtocolError as error:
            if answer.status < 300:
                raise _unknown(error.code, error) from error
            raise

    def read_patiently(
        self, path: str, shape: type[T], params: dict[str, str], limit: int, arrived: Callable[[int], None]
    ) -> T:
        """As `read`, without a deadline for the whole: it may take as long as bytes come."""
        response = self.open(path, params, patient=True)
        return wire.decode(self._transport.body_of(response, limit, math.inf, arrived), shape)

    def open(self, path: str, params: dict[str, str], *, patient: bool = False) -> requests.Response:
        """GET whose body the caller reads, with the retries of a read up to the headers."""
        ask = Ask("GET", path, params)

        def once(headers: dict[str, str]) -> requests.Response:
            return self._transport.open(ask, headers, patient=patient)

        response = self._with_login(
            lambda headers: self._read_with_retries(once, headers, False),
            False,
            lambda found: found.status_code,
        )
        if response.status_code == 200:
            return response
        try:
            body = self._transport.body_of(response, REASON_LIMIT)
        except HubProtocolError:
            body = b""  # the status is enough to go by
        self._raise_for_status(response.status_code, body)
        raise HubProtocolError(Code.BAD_ANSWER, "The hub sent no whole file.", status=response.status_code)

    def _with_login(
        self, call: Callable[[dict[str, str]], R], guarded: bool, status: Callable[[R], int]
    ) -> R:
        for last in (False, True):
            generation, headers = self.login.enter(guarded)
            try:
                result = call(headers)
            finally:
                self.login.leave(guarded)
            if status(result) != 401 or not self.login.possible or last:
                break
            if isinstance(result, requests.Response):
                result.close()
            self.login.outdated(generation)
            guarded = True  # it is, whatever the contract says
        return result

    def _read_with_retries(
        self, once: Callable[[dict[str, str]], R], headers: dict[str, str], always: bool
    ) -> R:
        self._check_breaker(always)
        began = time.monotonic()
        for attempt in range(1, TRIES + 1):
            may_retry = attempt < TRIES and time.monotonic() - began < RETRY_WITHIN
            try:
                result = once(headers)
            except (NotSent, NoAnswer) as trouble:
                if may_retry and not trouble.timed_out:
                    _pause(attempt)
                    continue
                self._count_failure(trouble)
                raise _unavailable(trouble) from trouble
            self.breaker.succeeded()
            if may_retry and _result_status(result) in _GATEWAY:
                if isinstance(result, requests.Response):
                    result.close()
                _pause(attempt)
                continue
            return result
        raise AssertionError("unreachable: the last try returns or raises")

    def _write_once(self, ask: Ask, headers: dict[str, str]) -> Answer:
        self._check_breaker(False)
        try:
            answer = self._transport.exchange(ask, headers, limit=ANSWER_LIMIT, fresh=True)
        except NotSent as trouble:
            self._count_failure(trouble)
            raise _unavailable(trouble) from trouble
        except NoAnswer as trouble:
            self._count_failure(trouble)
            raise _unknown(Code.TIMEOUT if trouble.timed_out else Code.NO_ANSWER) from trouble
        except HubProtocolError as error:
            raise _unknown(error.code, error) from error
        self.breaker.succeeded()
        return answer

    def _sign_in(self) -> str:
        body = {"appliance_id": "portal", "token": self._token, "version": "1.0"}
        try:
            answer = self._write_once(Ask("POST", "/api/v1/auth/login", {}, body), {})
        except HubOutcomeUnknown as error:
            raise HubUnavailable(
                error.code, "The hub did not answer the login.", detail=error.detail
            ) from error
        self._raise_for_status(answer.status, answer.body)
        session = wire.decode(answer.body, wire.Login)
        # Ten years ahead, so its offset may be that of another season: better than nothing only.
        self.learn_offset(session.expires_at, only_if_unknown=True)
        return session.session_token

    def _check_breaker(self, always: bool) -> None:
        if not self.breaker.allow() and not always:
            raise HubUnavailable(
                Code.CIRCUIT_OPEN, "The hub did not answer a moment ago; it will be asked again soon."
            )

    def _count_failure(self, trouble: NotSent | NoAnswer) -> None:
        if isinstance(trouble, NotSent) or trouble.timed_out:
            self.breaker.failed(decisive=isinstance(trouble, NotSent) and trouble.timed_out)
        else:
            # Closed without a byte: the hub is alive, one of its handlers has panicked (contract, surprise
            # 1).
            self.breaker.succeeded()

    def _raise_for_status(self, status: int, body: bytes) -> None:
        if status < 300:
            return
        error: HubError
        if status < 400:
            error = HubProtocolError(
                Code.REDIRECTED, "The hub points to another address; that is not followed.", status=status
            )
        else:
            error = error_from(status, body)
        log.info("hub answered %s (%s): %s", status, error.code, error.detail)
        raise error


def _without(secret: str, body: bytes) -> bytes:
    """A body without a password that the hub repeats, as it is and as JSON writes it."""
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        if secret:
            body = body.replace(form.encode(), "•••".encode())
    return body


def _status(answer: Answer) -> int:
    return answer.status


def _result_status(result: object) -> int:
    if isinstance(result, Answer):
        return result.status
    return result.status_code if isinstance(result, requests.Response) else 0


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.05, 0.15) * 2 ** (attempt - 1))  # noqa: S311  # spreads load, hides nothing


def _unavailable(trouble: NotSent | NoAnswer) -> HubUnavailable:
    if isinstance(trouble, NotSent):
        return HubUnavailable(Code.UNREACHABLE, "The hub cannot be reached.")
    if trouble.timed_out:
        return HubUnavailable(Code.TIMEOUT, "The hub did not answer in time.")
    return HubUnavailable(Code.NO_ANSWER, "The hub closed the connection without an answer.")


def _unknown(code: Code, cause: HubError | None = None) -> HubOutcomeUnknown:
    sentence = "The hub was asked and gave no usable answer; it may or may not have done it."
    if cause is None:
        return HubOutcomeUnknown(code, sentence)
    return HubOutcomeUnknown(code, sentence, status=cause.status, detail=cause.detail)
