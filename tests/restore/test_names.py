"""Names out of a guest: seen as they are, sent without harm (trust.md rows 3 and 5)."""

import pytest

from restore.names import archived, attachment, decoded_partition, visible


def test_a_name_that_reorders_itself_is_written_out() -> None:
    assert visible("exe\u202egpj.txt") == "exe⟨U+202E⟩gpj.txt"


def test_controls_and_broken_utf8_are_written_out() -> None:
    assert visible("a\r\nb\x1b[31m\ufffd") == "a⟨U+000D⟩⟨U+000A⟩b⟨U+001B⟩[31m⟨U+FFFD⟩"


@pytest.mark.parametrize(
    "name", ["über größe", "e\u0301", "報告書.pdf", "👩\u200d💻", "-rf *", 'a "b";c', "x" * 255]
)
def test_honest_names_are_shown_and_packed_unchanged(name: str) -> None:
    assert visible(name) == archived(name) == name


def test_a_partition_is_called_as_its_owner_calls_it() -> None:
    assert (
        decoded_partition(r"Partition 1 - web\x20data\xc3\xa9 (1.9 GB)") == "Partition 1 - web dataé (1.9 GB)"
    )


@pytest.mark.parametrize(
    ("name", "plain", "utf8"),
    [
        ("report.pdf", "report.pdf", "report.pdf"),
        ('a"b;c.txt', "a_b_c.txt", "a%22b%3Bc.txt"),
        ("é\r\nX-Evil: 1", "___X-Evil_ 1", "%C3%A9__X-Evil%3A%201"),
        ("exe\u202egpj", "exe_gpj", "exe_gpj"),
        ("..\\..\\x", ".._.._x", ".._.._x"),
        ("100%41", "100_41", "100%2541"),
    ],
)
def test_a_download_keeps_its_name_and_nothing_else(name: str, plain: str, utf8: str) -> None:
    assert attachment(name) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{utf8}"


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("..\\..\\evil.exe", ".._.._evil.exe"),
        ("C:evil", "C_evil"),
        ("NUL", "_NUL"),
        ("com1.txt", "_com1.txt"),
        ("..", "__"),
        ("console.log", "console.log"),
    ],
)
def test_a_name_in_a_zip_stays_where_it_is_unpacked(name: str, packed: str) -> None:
    assert archived(name) == packed
