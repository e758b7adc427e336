"""Says who asked for a build."""

import os
import sys


def reader() -> str | None:
    """Return the token, if there is one."""
    return os.environ.get("TOKEN")


sys.stdout.write("token" if reader() else "no token")
