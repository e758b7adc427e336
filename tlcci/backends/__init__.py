"""Who serves a label: machines that are there, and machines that can be had."""

from tlcci.backends.contract import Backend, Machine, Slot

__all__ = ["Backend", "Machine", "Slot"]
