"""The git commands that a `GitSCM`'s extensions add before and after a checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.engine.source.git import Remove, Run, Step, Write

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.engine.source.request import Extension, ScmRequest


def plan_before(request: ScmRequest, folder: Path, console: list[str]) -> list[Step]:
    """Return what is done to an existing clone before it is brought up to date."""
    extension = request.extension("CleanBeforeCheckout")
    return [] if extension is None else _clean(extension, folder, console)


def plan_after(
    request: ScmRequest, folder: Path, commit: str, local: str | None, console: list[str]
) -> list[Step]:
    """Return the checkout of *commit*, on the branch *local* or detached, and what follows."""
    target = ("-B", local, commit) if local else ("--detach", commit)
    steps: list[Step] = [
        *_sparse(request.extension("SparseCheckoutPaths"), folder),
        Run(("git", "checkout", "-q", "-f", "--no-track", *target) if local
            else ("git", "checkout", "-q", "-f", *target), folder),
    ]  # fmt: skip
    clean = request.extension("CleanCheckout")
    if clean is not None:
        steps += _clean(clean, folder, console)
    submodules = request.extension("SubmoduleOption")
    if submodules is not None and not submodules.flag("disableSubmodules"):
        recursive = ("--recursive",) if submodules.flag("recursiveSubmodules") else ()
        remote = ("--remote",) if submodules.flag("trackingSubmodules") else ()
        steps += [
            Run(("git", "submodule", "sync", "-q", *recursive), folder),
            Run(
                ("git", "submodule", "update", "-q", "--init", "--force", *recursive, *remote),
                folder,
            ),
        ]
    return steps


def _clean(extension: Extension, folder: Path, console: list[str]) -> list[Step]:
    console.append("Cleaning workspace")
    nested = extension.flag("deleteUntrackedNestedRepositories")
    return [
        Remove(folder / ".git/index.lock"),
        Run(("git", "reset", "-q", "--hard"), folder),
        Run(("git", "clean", "-q", "-ffdx" if nested else "-fdx"), folder),
    ]


def _sparse(extension: Extension | None, folder: Path) -> list[Step]:
    if extension is None:
        return []
    listed = extension.options.get("sparseCheckoutPaths")
    paths = [
        str(entry.get("path") if isinstance(entry, dict) else entry)
        for entry in (listed if isinstance(listed, (list, tuple)) else [])
    ]
    text = "".join(f"{path}\n" for path in paths or ["/*"])
    return [
        Run(("git", "config", "core.sparseCheckout", "true"), folder),
        Write(folder / ".git/info/sparse-checkout", text),
    ]
