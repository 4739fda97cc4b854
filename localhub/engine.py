"""Full and incremental backups of one disk into a qcow2 chain, with a manifest beside each point.

One loop for both: the source is read once, each 64 KiB block is digested, and blocks whose digest differs
from the base (zeroes for a full, the parent's manifest for an incremental) are written through qemu-nbd, that
compresses with zstd in its own threads. So the manifest is of the very bytes that were stored, even when the
source changes meanwhile. Nothing has its final name before it is whole and on the disk.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localhub.exports import export, writable_compressed
from localhub.images import Image
from localhub.manifests import (
    BLOCK,
    Manifest,
    ManifestWriter,
    block_count,
    block_length,
    digest,
    each_digest,
    zero_digest,
    zero_digests,
)
from localhub.nbd import NbdClient
from localhub.processes import run
from localhub.rates import Rate
from localhub.sources import Piece, Reader, pieces, reader

THREADS = 3
AHEAD = 8
"""Pieces read before they are written: at most 16 MiB in memory."""


class Watch(Protocol):
    """Told after each piece: bytes of data read, there are, and written. May raise to stop."""

    def __call__(self, done: int, total: int, written: int) -> None: ...


def unwatched(done: int, total: int, written: int) -> None:
    """For callers who don't care."""


@dataclass(frozen=True)
class Outcome:
    """A stored point. ``written``: bytes of blocks that differ from the base; ``stored``: bytes on disk."""

    path: Path
    size: int
    read: int
    written: int
    stored: int


def manifest_path(point: Path) -> Path:
    return point.with_suffix(".manifest")


def partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def full_backup(image: Image, target: Path, *, watch: Watch = unwatched, rate: float = 0) -> Outcome:
    """Stores the whole disk as ``target`` (qcow2). ``rate``: bytes a second, 0 for unlimited.

    Raises ProgramFailed, NbdError or OSError; then only files named ``*.partial`` are left.
    """
    return store(image, target, None, watch, Rate(rate))


def incremental_backup(
    image: Image, target: Path, parent: Path, *, watch: Watch = unwatched, rate: float = 0
) -> Outcome:
    """Stores what differs from the point ``parent`` (in the same folder) as an overlay on it.

    Raises ManifestDamaged when the parent's manifest can't be trusted; else as ``full_backup``.
    """
    return store(image, target, parent, watch, Rate(rate))


def store(image: Image, target: Path, parent: Path | None, watch: Watch, rate: Rate) -> Outcome:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft, draft_manifest = partial(target), partial(manifest_path(target))
    whole = block_count(image.size) * BLOCK
    create(draft, whole, parent)
    with ExitStack() as stack:
        base = stack.enter_context(Manifest(manifest_path(parent))) if parent else None
        manifest = stack.enter_context(ManifestWriter(draft_manifest, image.size))
        output = stack.enter_context(export(writable_compressed(draft)))
        source = stack.enter_context(reader(image))
        copy = Copy(image, source, output, base, manifest)
        copy.run(watch, rate)
        output.flush()
    if whole != image.size:  # qemu's compressing filter wants whole clusters while it writes
        run(["qemu-img", "resize", "-q", "--shrink", "-f", "qcow2", str(draft), str(image.size)])
    for path, name in ((draft_manifest, manifest_path(target)), (draft, target)):
        settle(path, name)
    return Outcome(target, image.size, copy.done, copy.written, target.stat().st_blocks * 512)


def create(path: Path, size: int, parent: Path | None) -> None:
    """An empty qcow2, on its parent by bare name, so that a repository can be moved as a whole."""
    path.unlink(missing_ok=True)
    backing = ["-b", parent.name, "-F", "qcow2"] if parent else []
    options = ["-o", "compression_type=zstd"]
    run(["qemu-img", "create", "-q", "-f", "qcow2", *options, *backing, str(path), str(size)])


def settle(draft: Path, name: Path) -> None:
    """Gives a finished file its name; both survive a power cut."""
    for path in (draft, draft.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    draft.rename(name)


class Copy:
    """One pass over a disk. ``done`` counts bytes of data read, ``written`` bytes that differed."""

    def __init__(
        self,
        image: Image,
        source: Reader,
        output: NbdClient,
        base: Manifest | None,
        manifest: ManifestWriter,
    ) -> None:
        self.image, self.source, self.output = image, source, output
        self.base, self.manifest = base, manifest
        self.done = self.written = 0

    def run(self, watch: Watch, rate: Rate) -> None:
        """Reading and digesting in threads (both free the interpreter lock), writing in order here."""
        plan = pieces(self.image.extents(), self.image.size)
        total = sum(self.length(piece) for piece in plan if piece.data)
        watch(0, total, 0)
        waiting: deque[tuple[Piece, Future[tuple[memoryview, bytes]]]] = deque()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="copy") as pool:
            try:
                for piece in plan:
                    waiting.append((piece, pool.submit(self.read, piece)))
                    if len(waiting) >= AHEAD:
                        self.finish(*waiting.popleft(), watch, rate, total)
                while waiting:
                    self.finish(*waiting.popleft(), watch, rate, total)
            finally:
                for _, future in waiting:
                    future.cancel()

    def length(self, piece: Piece) -> int:
        return min(piece.count * BLOCK, self.image.size - piece.first * BLOCK)

    def read(self, piece: Piece) -> tuple[memoryview, bytes]:
        """Bytes of a piece (none of a hole) and its digests."""
        if not piece.data:
            return memoryview(b""), zero_digests(piece.first, piece.count, self.image.size)
        data = memoryview(bytearray(self.length(piece)))
        self.source.read_into(piece.first * BLOCK, data)
        return data, b"".join(digest(data[at : at + BLOCK]) for at in range(0, len(data), BLOCK))

    def finish(
        self,
        piece: Piece,
        future: "Future[tuple[memoryview, bytes]]",
        watch: Watch,
        rate: Rate,
        total: int,
    ) -> None:
        data, digests = future.result()
        self.manifest.add(digests)
        for first, count, zero in changed_runs(
            piece.first, digests, self.base_digests(piece), self.image.size
        ):
            begin = first * BLOCK
            length = min(count * BLOCK, self.image.size - begin)
            if zero:
                self.output.write_zeroes(begin, length)
            else:
                at = begin - piece.first * BLOCK
                self.output.write(begin, data[at : at + length])
            self.written += length
        if piece.data:
            self.done += len(data)
            rate.spend(len(data))
            watch(self.done, total, self.written)

    def base_digests(self, piece: Piece) -> bytes:
        """What the point below reads at these blocks; beyond its end that is zeroes."""
        if self.base is None:
            return zero_digests(piece.first, piece.count, self.image.size)
        known = self.base.digests(piece.first, piece.count)
        have = len(known) // len(zero_digest(BLOCK))
        return known + zero_digests(piece.first + have, piece.count - have, self.image.size)


def changed_runs(first: int, digests: bytes, base: bytes, size: int) -> Iterator[tuple[int, int, bool]]:
    """Runs (first block, count, all zeroes?) of neighbouring blocks whose digest differs from the base's."""
    if digests == base:
        return
    begin, count, run_zero = 0, 0, False
    last = block_count(size) - 1
    for number, (now, before) in enumerate(zip(each_digest(digests), each_digest(base), strict=True), first):
        length = BLOCK if number < last else block_length(number, size)
        zero = now == zero_digest(length)
        if now != before and count and zero == run_zero and number == begin + count:
            count += 1
        elif now != before:
            if count:
                yield begin, count, run_zero
            begin, count, run_zero = number, 1, zero
    if count:
        yield begin, count, run_zero
