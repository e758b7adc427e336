"""From what rehearsals saw and the text says to what a Jenkinsfile needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from tlcci.check.course import course
from tlcci.check.images import images
from tlcci.check.needs import (
    ApprovalNeed,
    CredentialNeed,
    LabelNeed,
    Needs,
    StashNeed,
    Unknown,
)
from tlcci.check.policy import line_of_answer
from tlcci.check.programs import Programs
from tlcci.engine.steps import STEPS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlcci.check.explore import Exploration, Run
    from tlcci.engine.observed import StepUse
    from tlcci.jenkinsfile.source import Source

T = TypeVar("T")
_BUCKET = re.compile(r"(?:--[\w-]*bucket[= ]\s*|s3://|[A-Z_]*BUCKET=)([A-Za-z0-9][\w.-]+)")
_PROSE = re.compile(r"[A-Za-z']+( [A-Za-z']+)+,( [A-Za-z']+)+[.!]?")
_DOCUMENT_ONLY = frozenset({"environment", "pipeline"})


def gather(
    path: str, source: Source, found: Exploration, read: Callable[[str], str | None]
) -> Needs:
    """Return what the Jenkinsfile at *path* needs."""
    if not found.compiles:
        return Needs(path, unknown=tuple(_unknown((), found)), rehearsals=len(found.runs))
    uses = [use for run in found.runs for use in run.seen.steps]
    programs = Programs(read)
    texts = _shell_texts(uses)
    for text in (*texts, *_texts_never_run(uses, source)):
        if not is_prose(text):
            programs.add_shell(text, "")
    labels = _labels(found, source)
    reached, unreached = _steps(uses, source)
    return Needs(
        path,
        labels,
        _credentials(found),
        images(texts, source, programs, uses),
        {n: v for run in found.runs for n, v in run.seen.params.items()},
        _env_read(found, source),
        _stages(found),
        _parallel(uses),
        reached,
        unreached,
        _stashes(uses),
        tuple(dict.fromkeys(one for text in texts for one in _BUCKET.findall(text))),
        _approvals(found, source),
        programs.needs(),
        tuple(sorted(programs.scripts)),
        tuple(_unknown(labels, found)),
        len(found.runs),
        course(found.runs),
        tuple(source.comparisons),
    )


def stage_name(path: tuple[str, ...]) -> str:
    """Return the stage and branch of *path* as one name."""
    return "/".join(path)


def is_prose(text: str) -> bool:
    """Return whether the shell text *text* is a sentence that somebody meant to print."""
    return bool(_PROSE.fullmatch(text.strip()))


def _texts_never_run(uses: list[StepUse], source: Source) -> list[str]:
    """Return the shell texts of reached methods that no rehearsal came by."""
    seen = {use.line for use in uses if use.name == "sh"}
    return [text for line, text in source.texts_of("sh") if line not in seen]


def _shell_texts(uses: list[StepUse]) -> dict[str, list[StepUse]]:
    texts: dict[str, list[StepUse]] = {}
    for use in uses:
        if use.name == "sh":
            texts.setdefault(str(use.argument("script") or ""), []).append(use)
    return texts


def _labels(found: Exploration, source: Source) -> tuple[LabelNeed, ...]:
    values: dict[str, str | None] = {}
    lines: dict[str, dict[int, None]] = {}
    primary: dict[str, dict[str, None]] = {}
    fallback: dict[str, dict[str, None]] = {}
    for run in sorted(found.runs, key=lambda one: bool(one.policy.failing)):
        for use, is_second in _nodes(run):
            label = use.argument("label")
            is_known = isinstance(label, str) and line_of_answer(label) is None
            expr = str(label) if is_known else _expression(use, source)
            stage = stage_name(use.path)
            values[expr] = label if isinstance(label, str) else None
            lines.setdefault(expr, {})[use.line] = None
            if not run.policy.failing:
                primary.setdefault(expr, {})[stage] = None
            elif is_second or stage not in primary.get(expr, {}):
                fallback.setdefault(expr, {})[stage] = None
    return tuple(
        LabelNeed(
            expr,
            value,
            tuple(one for one in primary.get(expr, {}) if one),
            tuple(one for one in fallback.get(expr, {}) if one),
            tuple(sorted(lines[expr])),
            expr not in primary,
        )
        for expr, value in values.items()
    )


def _nodes(run: Run) -> Iterator[tuple[StepUse, bool]]:
    """Return the `node` steps, and whether each came after one that was made to fail."""
    failed: set[tuple[str, ...]] = set()
    for use in run.seen.steps:
        if use.name == "node":
            yield use, use.path in failed
            if use.path in run.policy.failing:
                failed.add(use.path)


def _expression(use: StepUse, source: Source) -> str:
    given = source.argument_of("node", use.line)
    return given or str(use.argument("label") or "")


def _credentials(found: Exploration) -> tuple[CredentialNeed, ...]:
    needs: dict[str, CredentialNeed] = {}
    for run in found.runs:
        for use in run.seen.credentials:
            old = needs.get(use.id, CredentialNeed(use.id, use.kind, (), (), ()))
            needs[use.id] = CredentialNeed(
                use.id,
                old.kind,
                _more(old.variables, *use.variables),
                _more(old.stages, stage_name(use.path)),
                _more(old.lines, use.line),
            )
    return tuple(needs.values())


def _more(known: tuple[T, ...], *items: T) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *items)))


def _env_read(found: Exploration, source: Source) -> tuple[str, ...]:
    reached = source.reached
    said = [one.name for one in source.env_reads if one.method in reached]
    seen = sorted({name for run in found.runs for name in run.seen.env_read})
    known = {one.name for one in source.env_reads}
    return tuple(dict.fromkeys((*said, *(name for name in seen if name in known))))


def _stages(found: Exploration) -> tuple[str, ...]:
    """Return the stages in the order in which runs come by them, those of all runs."""
    order: list[str] = []
    runs = sorted(found.runs, key=lambda run: bool(run.policy.failing))
    for run in runs:
        at = 0
        for use in run.seen.steps:
            if use.name != "stage":
                continue
            name = str(use.argument("name"))
            if name in order:
                at = order.index(name) + 1
            else:
                order.insert(at, name)
                at += 1
    return tuple(order)


def _parallel(uses: list[StepUse]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for use in uses:
        if use.name == "parallel" and isinstance(use.given, dict):
            branches = [one for one in use.given if one != "failFast"]
            stage = stage_name(use.path)
            found[stage] = _more(found.get(stage, ()), *branches)
    return found


def _steps(uses: list[StepUse], source: Source) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = set(STEPS) - set(source.methods) - SYMBOLS - _DOCUMENT_ONLY
    reached = source.reached
    said = {one.name for one in source.calls if one.method in reached} & known
    all_said = {one.name for one in source.calls} & known
    done = {use.name for use in uses} & known
    return tuple(sorted(said | done)), tuple(sorted(all_said - said - done))


def _stashes(uses: list[StepUse]) -> tuple[StashNeed, ...]:
    needs: dict[str, StashNeed] = {}
    for use in uses:
        if use.name not in {"stash", "unstash"}:
            continue
        name = str(use.argument("name"))
        old = needs.get(name, StashNeed(name, "", (), ()))
        stage = stage_name(use.path)
        if use.name == "stash":
            includes = str(use.given.get("includes", "")) if isinstance(use.given, dict) else ""
            needs[name] = StashNeed(name, includes, _more(old.stashed, stage), old.unstashed)
        else:
            needs[name] = StashNeed(
                name, old.includes, old.stashed, _more(old.unstashed, stage)
            )
    return tuple(needs.values())


def _approvals(found: Exploration, source: Source) -> tuple[ApprovalNeed, ...]:
    lines = {
        chain: line
        for line in sorted({token.line for token in source.tokens}, reverse=True)
        for chain in source.chains(line)
    }
    chains = list(lines)
    needs: list[ApprovalNeed] = []
    known: set[str] = set()
    for signature, line in found.refused.items():
        named = _expressions(signature, chains)
        # A member of what was refused before, wherever there is one.
        within = [
            one
            for one in named
            if any(one.startswith((f"{start}.", f"{start}?.")) for start in known)
        ]
        expressions = tuple(within) or named
        known |= set(expressions)
        said = next((lines[one] for one in expressions), line)
        needs.append(ApprovalNeed(signature, said, expressions))
    return tuple(needs)


def _expressions(signature: str, chains: list[str]) -> tuple[str, ...]:
    """Return the source's expressions that end in the member of *signature*."""
    member = signature.split()[2] if len(signature.split()) > 2 else signature  # noqa: PLR2004
    bare = re.sub(r"\A(get|is)(?=[A-Z])", "", member)
    names = {member, bare[:1].lower() + bare[1:]}
    ends = re.compile(r"[.?](" + "|".join(map(re.escape, names)) + r")(\(.*\))?\Z")
    rawest = [one for one in chains if ends.search(one)]
    return tuple(dict.fromkeys(rawest))


def _unknown(labels: tuple[LabelNeed, ...], found: Exploration) -> Iterator[Unknown]:
    for label in labels:
        if label.value is not None and line_of_answer(label.value) is not None:
            yield Unknown(
                f"label {label.expr}", label.lines[0], "it is made of a shell's output"
            )
    first = found.runs[0].seen
    error = (first.error or "").split("\n")[0].strip(" ,")
    if not found.compiles:
        yield Unknown("the whole file", first.line, error)
    elif found.is_endless:
        yield Unknown("what comes later", first.line, "a rehearsal of it does not end")
    elif all(run.seen.error for run in found.runs):
        yield Unknown("what comes later", first.line, f"every rehearsal ends here: {error}")
