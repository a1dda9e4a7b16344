"""Text files in the run's own scratch space, in memory: `open`, io.StringIO and the few names of os."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace
from freedive.lab.problems import Refused
from freedive.lab.running import running


class TextFile:
    """io.StringIO: text that can be read like a file."""

    def __init__(self, text: str = "") -> None:
        running.meter.text(len(text))
        self.value = text
        self.place = 0

    def getvalue(self) -> str:
        return self.value


def open_file(path: Any, mode: str = "r", *args: Any, **kwargs: Any) -> TextFile:
    """A text file in the run's own scratch space, in memory; nothing of the machine can be reached."""
    if not isinstance(path, str) or mode.replace("t", "") not in ("r", "w", "a", "r+", "w+"):
        raise Refused(
            "open() takes a name and one of the modes r, w and a: text in the run's own scratch space"
        )
    if mode[0] == "w":
        running.meter.items(len(running.files) + 1, "folder")
        running.files[path] = TextFile()
    elif mode[0] == "a":
        running.files.setdefault(path, TextFile())
    elif path not in running.files:
        raise FileNotFoundError(f"[Errno 2] No such file or directory: {path!r}")
    found = running.files[path]
    if not isinstance(found, TextFile):
        raise Refused(f"{path!r} is not a text file")
    found.place = 0
    return found


class TextFileKind(Kind):
    name = "file"

    def enter(self, value: Any) -> Any:
        return value

    def repr(self, value: Any) -> str:
        return "<file in scratch space>"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "getvalue": Native("getvalue", lambda f: f.value), "readline": Native("readline", _readline), "read": Native("read", lambda f: f.value),
            "write": Native("write", _write), "readlines": Native("readlines", lambda f: f.value.splitlines(keepends=True)),
            "seek": Native("seek", lambda f, place: place), "close": Native("close", lambda f: None),
        }  # fmt: skip

    def iterate(self, value: Any) -> Iterator[Any]:
        return iter(value.value.splitlines(keepends=True))

    def native(self, value: Any) -> Any:
        return io.StringIO(value.value)


def _readline(file: TextFile) -> str:
    lines = file.value.splitlines(keepends=True)
    file.place += 1
    return lines[file.place - 1] if file.place <= len(lines) else ""


def _write(file: TextFile, text: str) -> int:
    running.meter.text(len(file.value) + len(text))
    file.value += text
    return len(text)


register(TextFileKind(), TextFile)


def _splitext(path: str) -> tuple[str, str]:
    stem, dot, ending = path.rpartition(".")
    return (stem, dot + ending) if dot and stem else (path, "")


def spaces() -> list[Namespace]:
    paths = Namespace("os.path", {
        "join": Native("join", lambda *parts: "/".join(str(p).strip("/") if i else str(p) for i, p in enumerate(parts))),
        "exists": Native("exists", lambda path: path in running.files), "isfile": Native("isfile", lambda path: path in running.files),
        "basename": Native("basename", lambda path: str(path).rsplit("/", 1)[-1]), "splitext": Native("splitext", _splitext),
    })  # fmt: skip
    folders = {
        "makedirs": Native("makedirs", lambda *a, **k: None),
        "mkdir": Native("mkdir", lambda *a, **k: None),
        "listdir": Native("listdir", lambda *a: sorted(running.files)),
    }
    return [
        Namespace("io", {"StringIO": Native("StringIO", TextFile)}),
        paths,
        Namespace("os", {"path": paths, **folders}, doc="Only names and the run's own scratch space."),
    ]
