#!/usr/bin/env python3
"""Read ci/jenkins/profiles.ini: `profile.py name`, or `profile.py show NAME` as JSON."""

import argparse
import configparser
import json
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "jenkins" / "profiles.ini"


def main() -> None:
    """Print the default profile's name, or one profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["name", "show"])
    parser.add_argument("name", nargs="?")
    given = parser.parse_args()
    profiles = configparser.ConfigParser()
    profiles.read(FILE)
    if given.what == "name":
        print(profiles["profiles"]["default"])
        return
    if given.name not in profiles or given.name == "profiles":
        known = ", ".join(name for name in profiles.sections() if name != "profiles")
        parser.error(f"no profile {given.name!r} in {FILE.name}; there are: {known}")
    profile = profiles[given.name]
    print(json.dumps({key: profile.getboolean(key) for key in profile}))


if __name__ == "__main__":
    main()
