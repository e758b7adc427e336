"""The source of a run: a person's checkout, and the clones of it that workspaces get."""

from tlcci.engine.source.changes import AffectedFile, ChangeEntry, list_changes
from tlcci.engine.source.checkout import Checkout, open_checkout
from tlcci.engine.source.git import GitFailedError
from tlcci.engine.source.hands import Hands, LocalHands, RemoteHands
from tlcci.engine.source.request import (
    Extension,
    Remote,
    ScmRequest,
    read_git_scm,
    read_git_step,
)
from tlcci.engine.source.revision import Change, Kind, Revision
from tlcci.engine.source.submodules import Submodule, missing_submodules
from tlcci.engine.source.workspace import (
    CheckedOut,
    CheckoutAbortedError,
    History,
    check_out,
    request_of,
)

__all__ = [
    "AffectedFile",
    "Change",
    "ChangeEntry",
    "CheckedOut",
    "Checkout",
    "CheckoutAbortedError",
    "Extension",
    "GitFailedError",
    "Hands",
    "History",
    "Kind",
    "LocalHands",
    "Remote",
    "RemoteHands",
    "Revision",
    "ScmRequest",
    "Submodule",
    "check_out",
    "list_changes",
    "missing_submodules",
    "open_checkout",
    "read_git_scm",
    "read_git_step",
    "request_of",
]
