"""A door between portal and hub that can be held shut in the middle of one exchange, so that a test may kill
either of them at exactly that step. It knows bytes only: what it passes on is what really was said."""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

MOST = 1 << 16


@dataclass
class Hold:
    """Where to stop: at the request that holds ``words``, after so many bytes of its answer (None: before the
    hub has heard it)."""

    words: bytes
    after: int | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Gate:
    """Listens on loopback, and passes everything on to the port of the hub."""

    def __init__(self, port: int) -> None:
        self.to = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.hold: Hold | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.hold:
            self.hold.released.set()
        # Closing alone does not wake who accepts.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        while True:
            try:
                caller = self.listener.accept()[0]
            except OSError:
                return
            try:
                hub = socket.create_connection(self.to, timeout=5)
            except OSError:
                caller.close()  # nobody is there, as without this door
                continue
            hub.settimeout(None)
            Passage(self, caller, hub).begin()


class Passage:
    """One connection."""

    def __init__(self, gate: Gate, caller: socket.socket, hub: socket.socket) -> None:
        self.gate, self.caller, self.hub = gate, caller, hub
        self.held: Hold | None = None
        self.passed = 0

    def begin(self) -> None:
        threading.Thread(target=self.both_ways, daemon=True).start()

    def both_ways(self) -> None:
        with self.caller, self.hub:
            back = threading.Thread(target=self.until_it_ends, args=(self.answered,), daemon=True)
            back.start()
            self.until_it_ends(self.asked)
            back.join()

    def until_it_ends(self, way: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):
            way()
        for end in (self.caller, self.hub):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def asked(self) -> None:
        while data := self.caller.recv(MOST):
            hold = self.gate.hold
            if hold and hold.words in data and not hold.reached.is_set():
                self.held, self.passed = hold, 0
                if hold.after is None:
                    return self.stop(hold)
            self.hub.sendall(data)
        return None

    def answered(self) -> None:
        while data := self.hub.recv(MOST):
            self.passed += len(data)
            if self.held and self.held.after is not None and self.passed > self.held.after:
                return self.stop(self.held)
            self.caller.sendall(data)
        return None

    def stop(self, hold: Hold) -> None:
        """Says that it is here, and goes no further."""
        hold.reached.set()
        hold.released.wait(60)
