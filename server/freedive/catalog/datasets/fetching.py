"""Fetching: gzipped files from the first source that answers, checked by the SHA-256 of what they contain.

A file gets its name only after its content was checked, so a broken download is never mistaken for a set.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from freedive.catalog.datasets.store import DataStore
from freedive.errors import DataUnavailable

CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
MOST_BYTES = 1 << 30


class Refused(Exception):
    """Why one source did not do."""


def fetch(name: str, sha256: Mapping[str, str], sources: Sequence[str], store: DataStore) -> Path:
    """The folder `<data_dir>/datasets/<name>` with every `<file>.gz` of `sha256` in it, fetched where missing.

    `sources` are folders on the web, tried in order. A download that was cut off goes on where it ended. Raises
    DataUnavailable, which names what each source answered.
    """
    folder = store.datasets / name
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder, name, store):
        checked = _Checked(folder)
        missing = [file for file in sha256 if not checked.holds(file, sha256[file])]
        if missing and store.offline:
            raise DataUnavailable(
                f"{name} is not on this machine ({missing[0]}.gz is missing in {folder}), and fetching is turned off",
                position="dataset",
                hint=f"Unset FREEDIVE_OFFLINE, or put the files from {sources[0]} into that folder.",
            )
        for i, file in enumerate(missing):
            what = f"{name}: {file}.gz ({i + 1} of {len(missing)})"
            _fetch_file(what, folder / f"{file}.gz", sha256[file], sources, store)
            checked.add(file)
    return folder


def _fetch_file(what: str, target: Path, expected: str, sources: Sequence[str], store: DataStore) -> None:
    partial = target.with_name(f"{target.name}.partial")
    reasons = []
    for source in sources:
        url = f"{source}{target.name}"
        try:
            resumed = _download(what, url, partial, store)
            found = content_sha256(partial)
            if (
                found != expected and resumed
            ):  # its beginning may have come from elsewhere: once more from the start
                partial.unlink()
                _download(what, url, partial, store)
                found = content_sha256(partial)
        except Refused as refusal:
            reasons.append(f"{url}: {refusal}")
            continue
        if found == expected:
            partial.replace(target)
            return
        partial.unlink()
        came = f"has the content {found}" if found else "is not a whole gzip file"
        reasons.append(f"{url}: what came {came}, expected SHA-256 {expected}")
    raise DataUnavailable(
        f"{what} could not be fetched: {'; '.join(reasons)}",
        position="dataset",
        hint=f"Check the network and try again, or put the file into {target.parent} yourself.",
    )


def _download(what: str, url: str, partial: Path, store: DataStore) -> bool:
    """Fetch `url` into `partial`, going on where it ends; whether something was already there. Raises Refused."""
    import httpx

    start = partial.stat().st_size if partial.exists() else 0
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    # identity: the bytes of the file itself, not unpacked on the way
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    try:
        with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
            if start and answer.status_code == 416:  # nothing is left to fetch
                return True
            if answer.status_code not in (200, 206):
                raise Refused(f"the server answered {answer.status_code} {answer.reason_phrase}")
            resumed = start > 0 and answer.status_code == 206
            done = start if resumed else 0
            length = answer.headers.get("Content-Length", "")
            total = done + int(length) if length.isdigit() else None
            with partial.open("ab" if resumed else "wb") as file:
                store.report(what, done, total, "bytes")
                for block in answer.iter_raw():
                    file.write(block)
                    done += len(block)
                    store.report(what, done, total, "bytes")
                    if done > MOST_BYTES:
                        raise Refused(f"more than {MOST_BYTES:,} bytes came")
            return resumed
    except httpx.TimeoutException:
        raise Refused(f"no answer within {CONNECT_SECONDS:g} s, or none for {READ_SECONDS:g} s") from None
    except httpx.HTTPError as error:
        raise Refused(str(error) or type(error).__name__) from None


def content_sha256(packed: Path) -> str | None:
    """SHA-256 of what a gzip file contains, in hexadecimal; None where it is not a whole gzip file."""
    digest = hashlib.sha256()
    try:
        with gzip.open(packed) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.hexdigest()


class _Checked:
    """Remembers which files were checked, by size and time, so that a start does not read them all again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "checked.json"
        try:
            self.seen: dict[str, list[int]] = json.loads(self.path.read_text())
        except (OSError, ValueError):
            self.seen = {}

    def _stamp(self, file: str) -> list[int]:
        stat = (self.folder / f"{file}.gz").stat()
        return [stat.st_size, stat.st_mtime_ns]

    def holds(self, file: str, expected: str) -> bool:
        """Whether the file is there with the right content; one that a person put there is checked now."""
        path = self.folder / f"{file}.gz"
        if not path.exists():
            return False
        if self.seen.get(file) == self._stamp(file):
            return True
        if content_sha256(path) != expected:
            return False
        self.add(file)
        return True

    def add(self, file: str) -> None:
        """The file was just checked."""
        self.seen[file] = self._stamp(file)
        self.path.write_text(json.dumps(self.seen))


@contextmanager
def _alone(folder: Path, name: str, store: DataStore) -> Iterator[None]:
    """One process fetches at a time; the others wait and then find the files."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            store.report(f"{name}: waiting for another job that is fetching it", 0, None, "bytes")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
