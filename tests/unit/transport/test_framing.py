"""How a command crosses to a login shell, and how its output is cut out again."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.transport import Command
from tlcci.transport.framing import BOOTSTRAP, Framed, new_mark, wrap_command

SHELLS = ["sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh"]
POSIX_SHELLS = ["/bin/sh", "/bin/bash", "/usr/bin/busybox sh"]
STRANGE = "a b'c\"d$e`f\\g\\n!h*i\n\tj\u00e4\U0001f600%s"


def run_through(words: list[str], command: Command) -> tuple[Framed, bytes]:
    """Run *command* as *words* read its line, and return what came, cut and uncut."""
    mark = new_mark()
    done = subprocess.run(
        words,
        input=wrap_command(command, mark) + command.stdin,
        capture_output=True,
        start_new_session=True,
        timeout=30,
        check=False,
    )
    framed = Framed(mark)
    return framed, framed.feed(done.stdout)


@pytest.mark.parametrize("shell", SHELLS)
def test_any_login_shell_passes_a_command_on_unchanged(shell: str) -> None:
    """The login shell parses one constant line and nothing else."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    command = Command(("printf", "%s|%s", STRANGE, ""), env={"A": STRANGE}, cwd="/")

    framed, output = run_through([shell, "-c", BOOTSTRAP], command)

    assert (0, f"{STRANGE}|") == (framed.status, output.decode())


@pytest.mark.parametrize("shell", POSIX_SHELLS)
def test_any_posix_shell_runs_the_wrapper(shell: str) -> None:
    """dash, bash and BusyBox end a command alike, and give it its input."""
    if shutil.which(shell.split(maxsplit=1)[0]) is None:
        pytest.skip(f"{shell} is not installed")
    command = Command(
        script='cat; printf %s "$A"; kill -TERM $$', stdin=b"in ", env={"A": STRANGE}
    )
    bootstrap = BOOTSTRAP.replace("/bin/sh", shell)

    framed, output = run_through(["/bin/sh", "-c", bootstrap], command)

    assert (143, f"in {STRANGE}") == (framed.status, output.decode())


@given(
    st.binary(max_size=300), st.binary(max_size=300), st.lists(st.integers(0, 700), max_size=8)
)
def test_output_is_cut_alike_in_whatever_pieces_it_comes(
    noise: bytes, output: bytes, cuts: list[int]
) -> None:
    """No piece boundary, and nothing in the output, moves where the output ends."""
    mark = new_mark()
    start, end = f"\x01{mark} start 42\n".encode(), f"\x01{mark} end 3\n".encode()
    stream = noise + start + output + end + b"late"
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    framed = Framed(mark)

    pieces = [framed.feed(stream[a:b]) for a, b in itertools.pairwise(bounds)]

    assert output == b"".join(pieces)
    assert (noise, "start 42", 3) == (framed.noise, framed.word, framed.status)


def test_an_output_that_breaks_off_gives_all_that_came() -> None:
    """What looked like the beginning of the last mark was output after all."""
    framed = Framed("ab")

    given_out = framed.feed(b"\x01ab start 1\nout\x01a") + framed.rest()

    assert b"out\x01a" == given_out
