"""What must be there from outside: machines, settings, secrets, images, programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.check.drift import CHECKOUT, Place
from tlcci.check.drift.settings import JENKINS_OWN
from tlcci.check.page.picture import named
from tlcci.check.page.words import code, link, links, plain, spoken, table
from tlcci.check.policy import line_of_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.needs import Needs

_MOST_STAGES = 4


def outside(asked: Asked) -> list[str]:
    """Return a section for each kind of thing that the Jenkinsfiles need from outside."""
    sections = {
        "Machines": _machines(asked),
        "Parameters": _parameters(asked),
        "Variables": _variables(asked),
        "Credentials": _credentials(asked),
        "Images": _images(asked),
        "Files kept between stages and builds": _files(asked),
        "Programs on the machines": _programs(asked),
        "Approvals": _approvals(asked),
    }
    lines = ["## What must be there for it to run", ""]
    for title, section in sections.items():
        body = list(section)
        lines += [f"### {title}", "", *(body or ["None is needed.", ""])]
    return lines


def _machines(asked: Asked) -> Iterator[str]:
    found: dict[str, list[tuple[Needs, int]]] = {}
    for needs in asked.needs:
        for number, label in enumerate(needs.labels):
            found.setdefault(label.expr, []).append((needs, number))
    rows = []
    for name, uses in found.items():
        labels = [(needs, needs.labels[number]) for needs, number in uses]
        stages = [stage for _, one in labels for stage in one.stages]
        is_fallback = all(one.is_fallback_only for _, one in labels)
        places = [Place(CHECKOUT, n.path, line) for n, one in labels for line in one.lines]
        is_late = any(one.value and line_of_answer(one.value) for _, one in labels)
        is_both = not is_fallback and any(one.fallback for _, one in labels)
        asked_as = "fallback" if is_fallback else "first choice"
        asked_as += " and fallback" if is_both else ""
        row = (
            code(name) if name else named(name),
            "decided when it runs" if is_late else asked_as,
            _stages(stages),
        )
        rows.append((*row, links(places)))
    if rows:
        yield "Each label needs a machine; a stage whose label no machine has waits for ever."
        yield "A fallback is asked for when a machine of the first choice goes away."
        yield ""
    yield from table(("label", "asked for as", "by the stages", "where"), rows)


def _stages(names: Iterable[str]) -> str:
    unique = [one for one in dict.fromkeys(names) if one]
    more = len(unique) - _MOST_STAGES
    shown = [plain(one.replace("/", " / ")) for one in unique[:_MOST_STAGES]]
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") or "around the stages"


def _parameters(asked: Asked) -> Iterator[str]:
    values: dict[str, object] = {}
    for needs in asked.needs:
        values.update(needs.parameters)
    rows = [
        (
            code(name),
            "empty" if values[name] in {"", None} else code(str(values[name])),
            links(asked.mentions(name)),
        )
        for name in asked.parameters()
    ]
    if rows:
        yield "Whoever starts a build by hand may set these."
        yield ""
    yield from table(("parameter", "default", "where"), rows)


def _variables(asked: Asked) -> Iterator[str]:
    compared: dict[str, list[str]] = {}
    for needs in asked.needs:
        for one in needs.compared:
            compared.setdefault(one.name, []).append(one.value)
    names = {one for needs in asked.needs for one in needs.env_read}
    own = sorted(name for name in names if JENKINS_OWN.fullmatch(name))
    rows = [
        (code(name), _values(compared.get(name, [])), links(asked.mentions(name)))
        for name in sorted(names - set(own))
    ]
    if rows:
        yield "The controller sets these for every build, or what they switch on is off."
        yield ""
    yield from table(("variable", "is compared with", "where"), rows)
    if own:
        places = [place for name in own for place in asked.mentions(name)[:1]]
        yield f"Jenkins itself sets {spoken([*map(code, own)])} {link(places)}."
        yield ""


def _values(values: list[str]) -> str:
    return spoken([code(one) for one in dict.fromkeys(values)]) or "nothing"


def _credentials(asked: Asked) -> Iterator[str]:
    rows = []
    for name, (first, _) in asked.credentials().items():
        all_of = [(n.path, one) for n in asked.needs for one in n.credentials if one.id == name]
        places = [Place(CHECKOUT, path, line) for path, one in all_of for line in one.lines]
        stages = [stage for _, one in all_of for stage in one.stages]
        variables = spoken([*map(code, first.variables)])
        rows.append((code(name), first.kind, variables, _stages(stages), links(places)))
    if rows:
        yield "The controller keeps these secrets; stages see them as variables, for a moment."
        yield ""
    yield from table(("credential", "kind", "as the variable", "in the stages", "where"), rows)


def _images(asked: Asked) -> Iterator[str]:
    rows = []
    for one in asked.images():
        uses = [
            (needs.path, image)
            for needs in asked.needs
            for image in needs.images
            if image.name == one.name
        ]
        tags = [image.tag for _, image in uses if image.tag]
        which = code(tags[0]) if tags else _decided(asked, one.name, [path for path, _ in uses])
        places = [Place(CHECKOUT, path, line) for path, image in uses for line in image.lines]
        stages = [stage for _, image in uses for stage in image.stages]
        rows.append((code(one.name), which, _stages(stages), links(places)))
    if rows:
        yield "Work is done in containers of these images."
        yield ""
    yield from table(("image", "which one", "in the stages", "where"), rows)


def _decided(asked: Asked, name: str, paths: list[str]) -> str:
    """Return where the image in the variable *name* is decided, as far as it is said."""
    made = asked.assigned(name, paths)
    default = asked.settings(name)
    text = f"decided while it runs {link([made] if made else [])}".strip()
    return f"{text}; by default the one of {links([default])}" if default else text


def _files(asked: Asked) -> Iterator[str]:
    for one in asked.buckets():
        yield f"- The S3 bucket {code(one.name)} is used {link(asked.mentions(one.name))}."
    for needs in asked.needs:
        for stash in needs.stashes:
            left = _stages(stash.stashed)
            acts = [act for stage in needs.course for act in stage.acts]
            lines = [act.line for act in acts if act.what == f"stash `{stash.name}`"]
            place = Place(CHECKOUT, needs.path, lines[0] if lines else 1)
            text = f"- {left} leaves {code(stash.name)} for {_stages(stash.unstashed)}"
            yield f"{text} {link([place])}."
    if asked.buckets() or any(needs.stashes for needs in asked.needs):
        yield ""


def _programs(asked: Asked) -> Iterator[str]:
    callers: dict[str, dict[str, None]] = {}
    is_optional: dict[str, bool] = {}
    for needs in asked.needs:
        for one in needs.programs:
            paths = [caller or needs.path for caller in one.callers]
            callers.setdefault(one.name, {}).update(dict.fromkeys(paths))
            is_optional[one.name] = is_optional.get(one.name, True) and one.is_optional
    rows = []
    for name, by in sorted(callers.items()):
        places = [_call(asked, name, path) for path in by]
        can_do_without = "used where it is there" if is_optional[name] else "needed"
        rows.append((code(name), can_do_without, links(places)))
    if rows:
        yield "Outside of containers, on the machine itself, these are called."
        yield ""
    yield from table(("program", "is", "called, for example, at"), rows)


def _call(asked: Asked, name: str, path: str) -> Place:
    """Return the line of *path* that calls *name*, or of a script that is read into it."""
    found = asked.mention(name, [path]) or asked.mention(name, asked.scripts or [path])
    return found or Place(CHECKOUT, path)


def _approvals(asked: Asked) -> Iterator[str]:
    found: dict[str, list[Place]] = {}
    said: dict[str, dict[str, None]] = {}
    for needs in asked.needs:
        for one in needs.approvals:
            found.setdefault(one.signature, []).append(
                Place(CHECKOUT, needs.path, one.line or 1)
            )
            said.setdefault(one.signature, {}).update(dict.fromkeys(one.expressions))
    rows = [
        (code(signature), spoken([*map(code, said[signature])], "or"), links(places))
        for signature, places in found.items()
    ]
    if rows:
        yield "Jenkins' sandbox refuses these until an administrator approves them, one by one."
        yield ""
    yield from table(("signature", "as the Jenkinsfile says it", "where"), rows)
