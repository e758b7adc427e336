"""Run, put and get on a machine: here, over SSH, in a container.

SSH and container transports are imported from their own modules by whoever opens
one: their libraries cost a fifth of a second, which a run on this machine alone
should not pay.
"""

from tlcci.transport.contract import Cancellation, Command, Ended, Result, Transport
from tlcci.transport.local import LocalTransport

__all__ = ["Cancellation", "Command", "Ended", "LocalTransport", "Result", "Transport"]
