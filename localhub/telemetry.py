"""Progress of a job as the hub gets to know it: in steps, and with its gaps.

The real data mover's filter lets a message through every 5 s or 10 %; with small disks nothing would be seen,
so here it is every second or 10 %. The last "100 %" message has to pass it too and often does not, and the
message of the end carries no numbers: so a finished job often rests at 90-98 % (contract, "States").
"""

import time

from localhub.clocks import now
from localhub.database import Database

SECONDS, PERCENT = 1.0, 10.0


class Telemetry:
    """Messages about one disk of one job. ``shows_written``: an incremental counts changed bytes only."""

    def __init__(self, database: Database, job_id: str, *, shows_written: bool) -> None:
        self.database, self.job_id, self.shows_written = database, job_id, shows_written
        self.begun = self.sent_at = time.monotonic()
        self.sent_percent = 0.0

    def __call__(self, done: int, total: int, written: int) -> None:
        """The engine's watch."""
        percent = min(100.0, done / total * 100) if total else 100.0
        moment = time.monotonic()
        if percent - self.sent_percent < PERCENT and moment - self.sent_at < SECONDS:
            return
        self.sent_at, self.sent_percent = moment, percent
        if self.shows_written:
            expected = int(written * 100 / percent) if percent else written
            self.send(written, expected, percent, done)
        else:
            self.send(done, total, percent, done)

    def send(self, transferred: int, total: int, percent: float, read: int) -> None:
        """The hub takes no zeroes over what it has (contract, 6.4)."""
        speed = int(read / max(time.monotonic() - self.begun, 0.001))
        self.database.change(
            "UPDATE jobs SET phase = 'transferring', last_telemetry_at = ?,"
            " bytes_transferred = COALESCE(NULLIF(?, 0), bytes_transferred),"
            " total_bytes = COALESCE(NULLIF(?, 0), total_bytes),"
            " percent = COALESCE(NULLIF(?, 0.0), percent), speed = COALESCE(NULLIF(?, 0), speed)"
            " WHERE id = ?",
            now(), transferred, total, round(percent, 2), speed, self.job_id,
        )  # fmt: skip

    def completed(self) -> None:
        """The end of a disk: the hub takes it for the end of the job, whatever disks are left."""
        moment = now()
        self.database.change(
            "UPDATE jobs SET status = 'completed', phase = 'completed',"
            " last_telemetry_at = ?, completed_at = ? WHERE id = ?",
            moment, moment, self.job_id,
        )  # fmt: skip

    def failed(self, message: str) -> None:
        moment = now()
        self.database.change(
            "UPDATE jobs SET status = 'failed', error_message = ?, last_telemetry_at = ?, completed_at = ?"
            " WHERE id = ?",
            message, moment, moment, self.job_id,
        )  # fmt: skip
