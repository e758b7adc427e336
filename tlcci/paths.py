"""Where tlcci keeps things, by the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    # The specification says that a relative path in these variables is ignored.
    return Path(value) if value.startswith("/") else Path.home() / default


def state_home() -> Path:
    """Return the folder of runs, receipts and keys (`TLCCI_STATE_HOME` overrides it)."""
    own = os.environ.get("TLCCI_STATE_HOME")
    return Path(own).absolute() if own else _xdg("XDG_STATE_HOME", ".local/state") / "tlcci"


def config_home() -> Path:
    """Return the folder where `hosts.yaml` is looked up last."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "tlcci"


def cache_home() -> Path:
    """Return the folder of things that can be made again (compiled classes, archives)."""
    return _xdg("XDG_CACHE_HOME", ".cache") / "tlcci"


def runs_home() -> Path:
    """Return the folder that holds one folder a run."""
    return state_home() / "runs"
