"""Groovy's exceptions as Python sees them, and those that steps throw back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tlcci.errors import MachineError

ABORT = "hudson.AbortException"
INTERRUPTED = "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException"
MISSING_CONTEXT = "org.jenkinsci.plugins.workflow.steps.MissingContextVariableException"
CREDENTIAL_NOT_FOUND = (
    "org.jenkinsci.plugins.credentialsbinding.impl.CredentialNotFoundException"
)


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818 - it is the Groovy exception, not an error of ours
    """An exception of the program: *type* is its Java class.

    One that came from Groovy has a *handle* (the object stays in the JVM), its
    *chain* from the outside in and the *types* it extends. One that a step throws has
    none of these yet. *result*, *causes* and *actual* belong to interruptions.
    """

    type: str
    message: str | None = None
    handle: int | None = None
    chain: list[dict[str, Any]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    result: str | None = None
    causes: list[dict[str, Any]] = field(default_factory=list)
    actual: bool = True

    def __post_init__(self) -> None:
        """Let tracebacks of our own bugs show what it was."""
        super().__init__(f"{self.type}: {self.message}")

    @classmethod
    def from_wire(cls, facts: dict[str, Any]) -> Failure:
        """Return the failure that the JVM described."""
        return cls(
            facts["type"],
            facts.get("message"),
            facts.get("handle"),
            facts.get("chain", []),
            facts.get("types", []),
            facts.get("result"),
            facts.get("causes", []),
            facts.get("actual", True),
        )

    def to_wire(self) -> dict[str, Any]:
        """Return how the JVM is told to throw it."""
        if self.handle is not None:
            return {"rethrow": self.handle}
        raised: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.is_interruption:
            raised |= {"result": self.result, "causes": self.causes, "actual": self.actual}
        return {"raise": raised}

    @property
    def is_interruption(self) -> bool:
        """Return whether a step was ended from outside."""
        return self.type == INTERRUPTED

    @property
    def is_abort(self) -> bool:
        """Return whether the log needs the message only (`hudson.AbortException`)."""
        return self.type == ABORT or ABORT in self.types

    @property
    def build_result(self) -> str:
        """Return what the build's result becomes when nothing catches it."""
        return (self.result or "ABORTED") if self.is_interruption else "FAILURE"

    @property
    def line(self) -> int | None:
        """Return the line of the Jenkinsfile where it was thrown, where that is known."""
        return next((link["line"] for link in reversed(self.chain) if link.get("line")), None)

    def lines(self) -> list[str]:
        """Return what Jenkins prints of it: the innermost cause first."""
        if self.is_abort and (not self.chain or len(self.chain) == 1):
            return [f"ERROR: {'null' if self.message is None else self.message}"]
        printed: list[str] = []
        for place, link in enumerate(reversed(self.chain or [{"type": self.type}])):
            message = link.get("message", self.message)
            head = link["type"] if message is None else f"{link['type']}: {message}"
            if link.get("proxied"):
                head = f"hudson.remoting.ProxyException: {head}"
            printed += f"{'Caused: ' if place else ''}{head}".split("\n")
            printed += [f"\tat {frame}" for frame in link.get("frames", [])]
        return printed


def abort(message: str) -> Failure:
    """Return the failure that most steps fail with."""
    return Failure(ABORT, message)


def failure_of(error: MachineError | OSError) -> Failure:
    """Return what Groovy is told of a machine's fault, or of its file system's."""
    if isinstance(error, MachineError):
        return abort(error.message)
    where = f"{error.filename}: " if error.filename else ""
    return Failure("java.io.IOException", f"{where}{error.strerror or error}")


def illegal_argument(message: str) -> Failure:
    """Return the failure of a wrong argument."""
    return Failure("java.lang.IllegalArgumentException", message)


def interruption(
    text: str,
    *,
    result: str = "ABORTED",
    actual: bool = True,
    **facts: Any,  # noqa: ANN401
) -> Failure:
    """Return an interruption because of *text*; *facts* tell causes apart."""
    cause = {"text": text, "shortDescription": text, **facts}
    return Failure(
        INTERRUPTED,
        None,
        result=result,
        causes=[cause],
        actual=actual,
    )


def missing_node(surrounded: str, what: str) -> Failure:
    """Return the failure of a step that stands outside `node`."""
    return Failure(
        MISSING_CONTEXT,
        f"Required context class {what} is missing\n"
        f"Perhaps you forgot to surround the {surrounded} with a step that provides "
        "this, such as: node",
    )
