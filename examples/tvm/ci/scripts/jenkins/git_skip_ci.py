#!/usr/bin/env python3
"""Exit 0 when the newest commit's subject starts with [skip ci], so that CI is skipped."""

import subprocess
import sys


def main() -> int:
    """Return the exit code: 0 skips CI, 1 runs it."""
    subject = subprocess.run(
        ("git", "log", "-1", "--no-merges", "--format=%s"),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    skips = subject.lower().startswith("[skip ci]")
    print("CI is skipped" if skips else "CI runs")
    return 0 if skips else 1


if __name__ == "__main__":
    sys.exit(main())
