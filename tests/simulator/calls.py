# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call from its arrival to its answer: what the services are handed, and what they hand back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from .journal import Entry
from .world import Fault, Token, User, World


class Segment(Convertor[str]):
    """One segment of the raw path; percent-decoded after routing, so that ``%2F`` never splits it."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote_to_bytes(value.encode("latin-1")).decode("utf-8", "replace")

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("segment", Segment())


class Refusal(Exception):
    """Ends a call with an answer that is not the one that was asked for."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = reply(body, status, headers)


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON for anything but None (no body) and a ready-made Response."""
    if isinstance(body, Response):
        return body
    if body is None:
        return Response(status_code=status, headers=dict(headers or {}))
    return JSONResponse(body, status, dict(headers or {}))


class Call:
    """A request on its way through the simulator.

    `params` are the decoded path parameters, `now` the time on the simulator's clock (seconds),
    `user` and `token` who was recognised, `foreign` a token that is good with another identity service,
    `effect` whether a mutating call changed the life of a job.
    """

    def __init__(self, world: World, operation: Operation, scope: Scope, body: bytes) -> None:
        self.world = world
        self.operation = operation
        self.scope = scope
        self.body = body
        self.params: dict[str, str] = scope["path_params"]
        self.now = world.clock.now()
        self.user: User | None = None
        self.token: Token | None = None
        self.foreign: Token | None = None
        self.effect: bool | None = None
        self._query: dict[str, str] | None = None

    @property
    def switches(self) -> dict[str, Any]:
        return self.world.switches

    @property
    def project_id(self) -> str:
        return self.params["project_id"]

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return value.decode("latin-1")
        return None

    @property
    def query(self) -> dict[str, str]:
        if self._query is None:
            pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
            self._query = dict(pairs)
        return self._query

    def values(self, name: str) -> list[str]:
        """All values of a query parameter, whether repeated or joined by commas."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"))
        return [part for key, value in pairs if key == name for part in value.split(",") if part]

    def json(self) -> Any:
        """The request's body; None when it is no JSON object."""
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    def number(self, name: str, default: int, refusal: Refusal, least: int = 0, most: int | None = None) -> int:
        """An integer of the query string, or the refusal when it is none or out of range."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise refusal
        value = int(text)
        if value < least or (most is not None and value > most):
            raise refusal
        return value

    def page(self, found: Sequence[Any], start: int, size: int, by_page: bool = False) -> list[Any]:
        """A page of a list; `start` is its number, from 0, or the number of the first item on it."""
        size = min(size, self.switches["list_page_most"] or size)
        start *= size if by_page else 1
        return list(found[start : start + size])

    def total(self, key: str, found: Sequence[Any]) -> dict[str, int]:
        """How many there are on all pages of a list, under its key, where the list tells."""
        return {key: len(found)} if self.switches["list_totals"] == "told" else {}


@dataclass(frozen=True)
class Operation:
    """One row of the services' tables of calls.

    `meaning` is its name in the journal, `mutating` marks it by intent (the MRS cancel is a GET).
    `open` calls need no authentication.
    """

    method: str
    path: str
    meaning: str
    handler: Callable[[Call], Response]
    mutating: bool = False
    open: bool = False

    @property
    def service(self) -> str:
        return self.meaning.split(".")[0]


@dataclass(frozen=True)
class Plane:
    """A port's worth of operations. `admit` checks who calls; `unknown` answers what is not in the table."""

    name: str
    operations: tuple[Operation, ...]
    admit: Callable[[Call], None]
    unknown: Callable[[Call], Response]


class Endpoint:
    """Serves one operation: journal, latency, faults, admission, the service's handler."""

    def __init__(self, world: World, plane: Plane, operation: Operation) -> None:
        self.world = world
        self.plane = plane
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = self._record(scope)
        call = Call(self.world, self.operation, scope, await read_body(receive))
        entry.auth = "token" if call.header("x-auth-token") else "signature" if call.header("authorization") else "none"
        if self.world.latency:
            await asyncio.sleep(self.world.latency)
        fault = self.world.next_fault(self.operation.meaning) if self.world.faults else None
        if fault is None:
            response = await self._answer(call, entry)
        elif fault.kind == "drop_before":
            await drop(receive, send)
            return
        elif fault.kind in ("status", "body", "redirect"):
            response = faulty_answer(fault)
        else:
            if fault.kind == "advance_before":
                self.world.clock.ahead += fault.seconds
            response = await self._answer(call, entry)
            if fault.kind == "drop_after":
                await drop(receive, send)
                return
            if fault.kind == "advance_after":
                self.world.clock.ahead += fault.seconds
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
        entry.status = response.status_code
        await response(scope, receive, send)

    def _record(self, scope: Scope) -> Entry:
        return self.world.journal.open(
            scope["headers"],
            at=self.world.clock.now(),
            plane=self.plane.name,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            meaning=self.operation.meaning,
            mutating=self.operation.mutating,
        )

    async def _answer(self, call: Call, entry: Entry) -> Response:
        call.effect = False if self.operation.mutating else None
        try:
            if self.world.identity:
                await self.world.identity.recognise(call)
            call.now = self.world.clock.now()
            self.plane.admit(call)
            return self.operation.handler(call)
        except Refusal as refusal:
            return refusal.response
        finally:
            entry.effect = call.effect


def plane_app(world: World, plane: Plane, more_routes: tuple[Route, ...] = ()) -> ASGIApp:
    """The ASGI application of one port; it routes on the raw path."""
    routes = list(more_routes)
    for operation in plane.operations:
        path = re.sub(r"{(\w+)}", r"{\1:segment}", operation.path)
        route = Route(path, Endpoint(world, plane, operation), methods=[operation.method])
        route.methods = {operation.method}  # Starlette would let HEAD in with GET, and a GET may cancel a job
        routes.append(route)
    unknown = Operation("*", "/{rest:path}", "unknown", plane.unknown, open=True)
    routes.append(Route(unknown.path, Endpoint(world, plane, unknown)))
    router = Router(routes, redirect_slashes=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = scope["raw_path"].decode("latin-1")
        await router(scope, receive, send)

    return app


def is_integer(value: Any) -> bool:
    """Whether a JSON value is an integer; Python takes true for one."""
    return isinstance(value, int) and not isinstance(value, bool)


async def read_body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def faulty_answer(fault: Fault) -> Response:
    """What a fault of kind status, body or redirect answers instead of the service."""
    if fault.kind == "redirect":
        status = fault.status if 300 <= fault.status < 400 else 307
        return RedirectResponse(fault.location, status, dict(fault.headers))
    content = fault.body if isinstance(fault.body, str) else json.dumps(fault.body) if fault.body is not None else ""
    media_type = fault.content_type or ("text/plain" if isinstance(fault.body, str) else "application/json")
    return Response(content, fault.status, dict(fault.headers), media_type if content else fault.content_type)


async def drop(receive: Receive, send: Send) -> None:
    """Close the connection without an answer.

    ASGI has no word for this. Under uvicorn `send` is a method of the request's cycle, which knows the transport.
    """
    send.__self__.transport.close()  # type: ignore[attr-defined]  # ASGI does not define it
    while (await receive())["type"] != "http.disconnect":
        pass
