"""What the build of the package does with the interpreter's jars."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from build_hook import Jar, JarHashError, place_jars, read_pins

ROOT = Path(__file__).parents[2]


class Registry:
    """Hands out the jars that it holds, and remembers which were asked for."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.asked: list[str] = []

    def fetch(self, jar: Jar, work: Path) -> Path:
        """Put *jar* into *work*."""
        self.asked.append(jar.coordinates)
        fetched = work / "fetched.jar"
        fetched.write_bytes(self.contents[jar.coordinates])
        return fetched


def pin(coordinates: str, content: bytes) -> Jar:
    """Return the pin of a jar with *content*."""
    return Jar(coordinates, hashlib.sha256(content).hexdigest())


def test_a_jar_that_is_missing_is_brought(tmp_path: Path) -> None:
    """An empty folder gets what the pins name, under the artifact's name and version."""
    registry = Registry({"org.example:one:1.0": b"content"})

    came = place_jars([pin("org.example:one:1.0", b"content")], tmp_path, registry.fetch)

    assert ["one-1.0.jar"] == came
    assert b"content" == (tmp_path / "one-1.0.jar").read_bytes()


def test_a_jar_that_is_there_and_right_is_not_asked_for(tmp_path: Path) -> None:
    """A second build needs no network."""
    registry = Registry({})
    (tmp_path / "one-1.0.jar").write_bytes(b"content")

    place_jars([pin("org.example:one:1.0", b"content")], tmp_path, registry.fetch)

    assert [] == registry.asked


def test_a_jar_that_is_there_and_wrong_is_brought_again(tmp_path: Path) -> None:
    """Half a jar that a broken build left is no reason to fail."""
    registry = Registry({"org.example:one:1.0": b"content"})
    (tmp_path / "one-1.0.jar").write_bytes(b"cont")

    place_jars([pin("org.example:one:1.0", b"content")], tmp_path, registry.fetch)

    assert b"content" == (tmp_path / "one-1.0.jar").read_bytes()


def test_a_wrong_hash_stops_the_build(tmp_path: Path) -> None:
    """The error names both hashes, and nothing of the wrong jar stays."""
    registry = Registry({"org.example:one:1.0": b"something else"})
    wanted = pin("org.example:one:1.0", b"content")

    with pytest.raises(JarHashError) as raised:
        place_jars([wanted], tmp_path, registry.fetch)

    assert wanted.sha256 in str(raised.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(raised.value)
    assert [] == list(tmp_path.iterdir())


def test_a_jar_that_is_no_longer_pinned_goes(tmp_path: Path) -> None:
    """The class path is all of the folder, so an older version must not stay."""
    registry = Registry({"org.example:one:1.1": b"content"})
    (tmp_path / "one-1.0.jar").write_bytes(b"old")

    place_jars([pin("org.example:one:1.1", b"content")], tmp_path, registry.fetch)

    assert ["one-1.1.jar"] == [path.name for path in tmp_path.iterdir()]


def test_the_pins_are_four_jars_each_with_a_hash() -> None:
    """The data file names the interpreter and what it needs, by whole coordinates."""
    pins = read_pins(ROOT / "tlcci" / "engine" / "jars.toml")

    assert [
        "groovy-all-2.4.21.jar",
        "groovy-cps-1.31.jar",
        "groovy-sandbox-1.19.jar",
        "guava-11.0.1.jar",
    ] == [jar.name for jar in pins]
    assert {64} == {len(jar.sha256) for jar in pins}
