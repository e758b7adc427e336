"""hosts.example.yaml, the JSON schema and the rules say the same."""

from __future__ import annotations

import dataclasses
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tlcci.errors import InvalidFileError
from tlcci.inventory import (
    Aws,
    Controller,
    Host,
    Pool,
    export_schema,
    parse_inventory,
    read_inventory,
)
from tlcci.inventory.schema import HOSTS_YAML, Items, Record, Table

_TOP = Path(__file__).parents[3]
_EXAMPLE = _TOP / "hosts.example.yaml"
_MUTATIONS: dict[str, tuple[tuple[str, ...], object]] = {
    "an unknown key": (("hosts", "gpu-01", "lables"), ["GPU"]),
    "an unknown top key": (("host",), {}),
    "a port too high": (("hosts", "gpu-01", "port"), 70000),
    "a port as text": (("hosts", "gpu-01", "port"), "22"),
    "a label with a blank": (("hosts", "gpu-01", "labels"), ["a b"]),
    "a label with a dash first": (("hosts", "gpu-01", "labels"), "ok -b"),
    "labels as a mapping": (("hosts", "gpu-01", "labels"), {"GPU": 1}),
    "a mode that is none": (("hosts", "gpu-01", "mode"), "exlusive"),
    "an unsafe name": (("hosts", "../up"), {}),
    "a name of Jenkins' own": (("hosts", "built-in"), None),
    "a variable with a dash": (("hosts", "gpu-01", "env"), {"A-B": "x"}),
    "no address": (("hosts", "gpu-01", "address"), None),
    "a key that is none": (("hosts", "gpu-01", "host_key"), "ssh-dss AAAA"),
    "version 2": (("version",), 2),
    "two stars": (("aliases", "*-*"), "CPU"),
    "a pool without labels": (("aws", "pools", "more"), {"instance_types": ["c6a.large"]}),
    "a pool of nothing": (("aws", "pools", "more"), None),
    "a percentage of 101": (("aws", "pools", "cpu", "spot_percent"), 101),
    "half a machine": (("aws", "pools", "cpu", "max"), 0.5),
    "a role that is none": (("controller", "users", "x"), {"role": "root"}),
    "tls without a key": (("controller", "tls"), {"certificate": "/a"}),
    "hosts as a list": (("hosts",), ["a"]),
}
_VARIATIONS: dict[str, tuple[tuple[str, ...], object]] = {
    "nothing said of a host": (("hosts", "cpu-03"), None),
    "labels as words": (("hosts", "gpu-01", "labels"), " a  b "),
    "no labels": (("hosts", "gpu-01", "labels"), None),
    "no controller": (("controller",), None),
    "a number as a variable": (("hosts", "gpu-01", "env"), {"N": 1, "YES": True, "T": "x"}),
    "a fraction of a dollar": (("aws", "cap_per_day"), 0.5),
}


def _example(path: tuple[str, ...], value: object) -> dict[str, Any]:
    content: dict[str, Any] = deepcopy(yaml.safe_load(_EXAMPLE.read_text()))
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return content


def _keys(rule: object) -> dict[str, Any]:
    return dict(rule.keys) if isinstance(rule, Record) else {}


def test_the_example_is_read_and_agrees_with_the_schema() -> None:
    """What we show works."""
    inventory = read_inventory(_EXAMPLE)

    jsonschema.validate(yaml.safe_load(_EXAMPLE.read_text()), export_schema())
    expected = ["bastion", "this-laptop", "gpu-01", "board-01", "cpu-02"]
    assert expected == [host.name for host in inventory.hosts]


def _paths(rule: object, content: Any, at: str = "") -> set[str]:  # noqa: ANN401 - YAML
    """Return each key of *rule* that *content* never shows."""
    if isinstance(rule, Record):
        inner = [c for c in content if isinstance(c, dict)]
        missing = {f"{at}.{key}" for key in rule.keys if not any(key in c for c in inner)}
        for key, value in rule.keys.items():
            missing |= _paths(value, [c[key] for c in inner if key in c], f"{at}.{key}")
        return missing
    if isinstance(rule, Table):
        values = [v for c in content for v in c.values()]
        return _paths(rule.value, values, f"{at}.*")
    return set()


def test_the_example_shows_every_key() -> None:
    """Some host at least has each key of a host."""
    content = yaml.safe_load(_EXAMPLE.read_text())
    shown = [*content["hosts"].values(), content["defaults"]]
    merged = {key: value for host in shown if host for key, value in host.items()}
    content["hosts"] = {"all": merged}

    assert set() == _paths(HOSTS_YAML, [content])


def test_the_schema_file_for_editors_is_the_exported_one() -> None:
    """`tlcci explain schema > docs/reference/hosts.schema.json` makes it."""
    kept = json.loads((_TOP / "docs/reference/hosts.schema.json").read_text())

    assert export_schema() == kept
    assert "$schema=docs/reference/hosts.schema.json" in _EXAMPLE.read_text().splitlines()[0]


def test_the_schema_is_a_schema() -> None:
    """By the dialect that it names."""
    jsonschema.Draft202012Validator.check_schema(export_schema())


@pytest.mark.parametrize("fault", _MUTATIONS)
def test_a_fault_is_one_for_the_reader_and_for_the_schema(fault: str) -> None:
    """An editor marks what tlcci refuses."""
    content = _example(*_MUTATIONS[fault])

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, export_schema())
    with pytest.raises(InvalidFileError):
        parse_inventory(json.dumps(content).encode(), Path("hosts.yaml"))


@pytest.mark.parametrize("variation", _VARIATIONS)
def test_what_is_right_is_so_for_the_reader_and_for_the_schema(variation: str) -> None:
    """And the other way round."""
    content = _example(*_VARIATIONS[variation])

    jsonschema.validate(content, export_schema())
    inventory = parse_inventory(json.dumps(content).encode(), Path("hosts.yaml"))
    assert inventory.hosts


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (Host, ("hosts",)),
        (Controller, ("controller",)),
        (Aws, ("aws",)),
        (Pool, ("aws", "pools")),
    ],
)
def test_a_model_has_the_keys_of_its_rule(model: type, path: tuple[str, ...]) -> None:
    """So that a new key cannot be forgotten in one of the two."""
    rule: object = HOSTS_YAML
    for key in path:
        rule = _keys(rule)[key]
        rule = rule.value if isinstance(rule, Table) else rule
    fields = {field.name for field in dataclasses.fields(model)}

    assert not isinstance(rule, Items)
    assert set(_keys(rule)) == fields - {"name"} | ({"name"} & set(_keys(rule)))
