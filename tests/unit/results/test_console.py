"""The console log and the logs of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.results.console import ConsoleLog
from tlcci.results.masks import Masker

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_is_on_the_console_at_once(tmp_path: Path) -> None:
    """`write_line` keeps nothing back."""
    console = ConsoleLog(tmp_path)

    console.write_line("[Pipeline] Start of Pipeline")

    assert b"[Pipeline] Start of Pipeline\n" == console.path.read_bytes()


def test_what_a_step_says_is_in_its_log_too(tmp_path: Path) -> None:
    """A line given with a step is in both files."""
    console = ConsoleLog(tmp_path)

    console.write_line("hello", step="7")

    assert b"hello\n" == (tmp_path / "log" / "7.txt").read_bytes()


def test_lines_of_parallel_steps_never_mix(tmp_path: Path) -> None:
    """Half a line waits until its other half came."""
    console = ConsoleLog(tmp_path)
    one, two = console.stream("1"), console.stream("2")

    one.feed(b"one-")
    two.feed(b"two-a\ntwo-")
    one.feed(b"a\n")
    two.feed(b"b\n")

    assert b"two-a\none-a\ntwo-b\n" == console.path.read_bytes()


def test_a_last_line_without_an_end_gets_one(tmp_path: Path) -> None:
    """The console goes on with a new line; the step's log stays as the step wrote it."""
    console = ConsoleLog(tmp_path)
    stream = console.stream("1")

    stream.feed(b"no newline at the end")
    stream.close()
    stream.close()
    console.write_line("next")

    assert b"no newline at the end\nnext\n" == console.path.read_bytes()
    assert b"no newline at the end" == stream.path.read_bytes()


def test_a_line_of_many_megabytes_is_not_kept_in_memory(tmp_path: Path) -> None:
    """A very long line is copied from the step's log once it ends."""
    console = ConsoleLog(tmp_path)
    long, other = console.stream("1"), console.stream("2")

    for _ in range(64):
        long.feed(b"x" * 100_000)
        other.feed(b"other\n")
    in_memory = len(long._tail)
    long.feed(b"!\nlast")
    long.close()

    assert in_memory == 0
    expected = b"other\n" * 64 + b"x" * 6_400_000 + b"!\nlast\n"
    assert expected == console.path.read_bytes()


def test_timestamps_stand_before_each_line(tmp_path: Path) -> None:
    """A prefix is put before every line, once a line however it comes."""
    console = ConsoleLog(tmp_path)
    stream = console.stream("1", prefix=lambda: b"[t] ")

    stream.feed(b"a\nb\nc")
    stream.feed(b"c\n\n" + b"d" * 50_000)
    stream.close()
    console.write_line("e\nf", prefix=lambda: b"[t] ")

    expected = b"[t] a\n[t] b\n[t] cc\n[t] \n[t] " + b"d" * 50_000 + b"\n[t] e\n[t] f\n"
    assert expected == console.path.read_bytes()


def test_a_secret_is_in_neither_file(tmp_path: Path) -> None:
    """A secret that two pieces share is hidden in both files."""
    console = ConsoleLog(tmp_path)
    masker = Masker(["s3cr3tValue!"])
    stream = console.stream("1", masker)

    stream.feed(b"a s3cr3t")
    stream.feed(b"Value! b\n")
    stream.feed(b"s3cr3tValue!")
    stream.close()
    console.write_line("direct s3cr3tValue!", masker=masker)

    assert b"a **** b\n****" == stream.path.read_bytes()
    assert b"a **** b\n****\ndirect ****\n" == console.path.read_bytes()


def test_a_watcher_sees_whole_lines(tmp_path: Path) -> None:
    """What reaches the console is told to the watcher, with its step."""
    seen: list[tuple[str | None, bytes]] = []
    console = ConsoleLog(tmp_path, lambda step, data: seen.append((step, data)))
    stream = console.stream("1")

    stream.feed(b"a\nb")
    stream.feed(b"b\n")
    console.write_line("c")

    assert [("1", b"a\n"), ("1", b"bb\n"), (None, b"c\n")] == seen


def test_a_step_id_names_no_other_folder(tmp_path: Path) -> None:
    """A step's id is a file name, never a path."""
    console = ConsoleLog(tmp_path)

    with pytest.raises(ValueError, match="not a step id"):
        console.stream("../x")


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=40))
def test_any_pieces_keep_their_bytes_and_lines(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[bool, bytes]]
) -> None:
    """Each step's log is what it wrote, and the console holds exactly the lines of both."""
    console = ConsoleLog(tmp_path_factory.mktemp("run"))
    streams = {False: console.stream("1"), True: console.stream("2")}
    wrote = {False: b"", True: b""}

    for which, piece in pieces:
        streams[which].feed(piece)
        wrote[which] += piece
    for stream in streams.values():
        stream.close()

    for which, stream in streams.items():
        assert wrote[which] == (stream.path.read_bytes() if wrote[which] else b"")
    expected = sorted(line for text in wrote.values() for line in text.split(b"\n") if line)
    assert expected == sorted(line for line in console.path.read_bytes().split(b"\n") if line)
