"""TCP proxies of our own on loopback that break what goes through them, by switches.

`HttpProxy` stands between clients and the service, `MongoProxy` between the service and its
database. Both serve from one thread with an event loop of its own; a switch is a plain attribute
and may be turned at any time. Nothing is repaired on the way: what the far side sends arrives as it
was, late, cut, twice or not at all.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

import bson

Document = dict[str, Any]
P = TypeVar("P", bound="Proxy")

LIMIT = 64 * 1024 * 1024
LONGEST_HOLD = 2.0
"""Seconds that a request waits at most for another one to pass it."""


class Cut(Exception):
    """The connection is to be cut here."""


class Proxy:
    """Listens on a port of its own; a context manager.

    Attributes:
        delay: seconds by which every reply comes late.
        trickle: bytes a second in which replies drip; 0 for all at once.
        stopped: nothing is passed on in either direction, and no connection is closed.
        seen: what happened how often, by name.
    """

    def __init__(self, port: int, seed: int = 1) -> None:
        self.delay = 0.0
        self.trickle = 0
        self.stopped = False
        self.seen: Counter[str] = Counter()
        self._target = port
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=4_096)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self: P) -> P:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def address(self) -> str:
        """The base address of what is behind it."""
        return f"http://127.0.0.1:{self.port}"

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._socket, limit=LIMIT)

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # Transports close in the round after.

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(self._serve_safely(reader, writer))

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve_safely(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, Cut):
            pass  # Either side hung up, or we did.
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._target, limit=LIMIT)

    async def _pass(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        """Hand `content` on, as late and as slowly as the switches say."""
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._while_stopped()
        step = max(self.trickle // 20, 1) if self.trickle else len(content)
        for start in range(0, len(content), step):
            writer.write(content[start : start + step])
            await writer.drain()
            if self.trickle:
                await asyncio.sleep(0.05)

    async def _while_stopped(self) -> None:
        while self.stopped:
            await asyncio.sleep(0.02)


class HttpProxy(Proxy):
    """Each request goes upstream over a connection of its own, so that none waits for another.

    Attributes:
        up_to: seconds by which a request, and the second copy of one, comes late at most.
        doubled, held, cut: shares of the requests that are sent twice and answered once, that wait
            until the next one has passed, and whose reply is cut once it has come from upstream.
    """

    def __init__(self, port: int, seed: int = 1) -> None:
        super().__init__(port, seed)
        self.up_to = self.doubled = self.held = self.cut = 0.0
        self._passed = asyncio.Event()
        self._under_way = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, not even a second copy or what a client gave up on."""
        return self._under_way == 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_http(reader)
            # A task of its own: a client that hangs up does not call its request back.
            answer = self._loop.create_future()
            self._keep(self._carry(request, answer))
            await self._pass(writer, await answer)

    async def _carry(self, request: bytes, answer: asyncio.Future[bytes]) -> None:
        self._under_way += 1
        try:
            if self._by_chance(self.doubled, "doubled"):
                self._keep(self._carry_copy(request))
            reply = await self._ask(request)
            if self._by_chance(self.cut, "cut"):
                raise Cut
            if not answer.done():
                answer.set_result(reply)
        except (OSError, asyncio.IncompleteReadError, Cut) as error:
            if not answer.done():
                answer.set_exception(Cut(*error.args))
                answer.exception()  # The client may have gone; nobody else asks for it then.
        finally:
            self._under_way -= 1

    async def _carry_copy(self, request: bytes) -> None:
        self._under_way += 1
        try:
            await self._ask(request)
        finally:
            self._under_way -= 1

    async def _ask(self, request: bytes) -> bytes:
        """Send one request upstream, late and out of turn if so chosen; returns the reply."""
        await asyncio.sleep(self._chance.random() * self.up_to)
        if self._by_chance(self.held, "held"):
            await self._wait_for_the_next()
        await self._while_stopped()
        reader, writer = await self._upstream()
        try:
            writer.write(request)
            await writer.drain()
            self.seen["passed"] += 1
            self._passed.set()
            self._passed = asyncio.Event()
            return await read_http(reader)
        finally:
            writer.close()

    async def _wait_for_the_next(self) -> None:
        try:
            await asyncio.wait_for(self._passed.wait(), LONGEST_HOLD)
        except asyncio.TimeoutError:
            self.seen["held in vain"] += 1

    def _by_chance(self, share: float, name: str) -> bool:
        chosen = self._chance.random() < share
        self.seen[name] += chosen
        return chosen


async def read_http(reader: asyncio.StreamReader) -> bytes:
    """Read one request or response with a `Content-Length` (0 without)."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    return head + (await reader.readexactly(lengths[0]) if lengths else b"")


HEADER = struct.Struct("<iiii")
"""Length, request id, the id that is answered, and the operation; MongoDB wire protocol."""
OP_MSG = 2013
BODY_AT = HEADER.size + 5
"""Flags (4 bytes) and the kind of the first section (1 byte, 0: one BSON document)."""
WRITES = ("insert", "update")
SHUTDOWN = 91
"""ShutdownInProgress."""


class MongoProxy(Proxy):
    """Passes OP_MSG on, message by message.

    The faults below hit inserts and updates of `collection` alone, as often as `times` says.

    Attributes:
        fault: '' for none; 'cut': the connection is cut in the place of the write's reply;
            'unconfirmed': the write is done and its reply says a writeConcernError;
            'rolled back': the same reply, but nothing is written, as after a change of primary.
        code: of the writeConcernError. With `SHUTDOWN` every other connection is cut too, since a
            primary that says so goes, and a driver waits for it to be heard of anew.
        times: how many writes are hit from now on.
    """

    def __init__(self, port: int, seed: int = 1) -> None:
        super().__init__(port, seed)
        self.collection = "conversations"
        self.fault = ""
        self.code = 64
        self.times = 0
        self._clients: set[asyncio.StreamWriter] = set()

    @classmethod
    def before(cls, uri: str) -> MongoProxy:
        """A proxy before the database of this address."""
        return cls(int(uri.split(":")[2].partition("/")[0]))

    def uri(self, behind: str) -> str:
        """The address `behind`, reached through this proxy alone.

        A driver that follows the server's own word for where it stands would go around it.
        """
        joint = "&" if "?" in behind else "?"
        return f"{behind.replace(f':{self._target}', f':{self.port}')}{joint}directConnection=true"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await self._upstream()
        hit: dict[int, str] = {}
        self._clients.add(writer)
        ways = {
            self._keep(self._requests(reader, back, writer, hit)),
            self._keep(self._replies(there, writer, hit)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            back.close()
            self._clients.discard(writer)

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
        hit: dict[int, str],
    ) -> None:
        try:
            while True:
                message = await read_mongo(reader)
                await self._while_stopped()
                fault = self._fault_for(message)
                number = HEADER.unpack_from(message)[1]
                if fault == "rolled back":
                    reply = as_reply(number, {"n": 1, "nModified": 1, "ok": 1.0})
                    await self._pass_unconfirmed(writer, reply)
                    continue
                if fault:
                    hit[number] = fault
                back.write(message)
                await back.drain()
        except (OSError, asyncio.IncompleteReadError):
            return

    async def _replies(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, hit: dict[int, str]
    ) -> None:
        try:
            while True:
                message = await read_mongo(there)
                fault = hit.pop(HEADER.unpack_from(message)[2], "")
                if fault == "cut":
                    return
                if fault:
                    await self._pass_unconfirmed(writer, message)
                else:
                    await self._pass(writer, message)
        except (OSError, asyncio.IncompleteReadError):
            return

    def _fault_for(self, message: bytes) -> str:
        if not self.fault or self.times <= 0 or HEADER.unpack_from(message)[3] != OP_MSG:
            return ""
        name, collection = next(iter(body_of(message).items()))
        if name not in WRITES or collection != self.collection:
            return ""
        self.times -= 1
        self.seen[self.fault] += 1
        return self.fault

    async def _pass_unconfirmed(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        error = {"code": self.code, "errmsg": "waiting for replication failed"}
        answered = HEADER.unpack_from(reply)[2]
        await self._pass(writer, as_reply(answered, {**body_of(reply), "writeConcernError": error}))
        if self.code == SHUTDOWN:
            for other in self._clients - {writer}:
                other.close()


async def read_mongo(reader: asyncio.StreamReader) -> bytes:
    """Read one message of the wire protocol."""
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "little") - 4)


def body_of(message: bytes) -> Document:
    """Decode the first section of an OP_MSG, which holds the command or the reply."""
    length = int.from_bytes(message[BODY_AT : BODY_AT + 4], "little")
    return bson.decode(message[BODY_AT : BODY_AT + length])


def as_reply(answered: int, body: Document) -> bytes:
    """An OP_MSG that answers the request with this id."""
    content = bytes(5) + bson.encode(body)
    return HEADER.pack(HEADER.size + len(content), 0, answered, OP_MSG) + content
