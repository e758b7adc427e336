"""`python -m tlcci.engine.prebuild`: compile the engine into the package being built.

And find the classes that a run loads, by running a program that uses what Jenkinsfiles
use: `class_archive` makes the class-data archive of them, whatever the JVM.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

from tlcci.engine.class_archive import CLASS_LIST
from tlcci.engine.classes import COMPILED, compile_engine, compiled_in, jars
from tlcci.engine.java import Java, find_java

_HERE = Path(__file__).parent
_PROGRAM = _HERE / "groovy" / "training.jenkinsfile"
_STEPS = ("node", "stage", "parallel", "withEnv", "sh", "timeout", "catchError")
_SYNC = ("echo", "error")
# What one Java has and another has not, and what only this program has.
_PASSING = re.compile(r"\$Proxy|\$\$Lambda|LambdaForm|WorkflowScript|/reflect/Generated|^[#@]")


def prebuild() -> None:
    """Leave the compiled engine, and nothing older, in the package's own folder."""
    COMPILED.mkdir(exist_ok=True)
    java = find_java()
    jar = compiled_in(COMPILED, java)
    if jar and CLASS_LIST.exists():
        return
    jar = compile_engine(java, COMPILED)
    for other in COMPILED.glob("engine-*.jar"):
        if other != jar:
            other.unlink()
    names = loaded_classes(java, jar)
    CLASS_LIST.write_text("".join(f"{name}\n" for name in names), "utf-8")


def loaded_classes(java: Java, jar: Path) -> list[str]:
    """Return the names of the classes that a run of the training program loads."""
    with tempfile.TemporaryDirectory() as work:
        listed = Path(work) / "classes"
        argv: list[str | Path] = [
            java.program,
            *java.flags,
            f"-XX:DumpLoadedClassList={listed}",
            "-cp",
            os.pathsep.join(map(str, [jar, *jars()])),
            "tlcci.Main",
            "/dev/stdin",
            "/dev/stdout",
        ]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as jvm:
            if jvm.stdin and jvm.stdout:
                _answer_all(jvm.stdin, jvm.stdout)
                jvm.stdin.close()
        lines = listed.read_text("utf-8").splitlines()
    return [line.split(" ", 1)[0] for line in lines if not _PASSING.search(line)]


def _answer_all(to_jvm: IO[bytes], from_jvm: IO[bytes]) -> None:
    """Let the training program run to its end; no step does anything but run its body."""

    def send(**message: object) -> None:
        to_jvm.write(json.dumps(message).encode() + b"\n")
        to_jvm.flush()

    steps = {name: {"sync": False, "listed": True} for name in _STEPS}
    steps |= {name: {"sync": True, "listed": True} for name in _SYNC}
    permitted = str(_HERE / "permitted_signatures.txt")
    facts = {"symbols": [], "globals": [], "sandbox": True, "approved": []}
    send(t="start", text=_PROGRAM.read_text("utf-8"), steps=steps, permitted=permitted, **facts)
    waiting: dict[int, int] = {}
    for line in from_jvm:
        message: dict[str, Any] = json.loads(line)
        kind = message["t"]
        if kind == "ask":
            send(t="answer", value=None)
        elif kind == "step" and '"closure"' in json.dumps(message["args"]):
            thread = len(waiting) + 1
            waiting[thread] = message["id"]
            send(t="body", id=message["id"], closure=0, args=[], thread=thread)
        elif kind == "step":
            send(t="resume", id=message["id"], value=None)
        elif kind == "done" and message["thread"]:
            send(t="resume", id=waiting[message["thread"]], body=message["thread"])
        elif kind != "ready":
            return


if __name__ == "__main__":
    prebuild()
