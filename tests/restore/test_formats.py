"""The two kinds of archive with very many members."""

import io
import zipfile
from collections.abc import Iterator
from typing import cast

import pytest

from restore.formats import WRITERS, Heads, Member, Sink, Writer, ZipWriter
from tests.restore.unpacked import contents

MANY = 70_000
"""More than the first form of a zip's table can count."""


def written(writer: Writer) -> Iterator[bytes]:
    for number in range(MANY):
        with writer.member(Member(f"folder/{number:06}", 6)) as write:
            write(f"{number:06}".encode())
        if writer.sink.size > 1 << 20:
            yield writer.sink.take(1 << 20)
    writer.close()
    while writer.sink.size:
        yield writer.sink.take(1 << 20)


@pytest.mark.parametrize("archive_format", WRITERS)
def test_an_archive_may_have_any_number_of_members(archive_format: str) -> None:
    writer = WRITERS[archive_format]()
    found = contents(b"".join(written(writer)), archive_format)
    assert found == {f"folder/{number:06}": f"{number:06}".encode() for number in range(MANY)}


def test_the_table_of_a_zip_lies_on_disk_once_it_is_long() -> None:
    writer = ZipWriter()
    packed = b"".join(written(writer))
    assert zipfile.ZipFile(io.BytesIO(packed)).testzip() is None
    files = writer.sink.file, cast("Heads", writer.zip.filelist).file
    assert [file._rolled for file in files] == [True, True]  # type: ignore[attr-defined]


def test_what_is_ready_comes_in_its_order_however_it_is_taken() -> None:
    sink, taken = Sink(), b""
    for number in range(100):
        sink.write(bytes([number]) * 70_000)
        if number % 7 == 0:
            taken += sink.take(300_000)
    while sink.size:
        taken += sink.take(1 << 20)
    assert taken == b"".join(bytes([number]) * 70_000 for number in range(100))
    sink.write(b"more")
    assert (sink.take(2), sink.take(9), sink.take(1)) == (b"mo", b"re", b"")
