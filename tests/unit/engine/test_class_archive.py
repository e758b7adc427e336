"""The class-data archive: made once, whole, by one process, and never needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tlcci.engine.class_archive import CLASS_LIST, ClassArchive
from tlcci.engine.classes import JARS, engine_jar, jars
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import Java, find_java
from tlcci.engine.jvm import Jvm

pytestmark = pytest.mark.jvm


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Java:
    """Return the Java of this machine, with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if not CLASS_LIST.exists():
        pytest.skip(str(JarsMissingError(str(JARS))))
    try:
        return find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))


def archive_of(java: Java) -> ClassArchive:
    """Return the archive of the engine."""
    return ClassArchive(java, [engine_jar(java), *jars()])


def first_word(jvm: Jvm) -> bytes:
    """Return the beginning of what *jvm* says first, and let it go."""
    said = os.read(jvm.reader, 12)
    jvm.close()
    jvm.process.wait()
    return said


def left_in(folder: Path) -> list[str]:
    """Return the suffixes of the files that the making left."""
    return sorted(path.suffix for path in folder.iterdir())


def test_it_is_made_once_and_in_one_piece(java: Java) -> None:
    """After `finish` there is the archive and the lock's file, and no half of anything."""
    archive = archive_of(java)

    archive.make()
    archive.finish()

    assert [".jsa", ".lock"] == left_in(archive.path.parent)


def test_a_jvm_that_has_it_uses_it(java: Java) -> None:
    """The next JVM is started with it."""
    archive = archive_of(java)
    archive.make()
    archive.finish()

    jvm = Jvm()

    assert [f"-XX:SharedArchiveFile={archive.path}"] == jvm.archive.flags
    assert b'{"t":"ready"' == first_word(jvm)


def test_a_jvm_that_refuses_it_runs_without(java: Java) -> None:
    """What is no archive costs time only."""
    path = archive_of(java).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"this is no archive")

    assert b'{"t":"ready"' == first_word(Jvm())


def test_one_process_makes_it_at_a_time(java: Java) -> None:
    """A second run leaves it to the first, and takes over when the first gave up."""
    first, second = archive_of(java), archive_of(java)
    first.make()

    second.make()
    second.finish()
    first.give_up()

    assert [".lock"] == left_in(first.path.parent)
    second.make()
    second.finish()
    assert second.path.exists()


def test_giving_up_leaves_no_process(java: Java) -> None:
    """A run that is killed with Ctrl-C takes the maker with it."""
    archive = archive_of(java)
    archive.make()
    maker = archive._maker
    assert maker is not None

    archive.give_up()

    assert not Path(f"/proc/{maker.pid}").exists()


def test_a_cache_that_cannot_be_written_is_no_fault(
    java: Java, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on without an archive."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    archive = archive_of(java)

    archive.make()
    archive.finish()

    assert [] == archive.flags
