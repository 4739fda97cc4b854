"""`Hub`: a Sendense hub's REST API in Python, the same in both of its dialects."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from . import wire
from .backups import Backups
from .credentials import Credentials
from .discovery import Discovery
from .door import LISTING_LIMIT, Door
from .errors import Code, HubNotFound, HubProtocolError
from .records import Dialect, HubIdentity
from .replications import Replications
from .repositories import Repositories
from .restore import Restore
from .rules import Rules
from .speeches import Speeches, not_a_hub
from .times import true_time
from .transport import DEADLINE, Transport
from .vms import VMs


class Hub:
    """One hub. Thread-safe; keep it as long as its connection exists, for its login, breaker and learned
    clock live in it.

    `base_url` is http(s), with a path if a proxy puts the hub below one; `token` may be empty for a hub
    without login. `timeout` is (connect, read) in seconds. `dialect` and `utc_offset` as found earlier; left
    out, they are found when first needed.
    """

    def __init__(
        self,
        base_url: str,
        token: str = "",
        *,
        timeout: tuple[float, float] = (3.05, 20.0),
        dialect: Dialect | None = None,
        utc_offset: timedelta | None = None,
        deadline: float = DEADLINE,
        listing_limit: int = LISTING_LIMIT,
    ) -> None:
        self._transport = Transport(base_url, timeout, deadline)
        self._door = Door(self._transport, token, utc_offset, listing_limit)
        self._speeches = Speeches(self._door, dialect)
        self.vms = VMs(self._door)
        self.credentials = Credentials(self._door)
        self.discovery = Discovery(self._door)
        self.replications = Replications(self._door, self.discovery)
        self.repositories = Repositories(self._door)
        self.rules = Rules(self._door)
        self.backups = Backups(self._speeches)
        self.restore = Restore(self._door, self._speeches)

    def __repr__(self) -> str:
        return f"Hub({self._transport.base_url!r}, dialect={self.dialect and self.dialect.value!r})"

    @property
    def base_url(self) -> str:
        return self._transport.base_url

    @property
    def dialect(self) -> Dialect | None:
        """What the hub speaks; None until found."""
        return self._speeches.dialect

    @property
    def utc_offset(self) -> timedelta | None:
        """The hub's clock offset, as learned so far; worth keeping with the connection."""
        return self._door.utc_offset

    def probe(self) -> HubIdentity:
        """The connection test: reaches the hub even while the breaker is open, finds the dialect, tries the
        login.

        `HubUnavailable`, `HubLoginFailed`, or `HubProtocolError` (not_a_hub) if something else answers there.
        """
        health, latency, middle = self._health()
        self._door.login.forget_refusal()
        dialect = self._speeches.find()
        self.vms.list()  # needs the login, so it tells whether the token is right
        hub_time = true_time(health.timestamp, "timestamp")
        if hub_time is None:
            raise HubProtocolError(Code.NOT_A_HUB, "What answers at this address tells no time.")
        return HubIdentity(
            dialect=dialect,
            service=health.service,
            version=health.version,
            latency_ms=round(latency * 1000, 2),
            hub_time=hub_time,
            clock_skew=hub_time - middle.replace(microsecond=0),
            utc_offset=self._door.utc_offset,
        )

    def _health(self) -> tuple[wire.Health, float, datetime]:
        """What /health says, how long that took in seconds, and our own time in the middle of it."""
        began = time.perf_counter()
        try:
            health = self._door.read("/health", wire.Health, always=True)
        except (HubNotFound, HubProtocolError) as error:
            raise not_a_hub(error) from error
        latency = time.perf_counter() - began
        return health, latency, datetime.now(UTC) - timedelta(seconds=latency / 2)
