"""Holds a checkout against the production configuration that is to serve it."""

from tlcci.check.drift.compare import compare
from tlcci.check.drift.place import AGAINST, CHECKOUT, Drift, Place

__all__ = ["AGAINST", "CHECKOUT", "Drift", "Place", "compare"]
