"""The data mover's part: copies the disks of a job one after the other, in a thread of its own."""

import logging
import re
import sqlite3
import threading
import time
from pathlib import Path

from localhub.engine import Outcome, Watch, full_backup, incremental_backup
from localhub.images import Image, ImageRefused
from localhub.jobs import Jobs
from localhub.manifests import ManifestDamaged
from localhub.nbd import NbdError
from localhub.options import Dialect, Quirk
from localhub.processes import ProgramFailed
from localhub.telemetry import Telemetry

log = logging.getLogger(__name__)
EXPECTED = (ImageRefused, ManifestDamaged, NbdError, OSError, ProgramFailed)
NODE_ERROR = "VDDK: Error 14009: The server refused connection"
CRASH_AT = 0.3


class Stopped(Exception):
    """The hub ends, or the job was deleted: no trace in the job's row."""


class NodeCrashed(Exception):
    """Quirk node-crash: the data mover is gone without a word."""


class NodeFailed(Exception):
    """Quirk node-error."""


class Copying:
    """Runs jobs until ``stop``."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.options = jobs.options
        self.ending = threading.Event()

    def begin(self, job: sqlite3.Row, images: list[Image]) -> None:
        if self.options.has(Quirk.SILENT_NODE):
            return
        thread = threading.Thread(target=self.run, args=(job, images), name=job["id"], daemon=True)
        self.jobs.running[job["id"]] = thread
        thread.start()

    def stop(self) -> None:
        """Ends all copies; their jobs stay ``running`` in the database, as when a hub is restarted."""
        self.ending.set()
        for thread in list(self.jobs.running.values()):
            thread.join(10)

    def run(self, job: sqlite3.Row, images: list[Image]) -> None:
        try:
            for point, image in zip(self.jobs.points.of_job(job["id"]), images, strict=True):
                if not self.copy_disk(job, point, image):
                    return
        except (Stopped, NodeCrashed):
            return
        finally:
            self.jobs.running.pop(job["id"], None)
            self.jobs.cancelled.discard(job["id"])

    def copy_disk(self, job: sqlite3.Row, point: sqlite3.Row, image: Image) -> bool:
        """One disk to its end; False when it failed and the job with it."""
        incremental = job["backup_type"] == "incremental"
        telemetry = Telemetry(self.jobs.database, job["id"], shows_written=incremental)
        try:
            outcome = self.store(point, image, self.watched(job["id"], telemetry))
        except NodeFailed:
            telemetry.failed(NODE_ERROR)
            self.jobs.fail(job["id"], point)
            return False
        except EXPECTED as error:
            log.warning("job %s: %s", job["id"], error)
            telemetry.failed(told(error))
            self.jobs.fail(job["id"], point)
            return False
        except (Stopped, NodeCrashed):
            raise
        except Exception:
            log.exception("job %s", job["id"])
            telemetry.failed("internal error of the hub; its log says more")
            self.jobs.fail(job["id"], point)
            return False
        if self.options.dialect is Dialect.TODAY:
            if incremental:
                telemetry.send(outcome.written, outcome.written, 100, outcome.read)
            telemetry.completed()
            self.pause(job["id"])
        else:
            moved = outcome.written if incremental else outcome.read
            telemetry.send(moved, moved, 100, outcome.read)
        self.jobs.complete_disk(point, outcome.size, outcome.written)
        return True

    def store(self, point: sqlite3.Row, image: Image, watch: Watch) -> Outcome:
        target, rate = Path(point["path"]), self.options.copy_rate
        if point["parent_id"] is None:
            return full_backup(image, target, watch=watch, rate=rate)
        parent = self.jobs.points.get(point["parent_id"])
        if parent is None:
            raise ManifestDamaged("the point that this incremental stands on is gone")
        return incremental_backup(image, target, Path(parent["path"]), watch=watch, rate=rate)

    def watched(self, job_id: str, telemetry: Telemetry) -> Watch:
        """Telemetry, and the reasons for which a copy stops in the middle."""

        def watch(done: int, total: int, written: int) -> None:
            if self.ending.is_set() or job_id in self.jobs.cancelled:
                raise Stopped
            if total and done / total > CRASH_AT:
                if self.options.has(Quirk.NODE_CRASH):
                    raise NodeCrashed
                if self.options.has(Quirk.NODE_ERROR):
                    raise NodeFailed
            telemetry(done, total, written)

        return watch

    def pause(self, job_id: str) -> None:
        """Between the data mover's last message and its ``/complete``."""
        until = time.monotonic() + self.options.finish_delay
        while time.monotonic() < until:
            if self.ending.is_set() or job_id in self.jobs.cancelled:
                raise Stopped
            time.sleep(0.02)


def told(error: Exception) -> str:
    """What may be said of an error: no folders of this machine."""
    text = (error.strerror or "input/output error") if isinstance(error, OSError) else str(error)
    return re.sub(r"(?<![\w.])/[^\s'\":,]*/", "", text)
