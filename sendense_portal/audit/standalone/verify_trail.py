#!/usr/bin/env python3
"""Checks an exported activity trail (JSON lines) without the portal: Python 3.9 or later, nothing else.

    python3 verify_trail.py activity.jsonl
    python3 verify_trail.py activity.jsonl --head 1204:9f86d081884c7d65…

Each line of an export is one entry. Its ``hash`` is SHA-256 over the UTF-8 bytes of a JSON object of the
entry's other fields, keys sorted, no spaces; one of these fields is the hash of the entry before it, so that
nothing can be changed, removed, inserted or moved without breaking the chain from there on. Somebody who
rewrites a chain from one entry to its end leaves no such break: that is what the heads are for which the
portal mails each day. Give as many as you have kept: ``--head SEQUENCE:HASH`` (in a file of several chains
``--head CHAIN:SEQUENCE:HASH``).

Exit status: 0 sound, 1 something is wrong, 2 the file or a head can't be read. A clock that was set back is
told and is no fault in itself: the chain shows the true order.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

GENESIS = "0" * 64
FIELDS = (
    "chain", "sequence", "at", "request_id", "tenant", "actor", "actor_name", "address", "action",
    "target_kind", "target_id", "target_name", "parameters", "outcome", "previous_hash",
)  # fmt: skip
MARK = "trail_export"
"""The key of an export's first line, which says what the file holds."""

Told = tuple[int, str, str]
"""Line (0: the file as a whole), chain, sentence."""


def entry_hash(record: dict[str, Any]) -> str:
    """Hex digest of an entry that has all of FIELDS."""
    fields = {name: record[name] for name in FIELDS}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Chain:
    """One chain, as its entries come by; what is wrong with it gathers in ``faults``."""

    def __init__(self, name: str, start: tuple[int, str], heads: dict[int, str], loose: bool) -> None:
        self.name = name
        self.start, self.heads, self.loose = start, dict(heads), loose
        self.expected = start[0] + 1
        self.hash: str | None = start[1]
        """What the next entry must name; None after one that was changed."""
        self.head = start[1]
        self.at = ""
        self.last = start[0]
        self.count = 0
        self.gaps: list[tuple[int, int, int]] = []
        """First and last missing sequence, and the line where that showed."""
        self.faults: list[Told] = []
        self.warnings: list[Told] = []

    def fault(self, line: int, sentence: str) -> None:
        self.faults.append((line, self.name, sentence))

    def take(self, line: int, record: dict[str, Any]) -> None:
        """The next entry of the file."""
        self.count += 1
        sequence: int = record["sequence"]
        is_true = entry_hash(record) == record["hash"]
        if not is_true:
            self.fault(line, f"entry {sequence} was changed after it was written")
            # Its own number can't be believed either: it stands for the entry that belongs here.
            sequence = sequence if self.loose else self.expected
        elif sequence < self.expected:
            self.misplaced(line, sequence)
            return
        elif sequence > self.expected and not self.loose:
            self.gaps.append((self.expected, sequence - 1, line))
        elif sequence == self.expected and self.hash is not None and record["previous_hash"] != self.hash:
            self.fault(
                line,
                f"entry {sequence} does not follow from entry {sequence - 1}: one of the two was rewritten",
            )
        if self.at and record["at"] < self.at:
            self.warnings.append(
                (line, self.name, f"entry {sequence} is dated before the entry before it: a clock set back")
            )
        wanted = self.heads.pop(sequence, None)
        if wanted is not None and wanted != record["hash"]:
            self.fault(line, f"entry {sequence} is not the one whose head was kept: history was rewritten")
        self.expected, self.hash = sequence + 1, record["hash"] if is_true else None
        self.at, self.last, self.head = record["at"], sequence, record["hash"]

    def misplaced(self, line: int, sequence: int) -> None:
        """A sound entry that comes after later ones."""
        for index, (first, last, noticed) in enumerate(self.gaps):
            if first <= sequence <= last:
                rest = [(first, sequence - 1, noticed), (sequence + 1, last, noticed)]
                self.gaps[index : index + 1] = [gap for gap in rest if gap[0] <= gap[1]]
                self.fault(noticed, f"the entry here stands before entry {sequence}, which is on line {line}")
                self.fault(line, f"entry {sequence} stands in the wrong place, after entry {self.last}")
                return
        self.fault(line, f"entry {sequence} stands here a second time or was put in")

    def end(self) -> None:
        """Once the file has ended: what is still missing."""
        for first, last, line in self.gaps:
            what = f"entry {first} is" if first == last else f"entries {first} to {last} are"
            self.fault(line, f"{what} missing before this line")
        for sequence in sorted(self.heads):
            if sequence > self.last:
                self.fault(0, f"entries {self.last + 1} to {sequence} are missing at the end")
            elif sequence > self.start[0]:
                self.fault(0, f"entry {sequence}, whose head was kept, is missing")
            elif sequence == self.start[0] and self.heads[sequence] != self.start[1]:
                self.fault(0, f"the file does not begin after the entry {sequence} whose head was kept")


class Trail:
    """A file of one chain or several, and what was found in it."""

    def __init__(self, heads: list[tuple[str, int, str]], part: bool) -> None:
        self.wanted = heads
        self.part = part
        self.head: dict[str, Any] = {}
        self.chains: dict[str, Chain] = {}
        self.faults: list[Told] = []
        self.notes: list[str] = []

    def read(self, lines: Iterable[str]) -> None:
        """Goes through the whole file; memory does not grow with it."""
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            record = parsed(text)
            if isinstance(record, dict) and MARK in record:
                self.head = record if number == 1 else self.head
            elif isinstance(record, str):
                self.faults.append((number, "", record))
            else:
                self.chain_of(record).take(number, record)
        for name in {*self.own_heads(), *(name for name, _, _ in self.wanted if name)} - self.chains.keys():
            self.chains[name] = Chain(name, self.start_of(name, None), self.heads_of(name), self.loose)
        for chain in self.chains.values():
            chain.end()
        if self.loose:
            self.notes.append(
                "The file is filtered: each entry was checked by itself; missing ones can't be told."
            )

    @property
    def loose(self) -> bool:
        """Gaps are no fault in a file that says it is filtered."""
        return bool(self.head.get("filtered"))

    def own_heads(self) -> dict[str, list[Any]]:
        """What the file itself says of its ends."""
        heads: dict[str, list[Any]] = {} if self.loose else self.head.get("heads") or {}
        return heads

    def chain_of(self, record: dict[str, Any]) -> Chain:
        """The chain that an entry belongs to, begun if it is the first of it."""
        name = record["chain"]
        if name not in self.chains:
            start = self.start_of(name, record)
            self.chains[name] = Chain(name, start, self.heads_of(name), self.loose)
        return self.chains[name]

    def start_of(self, name: str, first: dict[str, Any] | None) -> tuple[int, str]:
        """Number and hash of the entry before the first: none, a checkpoint, or wherever a part begins."""
        begins = (self.head.get("begins") or {}).get(name)
        if begins:
            self.notes.append(f"{name}: the entries up to {begins[0]} were trimmed and are not in the file.")
            return int(begins[0]), str(begins[1])
        if self.part and first and first["sequence"] > 1:
            self.notes.append(f"{name}: begins at entry {first['sequence']}; what was before can't be told.")
            return first["sequence"] - 1, first["previous_hash"]
        return 0, GENESIS

    def heads_of(self, name: str) -> dict[int, str]:
        """The heads to be met: those given, and the one the file itself names."""
        heads = {sequence: digest for chain, sequence, digest in self.wanted if chain in ("", name)}
        if name in self.own_heads():
            sequence, digest = self.own_heads()[name]
            heads.setdefault(int(sequence), str(digest))
        return heads

    def all_faults(self) -> list[Told]:
        """In the order of the file."""
        found = self.faults + [fault for chain in self.chains.values() for fault in chain.faults]
        return sorted(found, key=lambda told: (told[0] == 0, told[0]))


def parsed(text: str) -> Any:
    """An entry, the line that describes the file, or a sentence about what is wrong with the line."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return "this line is not JSON: it was changed or cut"
    if isinstance(record, dict) and MARK in record:
        return record if is_head(record) else "the line that describes the file can't be read"
    if not isinstance(record, dict) or not all(name in record for name in (*FIELDS, "hash")):
        return "this line is no entry: fields are missing"
    plain = isinstance(record["sequence"], int) and all(
        isinstance(record[name], str) for name in ("chain", "at", "hash", "previous_hash")
    )
    return record if plain else "this line is no entry: a field has the wrong type"


def is_head(record: dict[str, Any]) -> bool:
    """Whether the places it names are a number and a hash each."""
    named = [record.get("heads") or {}, record.get("begins") or {}]
    return all(isinstance(places, dict) for places in named) and all(
        isinstance(place, list)
        and len(place) == 2
        and isinstance(place[0], int)
        and isinstance(place[1], str)
        for places in named
        for place in places.values()
    )


def head_from(text: str) -> tuple[str, int, str]:
    """``[CHAIN:]SEQUENCE:HASH``."""
    *chain, sequence, digest = text.strip().split(":")
    if len(digest) != 64 or not sequence.isdigit() or len(chain) > 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not SEQUENCE:HASH")
    return (chain[0] if chain else ""), int(sequence), digest.lower()


def report(trail: Trail, out: TextIO) -> int:
    """Says what was found; returns the exit status."""
    warnings = [told for chain in trail.chains.values() for told in chain.warnings]
    faults = trail.all_faults()
    several = len(trail.chains) > 1
    for kind, tellings in (("WRONG", faults), ("note", warnings)):
        for line, chain, sentence in tellings:
            where = f"line {line}: " if line else ""
            print(f"{kind}  {chain + ': ' if several and chain else ''}{where}{sentence}", file=out)
    for note in trail.notes:
        print(f"note  {note}", file=out)
    for each in trail.chains.values():
        print(f"      chain {each.name}: {each.count} entries, head {each.last}:{each.head}", file=out)
    print("NOT SOUND" if faults else "SOUND", file=out)
    return 1 if faults else 0


def opened(path: str) -> Iterator[str]:
    """Lines of a file, or of the standard input for "-"; split at line feeds alone, as they were written."""
    if path == "-":
        yield from sys.stdin
        return
    with Path(path).open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        yield from file


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description="Checks an exported activity trail (JSON lines).")
    parser.add_argument("file", help="the export; - for the standard input")
    parser.add_argument(
        "--head", action="append", default=[], type=head_from, metavar="[CHAIN:]SEQUENCE:HASH",
        help="a head that was kept, from a daily mail; may be given several times",
    )  # fmt: skip
    parser.add_argument("--part", action="store_true", help="the file may begin in mid-chain")
    options = parser.parse_args(arguments)
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    trail = Trail(options.head, options.part)
    try:
        trail.read(opened(options.file))
    except OSError as error:
        sys.stderr.write(f"{options.file} can't be read: {error.strerror}\n")
        return 2
    if not trail.chains and not trail.faults:
        sys.stderr.write("The file holds no entries.\n")
        return 2
    return report(trail, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
