"""Reading a model: `input a b`, then one operation a line, the last one named `out`."""

import re
from dataclasses import dataclass

ELEMENTWISE = {"add": 2, "mul": 2, "relu": 1}
OPERATORS = {**ELEMENTWISE, "dot": 2}
_OPERATION = re.compile(r"(\w+)\s*=\s*(\w+)\(([\w\s,]*)\)")


class ModelError(ValueError):
    """A model's text cannot be read; the message names the line."""


@dataclass(frozen=True)
class Operation:
    """One line of a model: `target = operator(arguments)`."""

    target: str
    operator: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """The inputs and the operations in order."""

    inputs: tuple[str, ...]
    operations: tuple[Operation, ...]


def read_model(text: str) -> Model:
    """Return the model in *text*; raises `ModelError` with the line's number."""
    inputs: tuple[str, ...] = ()
    operations: list[Operation] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content.startswith("input "):
            inputs += tuple(content.split()[1:])
        elif content:
            known = {*inputs, *(operation.target for operation in operations)}
            operations.append(_read_operation(content, known, number))
    if not operations or operations[-1].target != "out":
        raise ModelError("the last operation of a model is named out")
    return Model(inputs, tuple(operations))


def _read_operation(content: str, known: set[str], number: int) -> Operation:
    match = _OPERATION.fullmatch(content)
    if not match or match[2] not in OPERATORS:
        raise ModelError(f"line {number}: not an operation: {content}")
    arguments = tuple(name.strip() for name in match[3].split(","))
    if len(arguments) != OPERATORS[match[2]]:
        raise ModelError(f"line {number}: {match[2]} takes {OPERATORS[match[2]]} arguments")
    for name in arguments:
        if name not in known:
            raise ModelError(f"line {number}: {name} has no value yet")
    return Operation(match[1], match[2], arguments)
