"""`timeout`, `sleep` and `waitUntil`: steps about time."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, not_instantiated, render
from tlcci.engine.failures import Failure, interruption
from tlcci.engine.program import interrupt_thread

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_SECONDS = {
    "NANOSECONDS": 1e-9,
    "MICROSECONDS": 1e-6,
    "MILLISECONDS": 1e-3,
    "SECONDS": 1.0,
    "MINUTES": 60.0,
    "HOURS": 3600.0,
    "DAYS": 86400.0,
}
_SHORTEST_MS, _LONGEST_MS = 250, 15_000  # between two tries of `waitUntil`
_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"


def seconds(call: Call) -> float:
    """Return the time that the step was given; raise Failure for an unknown unit."""
    unit = call.args["unit"]
    if unit not in _SECONDS:
        unknown = f"No enum constant java.util.concurrent.TimeUnit.{unit}"
        raise not_instantiated(
            call.step, call.given, f"java.lang.IllegalArgumentException: {unknown}"
        )
    return float(call.args["time"] * _SECONDS[unit])


def time_span(duration: float) -> str:
    """Return *duration* (seconds) as Jenkins' `Util.getTimeSpanString` writes it."""
    millis = int(duration * 1000)
    units = (
        ("yr", 31536000000),
        ("mo", 2592000000),
        ("day", 86400000),
        ("hr", 3600000),
        ("min", 60000),
        ("sec", 1000),
    )
    for place, (name, size) in enumerate(units[:-1]):
        if millis >= size:
            next_name, next_size = units[place + 1]
            return f"{millis // size} {name} {millis % size // next_size} {next_name}"
    if millis >= 10000:  # noqa: PLR2004 - whole seconds from there on
        return f"{millis // 1000} sec"
    if millis >= 1000:  # noqa: PLR2004 - tenths below
        tenths = millis // 100
        return f"{tenths // 10}.{tenths % 10} sec" if tenths % 10 else f"{tenths // 10} sec"
    if millis >= 100:  # noqa: PLR2004 - hundredths below
        return f"0.{millis // 10} sec" if millis % 100 else f"0.{millis // 100} sec"
    return f"{millis} ms"


class _Deadline:
    """The timer of one `timeout`; with *activity* it starts anew at each output."""

    def __init__(self, call: Call, length: float) -> None:
        self.marker = str(uuid.uuid4())
        self._call = call
        self._length = length
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(length, self._fire)
        self.thread: Any = None

    def touch(self) -> None:
        """Start anew."""
        self._timer.cancel()
        self._timer = self._loop.call_later(self._length, self._fire)

    def cancel(self) -> None:
        """Let the time be."""
        self._timer.cancel()

    def _fire(self) -> None:
        self._call.log("Cancelling nested steps due to timeout")
        cause = interruption("Timeout has been exceeded", marker=self.marker)
        interrupt_thread(self.thread, cause)


async def _timeout(call: Call) -> Any:  # noqa: ANN401 - the body's value
    length = seconds(call)
    if length <= 0:
        call.log(f"Timeout expired {time_span(-length)} ago")
    elif call.args["activity"]:
        call.log(f"Timeout set to expire after {time_span(length)} without activity")
    else:
        call.log(f"Timeout set to expire in {time_span(length)}")
    deadline = _Deadline(call, length)
    deadline.thread = call.start_body(
        call.context.but(on_output=(*call.context.on_output, deadline.touch))
        if call.args["activity"]
        else None
    )
    try:
        return await deadline.thread.ended
    except Failure as failure:
        if any(cause.get("marker") == deadline.marker for cause in failure.causes):
            # A retry around this step may repeat it: the wish to stop came from inside.
            raise interruption(
                "Timeout has been exceeded", actual=False, marker=deadline.marker
            ) from failure
        raise
    finally:
        deadline.cancel()


async def _sleep(call: Call) -> None:
    length = seconds(call)
    call.log(f"Sleeping for {time_span(length)}")
    await asyncio.sleep(length)


async def _wait_until(call: Call) -> None:
    pause = max(_SHORTEST_MS, min(call.args["initialRecurrencePeriod"], _LONGEST_MS))
    while True:
        value = await call.body()
        if not isinstance(value.plain, bool):
            raise Failure(
                "java.lang.ClassCastException",
                f"body return value {render(value.plain)} is not boolean",
            )
        if value.plain:
            return
        if not call.args["quiet"]:
            call.log(f"Will try again after {time_span(pause / 1000)}")
        await asyncio.sleep(pause / 1000)
        pause = min(int(pause * 1.2), _LONGEST_MS)


STEPS = (
    Step(
        "timeout",
        _timeout,
        (
            Param("time", "int"),
            Param("unit", default="MINUTES"),
            Param("activity", "bool", default=False),
        ),
        sole="time",
        type_name=f"{_WORKFLOW}.TimeoutStep",
        is_block=True,
    ),
    Step(
        "sleep",
        _sleep,
        (Param("time", "int"), Param("unit", default="SECONDS")),
        sole="time",
        type_name=f"{_WORKFLOW}.SleepStep",
    ),
    Step(
        "waitUntil",
        _wait_until,
        (
            Param("initialRecurrencePeriod", "int", default=250),
            Param("quiet", "bool", default=False),
        ),
        type_name=f"{_WORKFLOW}.WaitForConditionStep",
        is_block=True,
    ),
)
