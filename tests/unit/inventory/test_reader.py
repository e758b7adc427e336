"""hosts.yaml read: what holds, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.errors import InputError, InvalidFileError
from tlcci.inventory import Host, Inventory, find_inventory, parse_inventory, read_inventory
from tlcci.inventory.document import MOST_BYTES

_CASES = Path(__file__).parents[2] / "cases/hosts"
_WORDS = st.sampled_from(
    (
        *("version: 1", "hosts:", "  a:", "  b: {jump: a}", "    labels: [x, y]", "- a"),
        *("aliases:", "  '*-S': '*'", "defaults: {jump: a, labels: l}", "    port: 22"),
        *("<<: *x", "&x", "*x", "!!map", "? [a]", "\t", "'", '"', "[", "{", "---", "x"),
        *("controller: {tls: }", "    env: {A: 0x1F, B: no}", "    executors: 1e9"),
        *("    java: {x: {}}", "aws: {pools: {p: }}"),
    )
)


def _read(text: str | bytes) -> Inventory:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_inventory(data, Path("hosts.yaml"))


def _references(text: str | bytes) -> list[str]:
    with pytest.raises(InvalidFileError) as caught:
        _read(text)
    return [fault.reference for fault in caught.value.faults]


@pytest.mark.parametrize("case", sorted(p.name for p in _CASES.iterdir()))
def test_every_fault_is_told_with_its_place(case: str) -> None:
    """Each folder of tests/cases/hosts holds a file and what is said of it."""
    data = (_CASES / case / "hosts.yaml").read_bytes()

    with pytest.raises(InvalidFileError) as caught:
        _read(data)

    expected = (_CASES / case / "expected.txt").read_text()
    assert expected == f"{caught.value}\n"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_inventory_or_an_input_error(data: bytes) -> None:
    """Nothing else is ever raised."""
    _tolerant(data)


@given(st.lists(_WORDS, max_size=12))
def test_any_lines_are_an_inventory_or_an_input_error(lines: list[str]) -> None:
    """Nor for what looks like the real thing."""
    _tolerant("\n".join(["version: 1", *lines]).encode())


def _tolerant(data: bytes) -> None:
    try:
        read = _read(data)
    except InputError as error:
        assert str(error).startswith("error ")  # noqa: PT017 - either way is right
    else:
        assert read.version == 1


def test_defaults_are_merged_into_each_host() -> None:
    """Labels and variables are added, others replaced; a bastion is reached directly."""
    lab = _read(
        "version: 1\n"
        "defaults: {user: ci, jump: b, labels: [linux], env: {A: 1, B: 010}}\n"
        "hosts:\n  b:\n  c: {user: me, labels: x linux, env: {A: yes}}\n"
    )

    first = Host("b", user="ci", labels=("linux",), env={"A": "1", "B": "010"})
    env = {"A": "yes", "B": "010"}
    second = Host("c", user="me", jump="b", labels=("linux", "x"), env=env)
    assert (first, second) == lab.hosts


def test_a_file_without_hosts_leaves_this_machine_and_no_aliases() -> None:
    """It may be there for the controller alone."""
    lab = _read("version: 1\nhosts:\n")

    assert ([("local", True)], {}) == (
        [(host.connection, "CPU" in host.labels) for host in lab.hosts],
        lab.aliases,
    )


def test_a_file_with_an_empty_mapping_of_hosts_has_none() -> None:
    """`{}` is said, nothing is not."""
    assert () == _read("version: 1\nhosts: {}").hosts


def test_nobody_is_reported_for_a_name_that_no_host_has() -> None:
    """A question, not an error."""
    assert _read("version: 1\nhosts: {a: }").host("b") is None


@pytest.mark.parametrize(
    ("atom", "label"),
    [("CPU", None), ("CPU-SPOT", "CPU"), ("OLD", "CPU"), ("-SPOT", None), ("x", None)],
)
def test_an_alias_stands_for_a_label_that_no_host_has(atom: str, label: str | None) -> None:
    """Patterns and chains of them; a host's own label needs none."""
    lab = Inventory(
        (Host("h", labels=("CPU",)),),
        aliases={"OLD": "OLDER", "OLDER": "CPU-SPOT", "*-SPOT": "*", "x": "x*"[:1]},
    )

    assert label == lab.resolve_alias(atom)


def test_an_alias_that_grows_for_ever_ends() -> None:
    """A mistake in a file is no endless loop."""
    assert Inventory((), aliases={"*": "a*"}).resolve_alias("x") is None


def test_the_text_of_a_huge_file_is_not_read() -> None:
    """A wrong path must not fill the memory."""
    assert ["file-too-large"] == _references(b" " * (MOST_BYTES + 1))


def test_deep_nesting_is_a_fault() -> None:
    """For block and flow style alike, however deep."""
    assert ["nested-too-deeply"] == _references("version: " + "[" * 100_000)


def test_aliases_that_multiply_are_stopped() -> None:
    """A small file that stands for a huge one."""
    env = "{" + ", ".join(f"V{i}: x" for i in range(1000)) + "}"
    hosts = "\n".join(f"  h{i}: *h" for i in range(1000))

    assert ["too-many-values"] == _references(
        f"version: 1\nhosts:\n  a: &h {{env: {env}}}\n{hosts}\n"
    )


def test_the_list_of_faults_has_an_end() -> None:
    """A hundred are enough to start with."""
    keys = "\n".join(f"k{i}: 1" for i in range(300))

    assert 100 == len(_references(keys))


def test_an_unreadable_file_is_an_input_error(tmp_path: Path) -> None:
    """A folder, a file that is not there, a path that cannot be."""
    for path in (tmp_path, tmp_path / "none.yaml", Path("a\0b")):
        with pytest.raises(InputError) as caught:
            read_inventory(path)

        assert "inventory-unreadable" == caught.value.reference


def test_the_inventory_is_looked_up_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The argument, the variable, the working folder, the XDG folder, this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TLCCI_INVENTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = [find_inventory().path]
    (tmp_path / "config/tlcci").mkdir(parents=True)
    paths = [tmp_path / "config/tlcci/hosts.yaml", Path("hosts.yaml"), Path("v"), Path("e")]
    for path in paths:
        path.write_text("version: 1")
    found.append(find_inventory(paths[3]).path)
    monkeypatch.setenv("TLCCI_INVENTORY", "v")
    found.append(find_inventory().path)
    monkeypatch.delenv("TLCCI_INVENTORY")
    found.append(find_inventory().path)
    paths[1].unlink()
    found.append(find_inventory().path)

    assert [None, paths[3], paths[2], paths[1], paths[0]] == found
