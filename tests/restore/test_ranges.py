"""The Range header, as RFC 9110 has it."""

import pytest

from restore.ranges import ByteRange, Unsatisfiable, requested


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=10-", 10, 1000),
        ("bytes=-10", 990, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes=990-5000", 990, 1000),
        ("bytes= 5 - 6", 5, 7),
    ],
)
def test_one_range_is_understood(header: str, start: int, stop: int) -> None:
    assert requested(header, 1000) == ByteRange(start, stop)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=x-y",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_anything_else_means_the_whole_file(header: str) -> None:
    assert requested(header, 1000) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=1000-", 1000), ("bytes=-0", 1000), ("bytes=0-", 0)])
def test_bytes_that_do_not_exist_are_refused(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        requested(header, size)
