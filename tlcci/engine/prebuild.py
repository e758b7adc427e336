"""`python -m tlcci.engine.prebuild`: compile the engine into the package being built."""

from __future__ import annotations

from tlcci.engine.classes import COMPILED, compile_engine, compiled_in
from tlcci.engine.java import find_java


def prebuild() -> None:
    """Leave the compiled engine, and nothing older, in the package's own folder."""
    COMPILED.mkdir(exist_ok=True)
    java = find_java()
    jar = compiled_in(COMPILED, java) or compile_engine(java, COMPILED)
    for other in COMPILED.glob("engine-*.jar"):
        if other != jar:
            other.unlink()


if __name__ == "__main__":
    prebuild()
