"""`readFile`, `writeFile`, `fileExists`, `findFiles`, `readJSON`, `readYAML` and kin."""

from __future__ import annotations

import base64
import json
import posixpath
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, abort, illegal_argument
from tlcci.engine.steps.folders import resolved
from tlcci.results.globs import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.program import Call

_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"
_UTILITY = "org.jenkinsci.plugins.pipeline.utility.steps"


def _read(call: Call, path: str) -> bytes:
    """Return a file's bytes; raise what Jenkins raises for one that cannot be read."""
    try:
        return call.build.files.read(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Failure("java.nio.file.NoSuchFileException", path) from error
    except OSError as error:
        raise Failure("java.io.IOException", f"{path} ({error.strerror})") from error


def _decode(call: Call, data: bytes) -> str:
    encoding = call.args.get("encoding") or "UTF-8"
    if encoding == "Base64":
        return base64.b64encode(data).decode()
    try:
        return data.decode(encoding, "replace")
    except LookupError as error:
        raise Failure("java.nio.charset.UnsupportedCharsetException", encoding) from error


async def _read_file(call: Call) -> str:
    return _decode(call, _read(call, resolved(call, call.args["file"])))


async def _write_file(call: Call) -> None:
    encoding = call.args["encoding"] or "UTF-8"
    text = call.args["text"]
    data = (
        base64.b64decode(text)
        if encoding == "Base64"
        else text.encode(encoding, "surrogateescape")
    )
    try:
        call.build.files.write(resolved(call, call.args["file"]), data)
    except OSError as error:
        raise Failure(
            "java.io.IOException", f"{call.args['file']} ({error.strerror})"
        ) from error


async def _file_exists(call: Call) -> bool:
    return call.build.files.exists(resolved(call, call.args["file"] or ""))


async def _touch(call: Call) -> None:
    call.build.files.touch(resolved(call, call.args["file"]), call.args["timestamp"])


async def _find_files(call: Call) -> list[dict[str, Any]]:
    root = call.context.cwd or ""
    selection = Selection.of(
        call.args["glob"] or "*", call.args["excludes"], default_excludes=False
    )
    found = call.build.files.find(root, selection)
    return [
        {
            "$x": "object",
            "type": "FileWrapper",
            "facts": {
                "name": posixpath.basename(path),
                "path": path,
                "directory": False,
                "length": len(call.build.files.read(posixpath.join(root, path))),
                "text": path,
            },
        }
        for path in found
    ]


def _given(call: Call) -> str:
    file, text = call.args["file"], call.args["text"]
    if (file is None) == (text is None):
        raise illegal_argument(
            f"At least one of file or text needs to be provided to {call.step.name}."
        )
    return (
        text if file is None else _read(call, resolved(call, file)).decode("utf-8", "replace")
    )


async def _read_json(call: Call) -> Any:  # noqa: ANN401 - a JSON value
    try:
        return json.loads(_given(call))
    except ValueError as error:
        raise Failure("net.sf.json.JSONException", f"Invalid JSON String: {error}") from error


async def _write_json(call: Call) -> str | None:
    indent = call.args["pretty"] or None
    text = json.dumps(call.args["json"], indent=indent, ensure_ascii=False)
    if call.args["returnText"]:
        return text
    call.build.files.write(resolved(call, call.args["file"]), text.encode())
    return None


async def _read_yaml(call: Call) -> Any:  # noqa: ANN401 - a YAML value
    import yaml  # noqa: PLC0415 - few Jenkinsfiles read YAML, and it takes its time to load

    try:
        documents = list(yaml.safe_load_all(_given(call)))
    except yaml.YAMLError as error:
        raise Failure("org.yaml.snakeyaml.error.YAMLException", str(error)) from error
    plain = json.loads(json.dumps(documents, default=str))
    return plain[0] if len(plain) == 1 else plain


async def _read_trusted(call: Call) -> str:
    path = posixpath.normpath(call.args["path"])
    text = None if path.startswith(("../", "/")) else call.build.source.read(path)
    if text is None:
        raise abort(f"Unable to find {call.args['path']} in the sources of this build")
    call.log(f"Obtained {path} from git {call.build.source.url}")
    return text


def _step(
    name: str,
    run: Callable[..., Any],
    params: tuple[Param, ...],
    sole: str | None,
    type_name: str,
) -> Step:
    return Step(name, run, params, sole=sole, type_name=type_name, needs_node=True)


_ENCODING = Param("encoding", default=None)
_SOURCE = (Param("file", default=None), Param("text", default=None))
STEPS = (
    _step(
        "readFile", _read_file, (Param("file"), _ENCODING), "file", f"{_WORKFLOW}.ReadFileStep"
    ),
    _step(
        "writeFile",
        _write_file,
        (Param("file"), Param("text"), _ENCODING),
        None,
        f"{_WORKFLOW}.WriteFileStep",
    ),
    _step("fileExists", _file_exists, (Param("file"),), "file", f"{_WORKFLOW}.FileExistsStep"),
    _step(
        "touch",
        _touch,
        (Param("file"), Param("timestamp", "int", default=None)),
        "file",
        f"{_UTILITY}.fs.TouchStep",
    ),
    _step(
        "findFiles",
        _find_files,
        (Param("glob", default=None), Param("excludes", default=None)),
        "glob",
        f"{_UTILITY}.fs.FindFilesStep",
    ),
    _step(
        "readJSON",
        _read_json,
        (*_SOURCE, Param("returnPojo", "bool", default=False)),
        None,
        f"{_UTILITY}.json.ReadJSONStep",
    ),
    _step(
        "writeJSON",
        _write_json,
        (
            Param("file", default=None),
            Param("json", "any"),
            Param("pretty", "int", default=0),
            Param("returnText", "bool", default=False),
        ),
        None,
        f"{_UTILITY}.json.WriteJSONStep",
    ),
    _step("readYAML", _read_yaml, _SOURCE, None, f"{_UTILITY}.conf.ReadYamlStep"),
    Step(
        "readTrusted",
        _read_trusted,
        (Param("path"),),
        sole="path",
        type_name="org.jenkinsci.plugins.workflow.multibranch.ReadTrustedStep",
    ),
)
