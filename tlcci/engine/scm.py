# ruff: noqa: D101, D102
"""The source of a build: the person's checkout (temporary)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any


class Source:
    def __init__(self, checkout: Path, branch: str | None = None) -> None:
        self.path = checkout.resolve()
        self.url = f"file://{self.path}"
        self.commit = self._git("rev-parse", "HEAD").strip()
        self.branch = branch or self._git("rev-parse", "--abbrev-ref", "HEAD").strip()

    def _git(self, *args: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.path), *args], check=True, capture_output=True, text=True
        ).stdout

    def scm_facts(self) -> dict[str, Any]:
        return {
            "branches": [{"name": f"*/{self.branch}"}],
            "userRemoteConfigs": [
                {"url": self.url, "name": "origin", "refspec": "", "credentialsId": None}
            ],
            "extensions": [],
        }

    def read(self, path: str) -> str | None:
        try:
            return self._git("show", f"{self.commit}:{path}")
        except subprocess.CalledProcessError:
            return None

    def checkout_into(self, target: str) -> dict[str, str]:
        folder = Path(target)
        if not (folder / ".git").exists():
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["git", "clone", "-q", "--no-checkout", "--shared", str(self.path), target],
                check=True,
            )
        subprocess.run(["git", "-C", target, "fetch", "-q", "origin"], check=True)
        subprocess.run(["git", "-C", target, "checkout", "-q", "-f", self.commit], check=True)
        return {
            "GIT_BRANCH": f"origin/{self.branch}",
            "GIT_COMMIT": self.commit,
            "GIT_URL": self.url,
        }
