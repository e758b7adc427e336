"""The list of what a script may use is sorted, well formed and agrees with the recordings."""

from pathlib import Path

LIST = Path(__file__).parents[4] / "tlcci" / "engine" / "permitted_signatures.txt"
KINDS = {"method", "new", "staticMethod", "field", "staticField"}
DGM = "org.codehaus.groovy.runtime.DefaultGroovyMethods"


def sections() -> dict[str, list[str]]:
    """Return the members of each class, in the file's order."""
    found: dict[str, list[str]] = {}
    members: list[str] = []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            members = found.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            members.append(line)
    return found


def test_classes_and_members_are_sorted_and_unique() -> None:
    """A reader finds a signature by looking where it belongs, and twice is a mistake."""
    expected = {name: sorted(set(members)) for name, members in sorted(sections().items())}

    actual = sections()

    assert expected == actual
    assert list(expected) == list(actual)


def test_each_member_is_of_a_kind_that_jenkins_approves() -> None:
    """Anything but the five kinds would be read as nothing at all."""
    actual = {member.split()[0] for members in sections().values() for member in members}

    assert actual <= KINDS


def test_recorded_refusals_stay_refused() -> None:
    """Each of these was refused by the recorded Jenkins."""
    refused = [
        (DGM, "staticMethod combinations java.util.Collection"),
        (DGM, "staticMethod dropWhile java.util.List groovy.lang.Closure"),
        (DGM, "staticMethod getAt java.lang.Object java.lang.String"),
        (DGM, "staticMethod putAt java.lang.Object java.lang.String java.lang.Object"),
        (DGM, "staticMethod sum java.util.Collection java.lang.Object"),
        (DGM, "staticMethod takeWhile java.util.List groovy.lang.Closure"),
        ("groovy.lang.Binding", "method setVariable java.lang.String java.lang.Object"),
        ("groovy.util.XmlSlurper", "new"),
        ("java.io.File", "new java.lang.String"),
        ("java.lang.System", "staticField out"),
        ("java.util.LinkedHashMap", "new"),
    ]

    actual = [line for line in refused if line[1] in sections().get(line[0], [])]

    assert actual == []
