"""The Python client: `Client` for scripts, `AsyncClient` for asyncio. Both speak REST for asking and the socket for events.

with freedive.Client("http://127.0.0.1:3483") as client:
    job = client.submit("spirals", epochs=20)
    for event in job.events():
        ...
    frame = job.metrics()

Over 400 lines, because the two stand side by side: what one can do, the other can.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from urllib.parse import urlencode

import httpx
import websockets.asyncio.client
import websockets.sync.client
from pydantic import TypeAdapter
from websockets.exceptions import InvalidStatus, WebSocketException

from freedive import errors
from freedive.protocol.chunks import unframe
from freedive.protocol.events import Event
from freedive.protocol.jobs import CommandReceipt, JobInfo, JobPage, Prediction
from freedive.protocol.specs import Spec

if TYPE_CHECKING:
    import pandas

PREFIX = "/api/v1"
ENDED = ("finished", "stopped", "failed")
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between attempts to reach the server again; after the last one the iterator gives up."""

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_KINDS = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.FreediveError)
}


def _raise_problem(response: httpx.Response) -> httpx.Response:
    """Turn problem+json into the exception that the server raised."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = {}
    kind = _KINDS.get(body.get("code", ""), errors.FreediveError)
    detail = body.get("detail") or f"The server answered {response.status_code}."
    raise kind(detail, position=body.get("position"), hint=body.get("hint"))


def _spec(spec: Spec | Mapping[str, Any] | str, changes: Mapping[str, Any], recipes: Any) -> dict[str, Any]:
    """A spec as JSON: given as such, as plain data, or as a recipe's name with top-level fields changed."""
    if isinstance(spec, str):
        known = {recipe["name"]: recipe["spec"] for recipe in recipes["recipes"]}
        if spec not in known:
            raise errors.NotFound(f"There is no recipe `{spec}`.", hint=f"Recipes: {', '.join(known)}.")
        return {**known[spec], **changes}
    plain = spec.model_dump(mode="json") if isinstance(spec, Spec) else dict(spec)
    return {**plain, **changes}


def _query(job: str, after: int) -> str:
    return urlencode({"job": job, "after": after})


class _Cursor:
    """What an iterator over events has seen; the same for both clients."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.ended = False
        self.attempts = 0

    def read(self, message: bytes) -> list[Event]:
        """New events of a socket message."""
        self.attempts = 0
        fresh = []
        for _header, events in unframe(message):
            for plain in events:
                if plain["seq"] <= self.after:
                    continue
                event = _EVENT.validate_python(plain)
                self.after = event.seq
                self.ended = self.ended or (event.type == "state" and event.state in ENDED)
                fresh.append(event)
        return fresh

    def has_all(self, info: JobInfo) -> bool:
        """Whether the job ended and nothing is left to read."""
        return info.state in ENDED and self.after >= info.last_seq

    def pause(self, error: Exception) -> float:
        """How long to wait before the next attempt. Raises Unavailable when there were enough."""
        if isinstance(error, InvalidStatus) and error.response.status_code in (403, 404):
            raise errors.NotFound("There is no such job, or the token is wrong.") from error
        if self.attempts >= len(PAUSES):
            raise errors.Unavailable(f"The server cannot be reached: {error}.") from error
        self.attempts += 1
        return PAUSES[self.attempts - 1]


def _frame(columns: Mapping[str, Any]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame(columns["columns"], index=pandas.Index(columns["steps"], name="step"))


Answer = TypeVar("Answer")


class Commands(ABC, Generic[Answer]):
    """What can be told to a running job, the same for both clients."""

    @abstractmethod
    def command(self, kind: str, **fields: Any) -> Answer:
        """Send any command. Raises IllegalCommand where the job's state forbids it."""

    def pause(self) -> Answer:
        """Stop before the next step."""
        return self.command("pause")

    def resume(self) -> Answer:
        """Go on."""
        return self.command("resume")

    def step(self, n: int = 1) -> Answer:
        """Take n steps, then pause."""
        return self.command("step", n=n)

    def finish_epoch(self) -> Answer:
        """Run to the end of this epoch, then pause."""
        return self.command("finish_epoch")

    def stop(self) -> Answer:
        """End the job now."""
        return self.command("stop")

    def pace(self, steps_per_second: float | None) -> Answer:
        """Take at most so many steps per second; None is full speed."""
        return self.command("pace", steps_per_second=steps_per_second)

    def set(self, **changes: float) -> Answer:
        """Change lr, momentum, weight_decay, batch_size or dropout from the next step on."""
        return self.command("set", changes=changes)

    def inspect(self, index: int, split: str = "validation") -> Answer:
        """Choose the example whose way through the model is shown."""
        return self.command("inspect", index=index, split=split)

    def rewind(self, step: int) -> Answer:
        """Go back to a step and pause there."""
        return self.command("rewind", step=step)


class RemoteJob(Commands[CommandReceipt]):
    """A job of a server."""

    def __init__(self, client: Client, id: str) -> None:
        self._client = client
        self.id = id

    def __repr__(self) -> str:
        return f"RemoteJob({self.id!r})"

    def info(self) -> JobInfo:
        """The job as it stands."""
        return JobInfo.model_validate(self._client.request("GET", f"/jobs/{self.id}"))

    def command(self, kind: str, **fields: Any) -> CommandReceipt:
        """Send any command. Raises IllegalCommand where the job's state forbids it."""
        body = {"kind": kind, **fields}
        return CommandReceipt.model_validate(
            self._client.request("POST", f"/jobs/{self.id}/commands", json=body)
        )

    def fork(self, step: int | None = None, *changes: Mapping[str, float] | None) -> list[RemoteJob]:
        """Children from a step on, one for each change (one without a change if none is given)."""
        body = {"step": step, "changes": list(changes) or [None]}
        made = self._client.request("POST", f"/jobs/{self.id}/forks", json=body)
        return [RemoteJob(self._client, child["id"]) for child in made]

    def metrics(self, points: int | None = None) -> pandas.DataFrame:
        """Columns of every step, or thinned to about `points` rows that keep minima and maxima."""
        params = {} if points is None else {"points": points}
        return _frame(self._client.request("GET", f"/jobs/{self.id}/metrics", params=params))

    def predict(self, inputs: Sequence[Any], step: int | None = None) -> Prediction:
        """What the model says of inputs as the dataset gives them."""
        body = {"inputs": list(inputs), "step": step}
        return Prediction.model_validate(
            self._client.request("POST", f"/jobs/{self.id}/predictions", json=body)
        )

    def code(self) -> str:
        """The job as one plain PyTorch script."""
        return str(self._client.request("GET", f"/jobs/{self.id}/code"))

    def delete(self) -> None:
        """End it and forget it."""
        self._client.request("DELETE", f"/jobs/{self.id}")

    def events(self, after: int = 0) -> Iterator[Event]:
        """Every fact and the newest snapshots, until the job ends; goes on where it was when the connection breaks."""
        cursor = _Cursor(after)
        while not cursor.ended:
            try:
                if cursor.has_all(self.info()):
                    return
                with websockets.sync.client.connect(
                    self._client.stream_url(_query(self.id, cursor.after)),
                    additional_headers=self._client.headers,
                    max_size=None,
                ) as socket:
                    for message in socket:
                        yield from cursor.read(message if isinstance(message, bytes) else message.encode())
                        if cursor.ended:
                            return
                raise ConnectionError("the server closed the connection")
            except (OSError, WebSocketException, errors.Unavailable) as error:
                threading.Event().wait(cursor.pause(error))

    def wait(self) -> JobInfo:
        """Block until the job ended."""
        for _ in self.events():
            pass
        return self.info()


class _Address:
    """Where the server is and what it asks for."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def stream_url(self, query: str) -> str:
        return f"ws{self.url.removeprefix('http')}{PREFIX}/stream?{query}"


class Client(_Address):
    """A blocking client. Every problem the server names is raised as the exception of the same name."""

    def __init__(
        self, url: str = "http://127.0.0.1:3483", *, token: str | None = None, timeout: float = 30.0
    ) -> None:
        super().__init__(url, token)
        self._http = httpx.Client(base_url=self.url + PREFIX, headers=self.headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def request(self, method: str, path: str, **options: Any) -> Any:
        """One REST call: decoded JSON, or text. Raises Unavailable when nobody answers."""
        try:
            response = _raise_problem(self._http.request(method, path, **options))
        except httpx.TransportError as error:
            raise errors.Unavailable(
                f"No Freedive server answers at {self.url}: {error}.", hint="Start one with `freedive serve`."
            ) from error
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return response.json() if is_json and response.content else response.text

    def submit(self, spec: Spec | Mapping[str, Any] | str, *, name: str = "", **changes: Any) -> RemoteJob:
        """Start a job from a spec or a recipe's name; further keywords change top-level fields of the spec."""
        recipes = self.request("GET", "/catalog") if isinstance(spec, str) else None
        recipe = spec if isinstance(spec, str) else ""
        body = {"spec": _spec(spec, changes, recipes), "name": name, "recipe": recipe}
        return RemoteJob(self, self.request("POST", "/jobs", json=body)["id"])

    def job(self, id: str) -> RemoteJob:
        """A job by its id."""
        return RemoteJob(self, id)

    def infos(self, words: str = "") -> Iterator[JobInfo]:
        """All jobs as they stand, newest first; or those with these words in name, recipe, tags, notes or id."""
        params = {"q": words, "limit": "200"}
        while True:
            page = JobPage.model_validate(self.request("GET", "/jobs", params=params))
            yield from page.jobs
            if page.next is None:
                return
            params["cursor"] = page.next

    def jobs(self, words: str = "") -> Iterator[RemoteJob]:
        """The same, to be commanded."""
        return (RemoteJob(self, info.id) for info in self.infos(words))


class AsyncJob(Commands[Coroutine[Any, Any, CommandReceipt]]):
    """A job of a server, for asyncio. Methods as in `RemoteJob`."""

    def __init__(self, client: AsyncClient, id: str) -> None:
        self._client = client
        self.id = id

    async def info(self) -> JobInfo:
        """The job as it stands."""
        return JobInfo.model_validate(await self._client.request("GET", f"/jobs/{self.id}"))

    async def command(self, kind: str, **fields: Any) -> CommandReceipt:
        """Send any command. Raises IllegalCommand where the job's state forbids it."""
        body = {"kind": kind, **fields}
        return CommandReceipt.model_validate(
            await self._client.request("POST", f"/jobs/{self.id}/commands", json=body)
        )

    async def fork(self, step: int | None = None, *changes: Mapping[str, float] | None) -> list[AsyncJob]:
        """Children from a step on."""
        body = {"step": step, "changes": list(changes) or [None]}
        made = await self._client.request("POST", f"/jobs/{self.id}/forks", json=body)
        return [AsyncJob(self._client, child["id"]) for child in made]

    async def metrics(self, points: int | None = None) -> pandas.DataFrame:
        """Columns of every step."""
        params = {} if points is None else {"points": points}
        return _frame(await self._client.request("GET", f"/jobs/{self.id}/metrics", params=params))

    async def predict(self, inputs: Sequence[Any], step: int | None = None) -> Prediction:
        """What the model says of inputs."""
        body = {"inputs": list(inputs), "step": step}
        return Prediction.model_validate(
            await self._client.request("POST", f"/jobs/{self.id}/predictions", json=body)
        )

    async def code(self) -> str:
        """The job as one plain PyTorch script."""
        return str(await self._client.request("GET", f"/jobs/{self.id}/code"))

    async def wait(self) -> JobInfo:
        """Until the job ended."""
        async for _ in self.events():
            pass
        return await self.info()

    async def delete(self) -> None:
        """End it and forget it."""
        await self._client.request("DELETE", f"/jobs/{self.id}")

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Every fact and the newest snapshots, until the job ends."""
        cursor = _Cursor(after)
        while not cursor.ended:
            try:
                if cursor.has_all(await self.info()):
                    return
                async with websockets.asyncio.client.connect(
                    self._client.stream_url(_query(self.id, cursor.after)),
                    additional_headers=self._client.headers,
                    max_size=None,
                ) as socket:
                    async for message in socket:
                        for event in cursor.read(message if isinstance(message, bytes) else message.encode()):
                            yield event
                        if cursor.ended:
                            return
                raise ConnectionError("the server closed the connection")
            except (OSError, WebSocketException, errors.Unavailable) as error:
                await asyncio.sleep(cursor.pause(error))


class AsyncClient(_Address):
    """A client for asyncio."""

    def __init__(
        self, url: str = "http://127.0.0.1:3483", *, token: str | None = None, timeout: float = 30.0
    ) -> None:
        super().__init__(url, token)
        self._http = httpx.AsyncClient(base_url=self.url + PREFIX, headers=self.headers, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """One REST call: decoded JSON, or text. Raises Unavailable when nobody answers."""
        try:
            response = _raise_problem(await self._http.request(method, path, **options))
        except httpx.TransportError as error:
            raise errors.Unavailable(
                f"No Freedive server answers at {self.url}: {error}.", hint="Start one with `freedive serve`."
            ) from error
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return response.json() if is_json and response.content else response.text

    async def submit(
        self, spec: Spec | Mapping[str, Any] | str, *, name: str = "", **changes: Any
    ) -> AsyncJob:
        """Start a job from a spec or a recipe's name."""
        recipes = await self.request("GET", "/catalog") if isinstance(spec, str) else None
        recipe = spec if isinstance(spec, str) else ""
        body = {"spec": _spec(spec, changes, recipes), "name": name, "recipe": recipe}
        return AsyncJob(self, (await self.request("POST", "/jobs", json=body))["id"])

    def job(self, id: str) -> AsyncJob:
        """A job by its id."""
        return AsyncJob(self, id)

    async def infos(self, words: str = "") -> AsyncIterator[JobInfo]:
        """All jobs as they stand, newest first; or those with these words."""
        params = {"q": words, "limit": "200"}
        while True:
            page = JobPage.model_validate(await self.request("GET", "/jobs", params=params))
            for info in page.jobs:
                yield info
            if page.next is None:
                return
            params["cursor"] = page.next
