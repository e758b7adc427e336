"""The programs that shell texts and a checkout's scripts call."""

from __future__ import annotations

import pytest

from tlcci.check.programs import Programs

CASES = [
    ("a pipe", "aws x | grep y | cut -f1", {"aws", "grep", "cut"}),
    ("builtins", "set -eux; cd a && echo b", set()),
    ("a substitution", 'x="$(git log -1)"; test -n "$(id -u)"', {"git", "id"}),
    ("a group", "{ grep -v x || test 1; } | { xargs docker rmi || true; }", None),
    ("behind another", "timeout 5m git fetch", {"timeout", "git"}),
    ("a comment", "make # curl x\n", {"make"}),
    ("a here-document", "cat <<EOF\ncurl x\nEOF\nmake\n", {"make"}),
    ("single quotes", "grep 'a; rm b' c", {"grep"}),
    ("a function", "f() { curl x; }\nf\n", {"curl"}),
    ("a function by word", "function f {\n curl x\n}\nf\n", {"curl"}),
    ("a case", 'case "$1" in\n a) wget x ;;\n *) tar y ;;\nesac\nls\n', {"wget", "tar", "ls"}),
    ("a variable", 'D=docker\n"${D}" run x\n', {"docker"}),
    ("an array", "C=(${D} run x)\nD=docker\n${C[@]}\n", {"docker"}),
    ("a loop", 'for x in $(find .); do rm "$x"; done', {"find", "rm"}),
    ("a redirection", "tar x > wget 2>&1 < curl", {"tar"}),
    ("an assignment in front", "A=1 B=2 make", {"make"}),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_text_calls_these_programs(text: str, expected: set[str] | None) -> None:
    """The shell's grammar tells a command from a word."""
    programs = Programs(lambda _path: None)

    programs.add_shell(text, "")

    assert (expected if expected is not None else {"grep", "xargs", "docker"}) == {
        one.name for one in programs.needs()
    }


def _optional(text: str) -> set[str]:
    programs = Programs(lambda _path: None)
    programs.add_shell(text, "")
    return {one.name for one in programs.needs() if one.is_optional}


def test_a_program_that_is_asked_for_first_is_optional() -> None:
    """A script that looks for a program can do without it."""
    assert {"podman"} == _optional("if type podman >/dev/null; then podman ps; fi; make")


def test_a_program_whose_complaints_are_thrown_away_is_optional() -> None:
    """Nobody would see that it is not there."""
    assert {"nvidia-smi"} == _optional("nvidia-smi 2>/dev/null || echo none\nlscpu\n")


def test_scripts_are_followed_from_a_step_through_source_and_python() -> None:
    """A function that a sourced script defines passes its command on."""
    files = {
        "ci/retry.sh": 'retry() {\n  "$@" && break\n  sleep 3\n}\n',
        "ci/go.sh": '#!/usr/bin/env bash\n. "$(dirname "$0")/retry.sh"\nretry 3 curl x\n',
        "ci/put.py": (
            "#!/usr/bin/env python3\nimport subprocess\n\n\ndef git(command):\n"
            "    subprocess.run(['git'] + command)\n\n\ngit(['log'])\n"
            "subprocess.run('md5sum x', shell=True)\n"
        ),
    }
    programs = Programs(files.get)

    programs.add_shell("./ci/go.sh\npython3 ci/put.py\n", "")

    assert {"bash", "dirname", "sleep", "curl", "python3", "git", "sh", "md5sum"} == {
        one.name for one in programs.needs()
    }
    assert set(files) == set(programs.scripts)
