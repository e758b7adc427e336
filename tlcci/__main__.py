"""`python -m tlcci` and the `tlcci` program."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from tlcci.cli.app import run  # noqa: PLC0415 - keeps `import tlcci` free of the CLI

    run()


if __name__ == "__main__":
    main()
