"""`python -m tlcci` and the `tlcci` program."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["run-jenkinsfile"] and "--help" not in sys.argv:
        # The JVM takes the longest, so it begins before the command line is read.
        from tlcci.engine.jvm import start_early  # noqa: PLC0415

        start_early()
    from tlcci.cli.app import run  # noqa: PLC0415 - keeps `import tlcci` free of the CLI

    run()


if __name__ == "__main__":
    main()
