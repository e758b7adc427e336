"""Turning a model into a Python module, with runs of element-wise operations fused."""

from tinytvm.model import ELEMENTWISE, Model, Operation

_SCALAR = {"add": "({} + {})", "mul": "({} * {})", "relu": "max({}, 0.0)"}
_LOOP = "    {} = [[{} for {} in zip({}, strict=True)] for {} in zip({}, strict=True)]"


def compile_model(model: Model, *, fuse: bool) -> str:
    """Return the text of a module with `run(...)`, and without imports of ours."""
    lines = ['"""Compiled by tinytvm."""', "", "", f"def run({', '.join(model.inputs)}):"]
    lines.append('    """Return the output of the model."""')
    pending: dict[str, Operation] = {}
    for operation in model.operations:
        if operation.operator not in ELEMENTWISE:
            lines.append(_dot(operation))
            continue
        pending[operation.target] = operation
        if not fuse or _is_needed_whole(model, operation):
            lines.append(_loop(operation, pending))
            pending.clear()
    return "\n".join([*lines, "    return out", ""])


def _is_needed_whole(model: Model, operation: Operation) -> bool:
    """Tell whether a value must exist as a matrix: the output, or read by another kind."""
    readers = [later for later in model.operations if operation.target in later.arguments]
    return len(readers) != 1 or readers[0].operator not in ELEMENTWISE


def _dot(operation: Operation) -> str:
    a, b = operation.arguments
    element = "sum(x * y for x, y in zip(row, col, strict=True))"
    row = f"[{element} for col in zip(*{b}, strict=True)]"
    return f"    {operation.target} = [{row} for row in {a}]"


def _loop(operation: Operation, pending: dict[str, Operation]) -> str:
    sources: dict[str, str] = {}

    def element(name: str) -> str:
        if name in pending:
            inner = pending[name]
            return _SCALAR[inner.operator].format(*map(element, inner.arguments))
        return sources.setdefault(name, f"{name}_e")

    expression = element(operation.target)
    rows = [f"{name}_r" for name in sources]
    elements, names = list(sources.values()), list(sources)
    return _LOOP.format(
        operation.target,
        expression,
        _target(elements),
        ", ".join(rows),
        _target(rows),
        ", ".join(names),
    )


def _target(names: list[str]) -> str:
    return f"({', '.join(names)},)"
