"""`python -m tinytvm MODELS CONFIG LIB`: compile every model of a folder into another."""

import hashlib
import json
import sys
from pathlib import Path

from tinytvm import compile_model, read_model

_SELFTEST = '''#!/usr/bin/env python3
"""Hold each compiled model against the manifest, then run the ones with two inputs."""
import hashlib, importlib.util, json, pathlib, sys

sys.dont_write_bytecode = True  # the folder stays what was built
here = pathlib.Path(__file__).resolve().parent
for name, digest in json.loads((here / "manifest.json").read_text()).items():
    path = here / name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ones = [[1.0, -1.0], [2.0, 0.5]]
    print(path.stem, module.run(*[ones] * module.run.__code__.co_argcount))
'''


def main(models: str, config: str, lib: str) -> None:
    """Compile all models; write the manifest and the self test beside them."""
    options = json.loads(Path(config).read_text())
    target = Path(lib)
    target.mkdir(parents=True)
    manifest = {}
    for path in sorted(Path(models).glob("*.tt")):
        text = compile_model(read_model(path.read_text()), fuse=options["fuse"])
        module = target / f"{path.stem}_tt.py"
        module.write_text(text)
        manifest[module.name] = hashlib.sha256(text.encode()).hexdigest()
        print(f"{path} -> {module} ({len(text)} bytes)")
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    selftest = target / "selftest"
    selftest.write_text(_SELFTEST)
    selftest.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:4])
