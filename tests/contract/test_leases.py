"""Executor slots leased on a real machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tlcci.backends.lease import LeaseKeeper
from tlcci.transport import Command, LocalTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.transport import Transport

# An owner that takes the only slot, says so, and never gives it back.
OWNER = """
import sys, time
from tlcci.backends.lease import LeaseKeeper
from tlcci.transport import LocalTransport
LeaseKeeper(ttl_s=int(sys.argv[2])).acquire(LocalTransport(), sys.argv[1], 1, "doomed")
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def keeper() -> Iterator[LeaseKeeper]:
    """One laptop."""
    opened = LeaseKeeper()
    yield opened
    opened.close()


def start_owner(folder: str, ttl_s: int) -> subprocess.Popen[str]:
    """Start a process that holds the only slot, and wait until it does."""
    words = [sys.executable, "-c", OWNER, folder, str(ttl_s)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_slots_are_given_out_one_by_one_and_then_none(
    transport: Transport, scratch: str, keeper: LeaseKeeper
) -> None:
    """Another laptop gets the other slot, and a third gets nothing."""
    other = LeaseKeeper()
    first = keeper.acquire(transport, scratch, 2, "run 1")
    second = other.acquire(transport, scratch, 2, "run 2")
    third = LeaseKeeper().acquire(transport, scratch, 2, "run 3")
    other.close()

    assert first is not None
    assert second is not None
    assert (0, 1, None, scratch) == (first.number, second.number, third, first.workdir)


def test_a_released_slot_is_free_again(
    transport: Transport, scratch: str, keeper: LeaseKeeper
) -> None:
    """And nobody else's release frees it."""
    lease = keeper.acquire(transport, scratch, 1, "run 1")
    assert lease is not None
    keeper.release(lease)
    again = keeper.acquire(transport, scratch, 1, "run 2")

    assert again is not None
    assert 0 == again.number


def test_of_many_that_ask_at_once_each_slot_has_one_owner(
    transport: Transport, scratch: str, keeper: LeaseKeeper
) -> None:
    """Taking a slot is one step that nobody gets between."""
    taken: list[int | None] = []

    def take() -> None:
        lease = keeper.acquire(transport, scratch, 3, "crowd")
        taken.append(lease.number if lease else None)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [0, 1, 2] == sorted(number for number in taken if number is not None)
    assert 8 == len(taken)


def test_a_killed_owner_on_the_machine_itself_frees_the_slot_at_once(
    tmp_path: object, keeper: LeaseKeeper
) -> None:
    """Its process is gone, which can be seen from beside it."""
    owner = start_owner(str(tmp_path), ttl_s=600)
    held = keeper.acquire(LocalTransport(), str(tmp_path), 1, "next")
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    freed = keeper.acquire(LocalTransport(), str(tmp_path), 1, "next")

    assert held is None
    assert freed is not None


def test_a_killed_owner_elsewhere_frees_the_slot_once_its_time_is_over(
    tmp_path: object, keeper: LeaseKeeper
) -> None:
    """While it lived it renewed its lease, well past the time to live."""
    ttl_s = 3
    owner = start_owner(str(tmp_path), ttl_s)
    # Seen from the machine, the owner is on some other one.
    disguise = f"sed -i 's/-pid:/-elsewhere:/' {tmp_path}/.leases/slot-0"
    deadline = time.monotonic() + 1.6 * ttl_s
    while time.monotonic() < deadline:
        LocalTransport().run(Command(script=disguise))
        assert keeper.acquire(LocalTransport(), str(tmp_path), 1, "next") is None
        time.sleep(0.1)
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    LocalTransport().run(Command(script=disguise))
    killed_at = time.monotonic()
    while keeper.acquire(LocalTransport(), str(tmp_path), 1, "next") is None:
        time.sleep(0.1)

    assert time.monotonic() - killed_at < ttl_s + 5


def test_what_was_held_before_a_reboot_is_free(
    transport: Transport, scratch: str, keeper: LeaseKeeper
) -> None:
    """No build outlives its machine."""
    keeper.acquire(transport, scratch, 1, "before")
    boot = "$(cat /proc/sys/kernel/random/boot_id)"
    words = "read -r t e b r <.leases/slot-0; echo $t $e another-boot $r >.leases/slot-0"
    transport.run(Command(script=f": {boot}; {words}", cwd=scratch))

    assert keeper.acquire(transport, scratch, 1, "after") is not None
