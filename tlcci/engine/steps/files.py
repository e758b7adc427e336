"""`readFile`, `writeFile`, `fileExists`, `findFiles`, `readJSON`, `readYAML` and kin."""

from __future__ import annotations

import base64
import codecs
import json
import posixpath
import string
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, abort, illegal_argument
from tlcci.engine.sites import do
from tlcci.engine.steps.folders import resolved
from tlcci.results.globs import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.program import Call

_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"
_BASE64 = "Base64"
_BASE64_LETTERS = frozenset(string.ascii_letters + string.digits + "+/=")
_UTILITY = "org.jenkinsci.plugins.pipeline.utility.steps"


async def _read(call: Call, path: str) -> bytes:
    """Return a file's bytes; raise what Jenkins raises for one that cannot be read."""
    try:
        site = call.build.site(call.context)
        return await do(site, site.files.read, path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Failure("java.nio.file.NoSuchFileException", path) from error
    except OSError as error:
        raise Failure("java.io.IOException", error.strerror) from error


def _child(call: Call) -> str:
    """Return the path of the step's file; raise what Jenkins raises where none was given."""
    file = call.args["file"]
    if file is None:
        raise _null('"String.startsWith(String)" because "rel" is null')
    return resolved(call, file)


def _null(what: str) -> Failure:
    return Failure("java.lang.NullPointerException", f"Cannot invoke {what}")


def _encoding(call: Call, unknown: str = "java.nio.charset.UnsupportedCharsetException") -> str:
    """Return the encoding of the step; raise Failure (of type *unknown*) for no encoding."""
    name = (call.args.get("encoding") or "").strip() or "UTF-8"
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise Failure(unknown, name) from error
    return name


def _decode(call: Call, data: bytes) -> str:
    if call.args.get("encoding") == _BASE64:
        return base64.b64encode(data).decode()
    encoding = _encoding(call)
    if _is_utf_16(encoding) and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "UTF-16BE"
    return data.decode(encoding, "replace")


def _encode(call: Call, text: str) -> bytes:
    if call.args["encoding"] == _BASE64:
        return _from_base64(text)
    encoding = _encoding(call, "java.io.UnsupportedEncodingException")
    if _is_utf_16(encoding):
        return codecs.BOM_UTF16_BE + text.encode("UTF-16BE", "replace")
    return text.encode(encoding, "replace")


def _is_utf_16(encoding: str) -> bool:
    return codecs.lookup(encoding).name == "utf-16"


def _from_base64(text: str) -> bytes:
    for letter in text:
        if letter not in _BASE64_LETTERS:
            raise illegal_argument(f"Illegal base64 character {ord(letter):x}")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise illegal_argument("Input byte[] should at least have 2 bytes") from error


async def _read_file(call: Call) -> str:
    path = _child(call)
    if call.args["encoding"] != _BASE64:
        _encoding(call)
    return _decode(call, await _read(call, path))


async def _write_file(call: Call) -> None:
    path, text = _child(call), call.args["text"]
    if text is None:
        raise _null('"String.length()" because "str" is null')
    data = _encode(call, text)
    site = call.build.site(call.context)
    try:
        await do(site, site.files.write, path, data)
    except (FileExistsError, NotADirectoryError) as error:
        raise Failure(
            "java.nio.file.FileAlreadyExistsException", str(error.filename)
        ) from error
    except OSError as error:
        raise Failure(
            "java.nio.file.FileSystemException", f"{path}: {error.strerror}"
        ) from error


async def _file_exists(call: Call) -> bool:
    file = call.args["file"]
    if not file:
        call.log("The file name is empty; it stands for the current directory")
    site = call.build.site(call.context)
    return await do(site, site.files.exists, resolved(call, file or ""))


async def _touch(call: Call) -> None:
    site = call.build.site(call.context)
    path = resolved(call, call.args["file"])
    await do(site, site.files.touch, path, call.args["timestamp"])


async def _find_files(call: Call) -> list[dict[str, Any]]:
    root = call.context.cwd or ""
    selection = Selection.of(
        call.args["glob"] or "*", call.args["excludes"], default_excludes=False
    )
    site = call.build.site(call.context)
    found = await do(site, site.files.find, root, selection)
    sizes = await do(site, site.files.sizes, root, found)
    return [
        {
            "$x": "object",
            "type": "FileWrapper",
            "facts": {
                "name": posixpath.basename(path),
                "path": path,
                "directory": False,
                "length": size,
                "text": path,
            },
        }
        for path, size in zip(found, sizes, strict=True)
    ]


async def _given(call: Call) -> str:
    file, text = call.args["file"], call.args["text"]
    if (file is None) == (text is None):
        raise illegal_argument(
            f"At least one of file or text needs to be provided to {call.step.name}."
        )
    return (
        text
        if file is None
        else (await _read(call, resolved(call, file))).decode("utf-8", "replace")
    )


async def _read_json(call: Call) -> Any:  # noqa: ANN401 - a JSON value
    try:
        return json.loads(await _given(call))
    except ValueError as error:
        raise Failure("net.sf.json.JSONException", f"Invalid JSON String: {error}") from error


async def _write_json(call: Call) -> str | None:
    indent = call.args["pretty"] or None
    text = json.dumps(call.args["json"], indent=indent, ensure_ascii=False)
    if call.args["returnText"]:
        return text
    site = call.build.site(call.context)
    await do(site, site.files.write, resolved(call, call.args["file"]), text.encode())
    return None


async def _read_yaml(call: Call) -> Any:  # noqa: ANN401 - a YAML value
    import yaml  # noqa: PLC0415 - few Jenkinsfiles read YAML, and it takes its time to load

    try:
        documents = list(yaml.safe_load_all(await _given(call)))
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
        "readFile",
        _read_file,
        (Param("file", default=None), _ENCODING),
        "file",
        f"{_WORKFLOW}.ReadFileStep",
    ),
    _step(
        "writeFile",
        _write_file,
        (Param("file", default=None), Param("text", default=None), _ENCODING),
        None,
        f"{_WORKFLOW}.WriteFileStep",
    ),
    _step(
        "fileExists",
        _file_exists,
        (Param("file", default=None),),
        "file",
        f"{_WORKFLOW}.FileExistsStep",
    ),
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
