"""This machine serves by what it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tlcci.inventory import Facts, Host, read_facts, this_machine

if TYPE_CHECKING:
    from pathlib import Path


def test_a_workstation_serves_its_architecture_and_classes() -> None:
    """And sizes of them by alias, never by a label of its own."""
    lab = this_machine(Facts("desk.example.org", "Linux", "x86_64", 32, has_gpu=True))

    labels = ("linux", "x86_64", "amd64", "CPU", "GPU")
    expected = (Host("desk", connection="local", executors=8, labels=labels),)
    asked = ("CPU-LARGE", "CPU-LARGE-SPOT", "GPU-SPOT", "ARM", "ARM-SPOT")
    served = [lab.resolve_alias(atom) for atom in asked]
    assert (expected, ["CPU", "CPU", "GPU", None, None]) == (lab.hosts, served)


def test_a_board_serves_arm_and_has_two_executors() -> None:
    """A name that cannot be a host's is replaced."""
    lab = this_machine(Facts("", "Linux", "aarch64", 4, has_gpu=False))

    labels = ("linux", "aarch64", "arm64", "CPU", "ARM")
    expected = (Host("localhost", connection="local", executors=2, labels=labels),)
    assert expected == lab.hosts


@pytest.mark.parametrize(
    ("program", "has_gpu"),
    [("echo 'GPU 0: H'", True), ("exit 9", False), ("echo no devices", False), (None, False)],
)
def test_a_gpu_counts_once_its_driver_answers(
    program: str | None,
    *,
    has_gpu: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device file alone proves nothing."""
    (tmp_path / "nvidia0").touch()
    if program:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{program}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))

    assert has_gpu == read_facts(tmp_path).has_gpu
