"""The steps that make a workspace a clone of a checkout, or bring an older clone up to date.

Objects are borrowed by alternates and refs are written at once, so nothing is copied and
nothing is fetched. The clone's `origin` keeps the URL that jobs know; a configuration file
of ours beside it sends fetches of that URL to the view.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlcci.engine.source.git import Empty, Remove, Run, Step, Write
from tlcci.engine.source.store import packed_refs
from tlcci.engine.source.submodules import Submodule, module_files, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tlcci.engine.source.checkout import Checkout
    from tlcci.engine.source.hands import Lender

_OURS = "tlcci.config"
_MARK = "refs/tlcci/.keep"


@dataclass(frozen=True)
class Clone:
    """A folder that is or becomes a clone; *without_tags* as the CloneOption asks."""

    folder: Path
    checkout: Checkout
    lender: Lender
    without_tags: bool = False
    modules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def git_dir(self) -> Path:
        """Return the clone's `.git`."""
        return self.folder / ".git"

    @property
    def refs(self) -> dict[str, str]:
        """Return the refs that the clone shall have."""
        refs = self.checkout.plan.refs
        tags = not self.without_tags
        return {
            name: c for name, c in refs.items() if tags or not name.startswith("refs/tags/")
        }


def plan_clone(clone: Clone) -> list[Step]:
    """Return the steps that make *clone*'s folder a clone without files in it.

    What lies in the folder goes, as it does when the git plugin clones.
    """
    checkout = clone.checkout
    fetch = "".join(f"\tfetch = {quoted(spec)}\n" for spec in checkout.plan.refspecs)
    steps: list[Step] = [
        Empty(clone.folder),
        Run(
            (
                *("git", "-c", "init.defaultBranch=master", "init", "-q", "--template="),
                *(f"--object-format={checkout.store.object_format}", str(clone.folder)),
            )
        ),
        Write(
            clone.git_dir / "config",
            f'[remote "origin"]\n\turl = {quoted(checkout.url)}\n{fetch}'
            f"[include]\n\tpath = {_OURS}\n",
            append=True,
        ),
        Write(clone.git_dir / "packed-refs", packed_refs(clone.refs)),
    ]
    return steps + _borrow(clone)


def plan_update(clone: Clone) -> list[Step]:
    """Return the steps that bring an existing *clone* to the checkout's refs, files left."""
    updates = "".join(
        f"update {name} {commit}\n" for name, commit in sorted(clone.refs.items())
    )
    return [
        Remove(clone.git_dir / "index.lock"),
        *_borrow(clone),
        Run(("git", "config", "remote.origin.url", clone.checkout.url), clone.folder),
        Run(("git", "update-ref", "--stdin"), clone.folder, stdin=updates),
    ]


def mark_of(folder: Path) -> Path:
    """Return the file that is there when *folder* is a clone that `plan_clone` made."""
    return folder / ".git" / _OURS


def telling_files(folder: Path, submodules: tuple[Submodule, ...]) -> list[Path]:
    """Return the files that tell what of a clone is in *folder*."""
    places = [folder / ".git" / module.place for module in submodules]
    inner = [place / name for place in places for name in ("HEAD", _MARK)]
    return [folder / ".git", mark_of(folder), *inner]


def borrowed_modules(
    folder: Path, submodules: tuple[Submodule, ...], there: set[Path], lender: Lender
) -> dict[str, dict[str, str]]:
    """Return, by place below `.git`, the files that each submodule which is here needs.

    A clone in *folder* that has one already (its files are *there*) gets new refs and
    objects only; one that the job itself cloned is left alone.
    """
    wanted = {}
    for module in submodules:
        place = folder / ".git" / module.place
        has_one = place / "HEAD" in there
        if not module.is_here or (has_one and place / _MARK not in there):
            continue
        files = module_files(module, lender.modules[module.place])
        if has_one:
            files = {n: t for n, t in files.items() if n not in ("HEAD", "config")}
        wanted[module.place] = files
    return wanted


def _borrow(clone: Clone) -> list[Step]:
    checkout = clone.checkout
    view = checkout.view
    steps: list[Step] = [
        *clone.lender.steps,
        Write(clone.git_dir / "objects/info/alternates", clone.lender.alternates),
        Write(
            clone.git_dir / _OURS,
            f"[url {quoted(clone.lender.view)}]\n\tinsteadOf = {quoted(checkout.url)}\n"
            "[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n",
        ),
    ]
    if view.shallow:
        steps.append(Write(clone.git_dir / "shallow", view.shallow))
    for place, files in clone.modules.items():
        folder = clone.git_dir / place
        steps += [Write(folder / name, text) for name, text in files.items()]
        steps.append(Write(folder / _MARK, ""))
    return steps
