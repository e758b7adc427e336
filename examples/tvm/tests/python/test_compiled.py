"""What was compiled gives what the plain evaluation gives."""

import importlib
import os
import random
import unittest
from pathlib import Path

import tinytvm

MODELS = Path(__file__).resolve().parents[2] / "models"


def _square(seed: int, size: int = 4) -> list[list[float]]:
    numbers = random.Random(seed)
    return [[numbers.uniform(-1, 1) for _ in range(size)] for _ in range(size)]


class CompiledModels(unittest.TestCase):
    """Each model of the folder, as it was built."""

    def check(self, name: str, size: int) -> None:
        """Compare the two ways of running a model on seeded numbers."""
        model = tinytvm.read_model((MODELS / f"{name}.tt").read_text())
        values = {key: _square(seed, size) for seed, key in enumerate(model.inputs)}
        expected = tinytvm.evaluate(model, values)
        actual = importlib.import_module(f"{name}_tt").run(*values.values())
        for want, got in zip(expected, actual, strict=True):
            for a, b in zip(want, got, strict=True):
                self.assertAlmostEqual(a, b)

    def test_dense(self) -> None:
        """A dense layer."""
        self.check("dense", 4)

    def test_residual(self) -> None:
        """A residual block, which reads its input twice."""
        self.check("residual", 4)

    @unittest.skipIf(os.environ.get("SKIP_SLOW_TESTS") == "true", "slow")
    def test_large_dense(self) -> None:
        """A larger dense layer, which pull requests leave out."""
        self.check("dense", 48)
