"""Who runs next: so many at once, addresses take turns, one run per session, and a session's newest request wins.

Within an address the newest comes first: where more is typed than can be run, what has just been typed is answered at
once, and what was typed before it is superseded by its own page. A request that nothing supersedes is soon overdue, and
then it goes before all others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from freedive.errors import Superseded, TooMany
from freedive.sandbox.cpu_budget import Client, network_of

OVERDUE_SECONDS = 0.4  # longer than somebody who types takes to the next key
PATIENCE_SECONDS = 0.25  # a run for whose session a newer request waits is ended when it is older than this


class Ticket:
    """One request's place. A client that names no session never supersedes itself."""

    def __init__(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        self.session = client if client.session is not None else None
        self.address = network_of(client.address)
        self.turn: asyncio.Future[None] = loop.create_future()
        self.came = loop.time()
        self.began: float | None = None
        self._patience = asyncio.timeout(None)
        self._inside = False
        self._end_at: float | None = None

    @asynccontextmanager
    async def in_turn(self) -> AsyncIterator[None]:
        """The run itself. Raises Superseded when it has been going on while a newer request waits."""
        try:
            async with self._patience:
                self._inside = True
                if self._end_at is not None:  # a newer one came between the call and our coming
                    self._patience.reschedule(self._end_at)
                try:
                    yield
                finally:
                    self._inside = False
        except TimeoutError:
            if not self._patience.expired():
                raise
            raise _superseded() from None

    def end_soon(self) -> None:
        """A newer request of the same session waits."""
        if self.began is None or self._end_at is not None:
            return
        self._end_at = self.began + PATIENCE_SECONDS
        if self._inside:
            self._patience.reschedule(self._end_at)


class Turns:
    """`async with turns.turn(client):` enters the body when it is the client's turn."""

    def __init__(self, at_once: int, most_waiting: int, most_seconds: float) -> None:
        self._at_once, self._most_waiting, self._most_seconds = at_once, most_waiting, most_seconds
        self._lines: OrderedDict[str, deque[Ticket]] = OrderedDict()  # by address, in order of turn
        self._newest: dict[Client, Ticket] = {}  # the one that waits, by session
        self._running: dict[Client | None, Ticket] = {}  # the one that runs, by session
        self._busy = 0

    @property
    def waiting(self) -> int:
        return sum(len(line) for line in self._lines.values())

    @property
    def running(self) -> int:
        return self._busy

    @asynccontextmanager
    async def turn(self, client: Client) -> AsyncIterator[None]:
        """Raises TooMany when too many wait or one waits too long, Superseded when a newer request came."""
        ticket = Ticket(client)
        try:
            await self._stand_in_line(ticket)
            async with ticket.in_turn():
                yield
        finally:
            self._leave(ticket)
            if ticket.began is not None:
                self._busy -= 1
                if ticket.session is not None:
                    del self._running[ticket.session]
                self._call_next()

    async def _stand_in_line(self, ticket: Ticket) -> None:
        older = self._newest.get(ticket.session) if ticket.session is not None else None
        if self.waiting >= self._most_waiting and older is None:
            raise TooMany("Too many snippets are waiting for the tensor lab.", retry_after=1.0)
        if older is not None:
            self._leave(older)
            older.turn.set_exception(_superseded())
        if ticket.session is not None:
            self._newest[ticket.session] = ticket
            running = self._running.get(ticket.session)
            if running is not None:
                running.end_soon()
        self._lines.setdefault(ticket.address, deque()).append(ticket)
        self._call_next()
        try:
            async with asyncio.timeout(self._most_seconds):
                await ticket.turn
        except TimeoutError:
            raise TooMany("The tensor lab is busy; the snippet waited too long.", retry_after=2.0) from None

    def _leave(self, ticket: Ticket) -> None:
        line = self._lines.get(ticket.address)
        if line is not None and ticket in line:
            line.remove(ticket)
            if not line:
                del self._lines[ticket.address]
        if ticket.session is not None and self._newest.get(ticket.session) is ticket:
            del self._newest[ticket.session]

    def _call_next(self) -> None:
        """Give free places away; the address that had the last turn goes to the end."""
        while self._busy < self._at_once:
            ticket = self._next()
            if ticket is None:
                return
            self._leave(ticket)
            if ticket.address in self._lines:
                self._lines.move_to_end(ticket.address)
            self._busy += 1
            ticket.began = asyncio.get_running_loop().time()
            if ticket.session is not None:
                self._running[ticket.session] = ticket
            ticket.turn.set_result(None)

    def _next(self) -> Ticket | None:
        now = asyncio.get_running_loop().time()
        for line in self._lines.values():
            able = [one for one in line if not one.turn.done() and one.session not in self._running]
            if able:
                return able[0] if now - able[0].came > OVERDUE_SECONDS else able[-1]
        return None


def _superseded() -> Superseded:
    return Superseded("A newer request of the same page has taken this one's place.")
