"""Reading stored points back and comparing them with their manifests."""

from dataclasses import dataclass
from pathlib import Path

from localhub.database import Database
from localhub.engine import manifest_path
from localhub.exports import export, readable
from localhub.images import Image
from localhub.manifests import Manifest, ManifestDamaged, block_count, digest, each_digest, zero_digests
from localhub.nbd import NbdError
from localhub.processes import ProgramFailed
from localhub.sources import ExportReader, pieces


@dataclass(frozen=True)
class Verified:
    """What was found of one disk of one backup."""

    backup_id: str
    disk: int
    sound: bool
    about: str

    @property
    def sentence(self) -> str:
        return f"{self.backup_id} disk {self.disk}: {'ok' if self.sound else 'DAMAGED'}, {self.about}"


def verify_state(state: Path, backup_id: str | None) -> list[Verified]:
    """Every completed point of a state folder, or those of one backup. The hub may be running."""
    database = Database(state / "hub.sqlite3")
    try:
        rows = database.rows("SELECT * FROM points WHERE status = 'completed' ORDER BY id")
    finally:
        database.close()
    found = []
    for row in rows:
        if backup_id in (None, row["job_id"], row["disk_job_id"]):
            problem = verify_point(Path(row["path"]))
            about = problem or f"{block_count(row['size'])} blocks as when they were read"
            found.append(Verified(row["job_id"], row["disk_index"], problem is None, about))
    return found


def verify_point(path: Path) -> str | None:
    """Reads a point with all that it stands on; None when every block has its digest, else what is wrong."""
    try:
        with Manifest(manifest_path(path)) as manifest, export(readable(path, "qcow2")) as client:
            if client.size != manifest.size:
                return f"it has {client.size} bytes instead of {manifest.size}"
            bad = damaged_blocks(Image(path, "qcow2", manifest.size), ExportReader(client), manifest)
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (ManifestDamaged, NbdError, OSError, ProgramFailed) as error:
        return str(error).replace(f"{path.parent}/", "")
    return f"{len(bad)} blocks differ, the first is block {bad[0]}" if bad else None


def damaged_blocks(image: Image, source: ExportReader, manifest: Manifest) -> list[int]:
    bad: list[int] = []
    for piece in pieces(image.extents(), image.size):
        expected = manifest.digests(piece.first, piece.count)
        if piece.data:
            data = memoryview(bytearray(min(piece.count << 16, image.size - (piece.first << 16))))
            source.read_into(piece.first << 16, data)
            found = b"".join(digest(data[at : at + (1 << 16)]) for at in range(0, len(data), 1 << 16))
        else:
            found = zero_digests(piece.first, piece.count, image.size)
        if found != expected:
            pairs = zip(each_digest(found), each_digest(expected), strict=True)
            bad += [piece.first + n for n, (now, then) in enumerate(pairs) if now != then]
    return bad
