"""The web server: daphne, made to wait for slow readers and to cut what must not look whole.

Daphne 4.2 takes whatever an application sends into memory, however slowly it leaves (three slow downloads
of 2 GB: 2 GB), and its clean-up stops for good when an application fails after its answer has begun.
``PatientServer`` mends both. ``tests/restore/test_served.py`` guards both.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server, twisted_loop
from twisted.internet import defer
from twisted.internet import reactor as twisted_reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]  # it has no types

log = logging.getLogger(__name__)
reactor: Any = twisted_reactor

CUT = "portal.cut"
THREADS = 32
"""For ``asyncio.to_thread``, which downloads use to read their spool; Python's default is CPUs + 4."""
PART = 1 << 20
"""Bytes; what a streamed body usually comes in."""
READS_NOTHING_FOR = 900.0
"""Seconds after which a reader that takes nothing is let go; a paused download resumes with Range."""

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class CantListen(Exception):
    """The address is taken or not ours; ``str()`` says which and why."""


@implementer(IPushProducer)
class Gate:
    """Open while a connection's send buffer has room: Twisted pauses its producer at 64 KiB."""

    def __init__(self) -> None:
        self.room = asyncio.Event()
        self.room.set()

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's names
        self.room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.room.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.room.set()


class PatientServer(Server):  # type: ignore[misc]  # daphne has no types
    """Daphne whose ``send`` returns once the reader has room for more."""

    def __init__(self, application: ASGI, **options: Any) -> None:
        super().__init__(cutting_failures(application), **options)
        self.gates: dict[Any, Gate] = {}
        self.failure = ""

    def listen_error(self, failure: Any) -> None:
        """Ends the server; ``serve`` raises what went wrong."""
        self.failure = failure.getErrorMessage()
        self.stop()

    async def handle_reply(self, protocol: Any, message: Message) -> None:
        """Sends one message; after a part of a streamed body waits until the reader has taken it."""
        if message["type"] == CUT:
            if protocol.channel is not None:
                protocol.channel.transport.abortConnection()
            return
        if message["type"] == "http.response.body" and protocol.channel is not None:
            self.watch_buffer(protocol, more=message.get("more_body", False))
        await super().handle_reply(protocol, message)
        if gate := self.gates.get(protocol):
            await asyncio.wait_for(gate.room.wait(), READS_NOTHING_FOR)

    def watch_buffer(self, protocol: Any, *, more: bool) -> None:
        """Becomes the connection's producer for as long as a body is streamed."""
        if more and protocol not in self.gates:
            self.gates[protocol] = Gate()
            protocol.registerProducer(self.gates[protocol], True)
            # A part in one call to the kernel instead of eight: each is a turn of the event loop.
            protocol.channel.transport.SEND_LIMIT = PART
        elif not more and protocol in self.gates:
            del self.gates[protocol]
            protocol.unregisterProducer()

    def protocol_disconnected(self, protocol: Any) -> None:
        """Lets go of whoever waits for a reader that has left."""
        if gate := self.gates.pop(protocol, None):
            gate.room.set()
        super().protocol_disconnected(protocol)


def cutting_failures(application: ASGI) -> ASGI:
    """An application that, failing in mid-answer, has the connection closed: the browser then shows a
    failed download and never a short file."""

    async def cutting(scope: dict[str, Any], receive: Any, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await application(scope, receive, noting)
        except Exception as error:
            if scope["type"] != "http" or not begun:
                raise
            log.warning("an answer was cut: %s: %s", type(error).__name__, error)
            await send({"type": CUT})

    return cutting


def serve(
    application: ASGI, *, bind: str, port: int, background: Callable[[], Coroutine[Any, Any, None]] | None
) -> None:
    """Serves until a signal ends the process; ``background`` runs beside it in the same event loop.

    Raises CantListen.
    """
    twisted_loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="portal"))
    server = PatientServer(
        application,
        endpoints=build_endpoint_description_strings(host=bind, port=port),
        server_name="",
        verbosity=0,
    )
    if background:
        reactor.callWhenRunning(run_beside, background)
    server.run()
    if server.failure:
        raise CantListen(server.failure)


def run_beside(background: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Starts the coroutine, and ends it in order before the server's loop stops."""
    task = twisted_loop.create_task(background())

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: defer.Deferred.fromFuture(twisted_loop.create_task(end()))
    )
