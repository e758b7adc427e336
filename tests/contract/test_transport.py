"""What every transport promises, held against each of them on a real machine."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tlcci.transport import Cancellation, Command, Ended, Transport
from tlcci.transport.errors import (
    FileUnreadableError,
    FileUnwritableError,
    WorkingFolderMissingError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRANGE = "a b'c\"d$e`f\\g\\n!h*i\n\tj\u00e4\U0001f600%s"


def eventually(holds: Callable[[], bool], *, within_s: float = 10) -> bool:
    """Return whether *holds* came true before the deadline."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(transport: Transport, pid: str) -> bool:
    """Return whether a process other than a zombie has the number *pid* there."""
    stat = transport.run(Command(("cat", f"/proc/{pid}/stat"))).text
    return stat != "" and not stat.rpartition(") ")[2].startswith("Z")


def test_a_command_gives_its_output_and_status(transport: Transport) -> None:
    """Output, errors and status arrive apart."""
    result = transport.run(Command(script="echo out; echo err >&2; exit 3"))

    assert (3, b"out\n", b"err\n") == (result.status, result.stdout, result.stderr)
    assert not result.ok


def test_words_arrive_as_they_were_given(transport: Transport) -> None:
    """No shell on the way reads quotes, dollars, backslashes, newlines or bangs."""
    result = transport.run(Command(("printf", "%s|", STRANGE, "", "-n", STRANGE)))

    assert f"{STRANGE}||-n|{STRANGE}|" == result.stdout.decode()


def test_a_script_is_run_by_a_posix_shell_as_it_was_written(transport: Transport) -> None:
    """Here-documents, quotes and comments in a script survive the way."""
    script = "cat <<'END' # !\n" + STRANGE + '\nEND\nfor i in 1 2; do echo "$i"; done'

    result = transport.run(Command(script=script))

    assert f"{STRANGE}\n1\n2\n" == result.stdout.decode()


def test_a_script_longer_than_an_argument_may_be_is_run(transport: Transport) -> None:
    """128 KiB, the kernel's limit of one argument, is no limit of a script."""
    script = f": {'x' * 300_000}\nread -r line\necho got $line"

    result = transport.run(Command(script=script, stdin=b"input\n"))

    assert b"got input\n" == result.stdout


def test_the_environment_is_laid_over_the_machines_own(transport: Transport) -> None:
    """A variable arrives with its exact value, and PATH is still there."""
    result = transport.run(
        Command(script='printf %s "$ODD"; [ -n "$PATH" ]', env={"ODD": STRANGE, "EMPTY": ""})
    )

    assert (0, STRANGE) == (result.status, result.stdout.decode())


def test_a_variable_that_no_shell_can_name_still_arrives(transport: Transport) -> None:
    """Jenkins lets a step set `a.b`, so a program has to see it."""
    result = transport.run(Command(("env",), env={"a.b": "x y"}))

    assert "a.b=x y" in result.text.splitlines()


def test_values_of_the_environment_are_in_no_argument(transport: Transport) -> None:
    """Who lists processes on the machine sees no secret."""
    secret = "hunter2" + "forty"
    script = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <\"$f\" 2>/dev/null; done"

    result = transport.run(Command(script=script, env={"TOKEN": secret}))

    assert secret.encode() not in result.stdout


def test_a_command_runs_in_the_folder_it_was_given(transport: Transport, scratch: str) -> None:
    """The folder may have any name."""
    folder = f"{scratch}/a b'$c"
    transport.run(Command(("mkdir", folder)))

    result = transport.run(Command(("pwd",), cwd=folder))

    assert folder == result.text


def test_a_missing_folder_is_an_error_that_names_it(transport: Transport) -> None:
    """Nothing is run in some other folder instead."""
    with pytest.raises(WorkingFolderMissingError, match="/not/there"):
        transport.run(Command(("touch", "/tmp/wrong"), cwd="/not/there"))  # noqa: S108


def test_a_missing_program_is_status_127(transport: Transport) -> None:
    """As in a shell, with the program's name in the errors."""
    result = transport.run(Command(("no-such-program", "x")))

    assert (127, None) == (result.status, result.signal)
    assert b"no-such-program" in result.stderr


def test_a_program_that_may_not_be_run_is_status_126(
    transport: Transport, scratch: str
) -> None:
    """As in a shell."""
    transport.put(b"#!/bin/sh\n", f"{scratch}/tool", mode=0o644)

    result = transport.run(Command((f"{scratch}/tool",)))

    assert 126 == result.status


def test_standard_input_arrives_whole_and_ends(transport: Transport) -> None:
    """Three megabytes of every byte, then the end."""
    data = bytes(range(256)) * 12_288

    result = transport.run(Command(("cat",), stdin=data))

    assert hashlib.sha256(data).digest() == hashlib.sha256(result.stdout).digest()


def test_standard_input_is_empty_unless_given(transport: Transport) -> None:
    """A program that reads never waits for a person."""
    result = transport.run(Command(("cat",), timeout_s=20))

    assert (0, b"") == (result.status, result.stdout)


def test_a_command_need_not_read_its_input(transport: Transport) -> None:
    """A closed pipe on the way in is no error."""
    result = transport.run(Command(("true",), stdin=b"x" * 4_000_000))

    assert 0 == result.status


def test_output_is_streamed_while_the_command_runs(transport: Transport) -> None:
    """A line is seen before the command that wrote it is over."""
    seen, go_on = threading.Event(), Cancellation()
    chunks: list[bytes] = []

    def take(chunk: bytes) -> None:
        chunks.append(chunk)
        seen.set()
        go_on.terminate()

    result = transport.run(Command(script="echo first; sleep 60"), on_stdout=take, cancel=go_on)

    assert (b"first\n", b"") == (b"".join(chunks), result.stdout)
    assert seen.is_set()


def test_output_comes_in_chunks_and_is_whole(transport: Transport) -> None:
    """Ten megabytes without a newline, no chunk over one megabyte."""
    sizes: list[int] = []

    transport.run(
        Command(("head", "-c", "10000000", "/dev/zero")),
        on_stdout=lambda c: sizes.append(len(c)),
    )

    assert 10_000_000 == sum(sizes)
    assert max(sizes) <= 1 << 20


def test_merged_errors_keep_their_place_in_the_output(transport: Transport) -> None:
    """Both streams come in the order they were written."""
    script = "for i in 1 2 3; do echo out$i; echo err$i >&2; done"

    result = transport.run(Command(script=script, merge=True))

    assert (b"out1\nerr1\nout2\nerr2\nout3\nerr3\n", b"") == (result.stdout, result.stderr)


@pytest.mark.parametrize("text", ["", "\n", "no newline", "\x01\x02", "two\n\n"])
def test_output_is_neither_longer_nor_shorter_than_written(
    transport: Transport, text: str
) -> None:
    """Whatever frames a transport puts around output, none of it shows."""
    result = transport.run(Command(("printf", "%s", text)))

    assert text.encode() == result.stdout


def test_a_signal_that_ends_a_command_is_named(transport: Transport) -> None:
    """The status is the shell's, 128 and the number."""
    result = transport.run(Command(script="kill -KILL $$"))

    assert (137, Ended.EXITED) == (result.status, result.ended)


def test_a_timeout_ends_the_whole_group(transport: Transport, scratch: str) -> None:
    """The child of the script ends too, and the result says why."""
    script = f"sleep 300 & echo $! > {scratch}/pid; wait"

    result = transport.run(Command(script=script, timeout_s=0.7))
    pid = transport.run(Command(("cat", f"{scratch}/pid"))).text

    assert Ended.TIMED_OUT is result.ended
    assert eventually(lambda: not is_alive(transport, pid))


def test_a_command_that_ignores_term_is_killed_after_its_grace(transport: Transport) -> None:
    """The grace is the command's own."""
    command = Command(script="trap '' TERM; sleep 300; sleep 300", timeout_s=0.5, grace_s=0.5)

    result = transport.run(command)

    assert (Ended.TIMED_OUT, True) == (result.ended, result.duration_s < 30)


def test_terminate_reaches_the_process_group_and_lets_it_clean_up(
    transport: Transport, scratch: str
) -> None:
    """A trap runs, its output arrives, and the grandchild is gone."""
    cancel = Cancellation()
    script = (
        "trap 'echo cleaned; exit 9' TERM\n"
        f"sh -c 'echo $$ > {scratch}/pid; exec sleep 300' &\n"
        f"while [ ! -s {scratch}/pid ]; do sleep 0.05; done; echo ready; wait"
    )

    def stop(chunk: bytes) -> None:
        if b"ready" in chunk:
            cancel.terminate()

    result = transport.run(Command(script=script), on_stdout=stop, cancel=cancel)
    pid = transport.run(Command(("cat", f"{scratch}/pid"))).text

    assert (9, Ended.CANCELLED) == (result.status, result.ended)
    assert eventually(lambda: not is_alive(transport, pid))


def test_kill_ends_what_ignores_everything(transport: Transport) -> None:
    """Nothing can hold on."""
    cancel = Cancellation()
    command = Command(script="trap '' TERM INT HUP; echo up; while :; do sleep 1; done")

    result = transport.run(command, on_stdout=lambda _: cancel.kill(), cancel=cancel)

    assert (137, "KILL", Ended.CANCELLED) == (result.status, result.signal, result.ended)


def test_a_command_cancelled_before_it_starts_is_not_started(
    transport: Transport, scratch: str
) -> None:
    """The end may come first."""
    cancel = Cancellation()
    cancel.terminate()

    result = transport.run(Command(("touch", f"{scratch}/ran")), cancel=cancel)
    ran = transport.run(Command(("test", "-e", f"{scratch}/ran"))).ok

    assert (Ended.CANCELLED, False) == (result.ended, ran)


def test_what_a_command_leaves_in_the_background_is_ended_with_it(
    transport: Transport,
) -> None:
    """Nothing is left running, and nobody waits for it."""
    result = transport.run(Command(script="sleep 300 & echo $!"))

    assert result.duration_s < 60
    assert eventually(lambda: not is_alive(transport, result.text))


def test_background_processes_are_kept_where_asked(transport: Transport, scratch: str) -> None:
    """A server that one step starts serves the next, and may go on writing."""
    script = f"(while :; do echo tick; echo x >> {scratch}/ticks; sleep 0.1; done) & echo $!"
    result = transport.run(Command(script=script, keep_background=True))
    pid = next(line for line in result.text.splitlines() if line != "tick")

    def is_ticking() -> bool:
        return len(transport.run(Command(("cat", f"{scratch}/ticks"))).stdout) > 6

    assert eventually(is_ticking)
    assert is_alive(transport, pid)
    transport.run(Command(("kill", "-KILL", "--", f"-{result.group}")))
    assert eventually(lambda: not is_alive(transport, pid))


def test_a_fault_in_a_callback_ends_the_command(transport: Transport, scratch: str) -> None:
    """The fault comes out as it is, and nothing is left running."""

    def fail(_: bytes) -> None:
        raise ZeroDivisionError

    script = f"echo $$ > {scratch}/pid; echo go; sleep 300"
    with pytest.raises(ZeroDivisionError):
        transport.run(Command(script=script), on_stdout=fail)
    pid = transport.run(Command(("cat", f"{scratch}/pid"))).text

    assert eventually(lambda: not is_alive(transport, pid))


def test_many_commands_run_side_by_side(transport: Transport) -> None:
    """Each gets its own output, more at once than one sshd session limit allows."""
    outputs: dict[int, str] = {}

    def run(number: int) -> None:
        outputs[number] = transport.run(
            Command(script=f"sleep 0.3; cat; echo {number}", stdin=b"in ")
        ).text

    threads = [threading.Thread(target=run, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: f"in {n}" for n in range(16)} == outputs


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_file_comes_back_as_it_was_put(transport: Transport, scratch: str, size: int) -> None:
    """Content, hash and mode are those given."""
    data, back = os.urandom(size), io.BytesIO()
    path = f"{scratch}/deep/er/a b'c"

    put = transport.put(data, path, mode=0o750)
    got = transport.get(path, back)
    mode = transport.run(Command(("stat", "-c", "%a", path))).text

    assert (data, "750") == (back.getvalue(), mode)
    assert hashlib.sha256(data).hexdigest() == put == got


def test_a_file_is_put_from_a_path_and_from_a_stream(
    transport: Transport, scratch: str, tmp_path: Path
) -> None:
    """A large file need not be in memory."""
    source = tmp_path / "source"
    source.write_bytes(b"from a path")
    transport.put(source, f"{scratch}/one")
    transport.put(io.BytesIO(b"from a stream"), f"{scratch}/two")

    result = transport.run(Command(("cat", f"{scratch}/one", f"{scratch}/two")))

    assert b"from a pathfrom a stream" == result.stdout


def test_putting_over_a_file_leaves_nothing_beside_it(
    transport: Transport, scratch: str
) -> None:
    """The old file is replaced in one piece."""
    transport.put(b"old", f"{scratch}/file")
    transport.put(b"new", f"{scratch}/file")

    result = transport.run(Command(script="ls -A; cat file", cwd=scratch))

    assert "file\nnew" == result.text


def test_a_put_that_cannot_be_written_leaves_the_old_file(
    transport: Transport, scratch: str
) -> None:
    """A folder in the way is named; what was there stays."""
    transport.run(Command(("mkdir", "-p", f"{scratch}/folder/inside")))

    with pytest.raises(FileUnwritableError, match="folder"):
        transport.put(b"new", f"{scratch}/folder")
    result = transport.run(Command(script="ls -A; ls -A folder", cwd=scratch))

    assert "folder\ninside" == result.text


def test_a_source_that_fails_half_way_leaves_the_old_file(
    transport: Transport, scratch: str
) -> None:
    """The source's own fault comes out, and no part of the new file is seen."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 100_000:
                raise InterruptedError
            return super().read(min(size or 50_000, 50_000))

    transport.put(b"old", f"{scratch}/file")

    with pytest.raises((InterruptedError, FileUnwritableError)):
        transport.put(Failing(bytes(200_000)), f"{scratch}/file")
    result = transport.run(Command(script="ls -A; cat file", cwd=scratch))

    assert "file\nold" == result.text


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_named(
    transport: Transport, scratch: str, name: str
) -> None:
    """A missing file and a folder are errors, not empty files."""
    with pytest.raises(FileUnreadableError, match="cannot be read"):
        transport.get(f"{scratch}/{name}", io.BytesIO())
