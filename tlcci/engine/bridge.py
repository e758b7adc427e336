"""Messages to and from the JVM: one JSON value a line, over two pipes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tlcci.engine.errors import EngineDiedError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from tlcci.engine.jvm import Jvm

_READ = 1 << 16
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode

Message = dict[str, Any]


class Bridge:
    """The engine's end of the pipes; messages are handed to *receive* as they come."""

    def __init__(self, jvm: Jvm, loop: asyncio.AbstractEventLoop) -> None:
        self._jvm = jvm
        self._loop = loop
        self._rest = b""
        self._receive: Callable[[Message], None] | None = None
        self._on_death: Callable[[Exception], None] | None = None

    def open(
        self, receive: Callable[[Message], None], on_death: Callable[[Exception], None]
    ) -> None:
        """Begin to read; *on_death* is told when the JVM is gone."""
        self._receive = receive
        self._on_death = on_death
        self._loop.add_reader(self._jvm.reader, self._read)

    def close(self) -> None:
        """Stop reading; the JVM ends by itself when its pipe closes."""
        self._loop.remove_reader(self._jvm.reader)

    def send(self, message: Message) -> None:
        """Send *message*; a JVM that is gone is noticed by the reader."""
        data = memoryview(_encode(message).encode() + b"\n")
        try:
            while data:
                data = data[os.write(self._jvm.writer, data) :]
        except BrokenPipeError:
            return

    def _read(self) -> None:
        data = os.read(self._jvm.reader, _READ)
        if not data:
            self.close()
            if self._on_death:
                self._on_death(EngineDiedError(self._jvm.last_words()))
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._receive:
                self._receive(_decode(line.decode()))
