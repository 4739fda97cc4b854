"""Entries of the trail as syslog messages (RFC 5424), for a collector of events.

No request waits for a collector: entries go through a queue to a thread of their own. When the queue is full
entries are dropped, counted and logged; the trail itself has them all, and ``sequence`` shows which are
missing.
"""

import logging
import queue
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings

from sendense_portal.audit.destinations import Destination
from sendense_portal.audit.messages import message_of

if TYPE_CHECKING:
    from sendense_portal.audit.models import AuditEntry

log = logging.getLogger(__name__)

ROOM = 10_000
"""Entries that may wait, about 10 MB of them."""
CONNECT_WITHIN = 5.0
LONGEST_PAUSE = 30.0
SAY_DROPS_EVERY = 60.0


class Sender:
    """Sends messages to one destination, in order, from a thread of its own."""

    def __init__(self, destination: Destination, room: int = ROOM) -> None:
        self.destination = destination
        self.waiting: queue.Queue[bytes] = queue.Queue(room)
        self.socket: socket.socket | None = None
        self.dropped = 0
        self.said_at = float("-inf")
        self.thread = threading.Thread(target=self.run, name="syslog", daemon=True)
        self.thread.start()

    def put(self, message: bytes) -> None:
        """Never waits."""
        try:
            self.waiting.put_nowait(message)
        except queue.Full:
            self.dropped += 1
            if time.monotonic() - self.said_at > SAY_DROPS_EVERY:
                self.said_at = time.monotonic()
                log.error("syslog takes nothing: %s entries were not sent there", self.dropped)

    def run(self) -> None:
        """Without end: the next message, as often as it takes."""
        while True:
            message = self.waiting.get()
            pause = 0.5
            while not self.sent(message):
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            self.waiting.task_done()

    def sent(self, message: bytes) -> bool:
        """Tries once; a broken connection is made anew the next time."""
        try:
            if self.socket is not None and has_hung_up(self.socket):
                self.close()
            if self.socket is None:
                self.socket = connected(self.destination)
            # RFC 6587 3.4.1 puts the length first on a stream; elsewhere a message is a datagram.
            is_stream = self.socket.type == socket.SOCK_STREAM
            self.socket.sendall(b"%d %s" % (len(message), message) if is_stream else message)
        except OSError as error:
            log.warning("syslog can't be reached: %s", error.strerror or type(error).__name__)
            self.close()
            return False
        return True

    def close(self) -> None:
        """Lets go of the connection."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def connected(destination: Destination) -> socket.socket:
    """A socket to the destination. Raises OSError."""
    if destination.kind == "unix":
        return connected_to_path(destination.path)
    if destination.kind == "tcp":
        return socket.create_connection((destination.host, destination.port), CONNECT_WITHIN)
    family, kind, protocol, _name, address = socket.getaddrinfo(
        destination.host, destination.port, type=socket.SOCK_DGRAM
    )[0]
    made = socket.socket(family, kind, protocol)
    made.connect(address)
    return made


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the other side of a stream has closed it: a message would still leave, and get lost."""
    if connection.type != socket.SOCK_STREAM:
        return False
    # poll and not select: a server of many readers has descriptors beyond 1,023.
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0)) and connection.recv(1, socket.MSG_PEEK) == b""


def connected_to_path(path: str) -> socket.socket:
    """A Unix socket: datagrams, as /dev/log takes them, or else a stream. Raises OSError."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        made.connect(path)
    except OSError:
        made.close()
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(CONNECT_WITHIN)
        try:
            made.connect(path)
        except OSError:
            made.close()
            raise
    return made


lock = threading.Lock()
senders: dict[Destination, Sender] = {}


def send(entry: "AuditEntry") -> None:
    """Hands a committed entry to the collector, if there is one. Never waits, never raises OSError."""
    destination: Destination | None = settings.AUDIT_SYSLOG
    if destination is None:
        return
    with lock:
        if destination not in senders:
            senders[destination] = Sender(destination)
    senders[destination].put(message_of(entry))
