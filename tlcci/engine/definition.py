"""What a step is: its name, its parameters as data, and the function that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlcci.engine.failures import Failure, illegal_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REQUIRED = object()
_PRIMITIVE: dict[str, int | bool] = {"int": 0, "bool": False}  # Java has no "not given" here


@dataclass(frozen=True)
class Param:
    """A parameter: *kind* is str, bool, int, list, map or any; no default means required.

    *of* is what a list holds, as Java names it.
    """

    name: str
    kind: str = "str"
    default: Any = _REQUIRED
    of: str = "?"

    @property
    def is_required(self) -> bool:
        """Return whether a step cannot be without it."""
        return self.default is _REQUIRED


@dataclass(frozen=True)
class Step:
    """A step as Jenkinsfiles call it.

    *run* takes a `Call`; of a *sync* step it is a plain function that answers at once,
    else a coroutine function. *sole* names the parameter that may be given without its
    name; None where Jenkins allows none. *type_name* is Jenkins' class, for its messages.
    Jenkins lists its own steps where a name is unknown; ones of further plugins, and symbols
    that act as steps, are not *is_listed*. A step that *needs_node* names what it *lacks*
    without one; Jenkins does not know the name of an *is_symbol* one then.
    """

    name: str
    run: Callable[..., Any]
    params: tuple[Param, ...] = ()
    sole: str | None = None
    type_name: str = ""
    is_block: bool = False
    is_sync: bool = False
    needs_node: bool = False
    takes_any: bool = False
    is_listed: bool = True
    is_symbol: bool = False
    lacks: str = "hudson.FilePath"

    @property
    def called(self) -> str:
        """Return how a message names the step."""
        return "code" if self.is_symbol else f"{self.name} step"


def bind(step: Step, args: list[Any], warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the arguments of a call by name, closures apart.

    Raises the Failure that Jenkins' structs plugin fails with; unknown names are
    reported through *warn*, as Jenkins does.
    """
    given = named(step, args)
    if step.takes_any:
        return {**{p.name: p.default for p in step.params if not p.is_required}, **given}
    known = {param.name: param for param in step.params}
    unknown = [name for name in given if name not in known and name != "$class"]
    if unknown:
        warn(
            f"WARNING: Unknown parameter(s) found for class type '{step.type_name}': "
            + ",".join(unknown)
        )
    bound: dict[str, Any] = {}
    for param in step.params:
        if param.name not in given:
            if param.is_required and param.kind in _PRIMITIVE:
                bound[param.name] = _PRIMITIVE[param.kind]
                continue
            if param.is_required:
                raise not_instantiated(step, given)
            bound[param.name] = param.default
            continue
        value = given[param.name]
        if value is None and param.is_required and param.kind == "str":
            raise not_instantiated(step, given)
        bound[param.name] = _converted(step, param, value, given)
    return bound


def named(step: Step, args: list[Any]) -> dict[str, Any]:
    """Return what was given by name; the sole argument gets its name."""
    rest = [arg for arg in args if not (is_closure(arg) and step.is_block)]
    if step.takes_any and any(is_closure(arg) for arg in args):
        raise illegal_argument("Expected named arguments but got a closure")
    if not rest:
        return {}
    if len(rest) > 1:
        raise illegal_argument(f"Expected named arguments but got {render(rest)}")
    (only,) = rest
    if isinstance(only, dict) and "$x" not in only and not (step.sole and "$class" in only):
        return only
    sole = step.sole
    if sole is None:
        raise illegal_argument(f"Expected named arguments but got {render(only)}")
    return {sole: only}


def is_closure(value: object) -> bool:
    """Return whether *value* is a closure's stand-in."""
    return isinstance(value, dict) and value.get("$x") == "closure"


def not_instantiated(
    step: Step,
    given: Mapping[str, Any],
    why: str = "java.lang.reflect.InvocationTargetException",
) -> Failure:
    """Return the failure of arguments that the step's class refuses."""
    return illegal_argument(
        f"Could not instantiate {render(dict(given), braces=True)} for {step.type_name}: {why}"
    )


def _converted(
    step: Step,
    param: Param,
    value: Any,  # noqa: ANN401 - a JSON value
    given: Mapping[str, Any],
) -> Any:  # noqa: ANN401
    try:
        return _coerced(step, param, value)
    except _WrongTypeError as error:
        raise not_instantiated(step, given, f"java.lang.ClassCastException: {error}") from error


def _coerced(step: Step, param: Param, value: Any) -> Any:  # noqa: ANN401 - a JSON value
    if value is None or param.kind == "any":
        return value
    if param.kind == "str" and isinstance(value, str):
        return value
    if param.kind == "bool":
        return _boolean(step, param, value)
    if param.kind == "int":
        return _integer(step, param, value)
    if param.kind == "list":
        return _list(step, param, value)
    if param.kind == "map" and isinstance(value, dict):
        return value
    raise _wrong_type(step, param, value)


def _boolean(step: Step, param: Param, value: Any) -> bool:  # noqa: ANN401 - a JSON value
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"  # as Boolean.valueOf
    raise _wrong_type(step, param, value)


def _list(step: Step, param: Param, value: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    if not isinstance(value, list):
        raise _wrong_type(step, param, value)
    for item in value:
        if param.of == "java.lang.String" and not isinstance(item, str | None):
            raise _wrong_type(step, Param(param.name), item)
    return value


def _integer(step: Step, param: Param, value: Any) -> int:  # noqa: ANN401 - a JSON value
    if isinstance(value, bool):
        raise _wrong_type(step, param, value)
    if isinstance(value, int | float):
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit():
        return int(value)
    raise _wrong_type(step, param, value)


_JAVA = {"str": "class java.lang.String", "bool": "boolean", "int": "int", "map": "Map"}


class _WrongTypeError(Exception):
    """A value of another type than its parameter's."""


def _wrong_type(step: Step, param: Param, value: object) -> _WrongTypeError:
    wanted = f"java.util.List<{param.of}>" if param.kind == "list" else _JAVA[param.kind]
    return _WrongTypeError(
        f"{step.type_name}.{param.name} expects {wanted} but received {java_class(value)}"
    )


def java_class(value: object) -> str:
    """Return the Java class that *value* has over there, as a message names it."""
    if isinstance(value, bool):
        return "class java.lang.Boolean"
    if isinstance(value, int):
        return "class java.lang.Integer"
    if isinstance(value, str):
        return "class java.lang.String"
    if isinstance(value, dict) and value.get("$x") == "symbol":
        return "class org.jenkinsci.plugins.structs.describable.UninstantiatedDescribable"
    return (
        "class java.util.ArrayList"
        if isinstance(value, list)
        else "class java.util.LinkedHashMap"
    )


def render(value: object, *, braces: bool = False) -> str:
    """Return *value* as Java's `toString` gives it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if value.get("$x") == "symbol":
            inner = ",".join(f"{k}={render(v)}" for k, v in value["args"].items())
            return f"@{value['name']}({inner})"
        inner = ", ".join(f"{key}={render(item)}" for key, item in value.items())
        return f"{{{inner}}}" if braces or inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(render(item) for item in value) + "]"
    return str(value)
