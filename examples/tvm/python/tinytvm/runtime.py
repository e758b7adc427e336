"""Running a model operation by operation: slow, plain, and what compiled code is held to."""

from tinytvm.model import Model

Matrix = list[list[float]]

SCALAR = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "relu": lambda a: max(a, 0.0),
}


def dot(a: Matrix, b: Matrix) -> Matrix:
    """Return the matrix product of *a* and *b*."""
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, col, strict=True)) for col in columns] for row in a]


def elementwise(operator: str, *matrices: Matrix) -> Matrix:
    """Return *operator* applied to matrices of one shape, element by element."""
    scalar = SCALAR[operator]
    return [
        [scalar(*elements) for elements in zip(*rows, strict=True)]
        for rows in zip(*matrices, strict=True)
    ]


def evaluate(model: Model, values: dict[str, Matrix]) -> Matrix:
    """Return the model's output for these inputs."""
    known = dict(values)
    for operation in model.operations:
        arguments = [known[name] for name in operation.arguments]
        if operation.operator == "dot":
            known[operation.target] = dot(*arguments)
        else:
            known[operation.target] = elementwise(operation.operator, *arguments)
    return known["out"]
