# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing and processing of service calls: operations, planes, and the steps from a request to its response."""

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

from .journal import JournalEntry
from .store import Fault, Store, Token, User


class SegmentConvertor(Convertor[str]):
    """A path parameter that is one segment of the raw path.

    It is percent-decoded after routing, so that ``%2F`` never splits a segment.
    """

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Return the decoded segment."""
        return unquote_to_bytes(value.encode("latin-1")).decode("utf-8", "replace")

    def to_string(self, value: str) -> str:
        """Return the value unchanged; Starlette requires this method, but no URL is built here."""
        return value


register_url_convertor("segment", SegmentConvertor())


class ApiError(Exception):
    """An error response of a service. Handlers raise it to end a call."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = reply(body, status, headers)


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response: without content if the body is None, unchanged if it is a response, otherwise as JSON."""
    if isinstance(body, Response):
        return body
    if body is None:
        return Response(status_code=status, headers=dict(headers or {}))
    return JSONResponse(body, status, dict(headers or {}))


class Call:
    """A service call that is being processed.

    * ``params``: the decoded path parameters
    * ``now``: seconds since the epoch on the simulator's clock
    * ``user``, ``token``: the authenticated user, and the token if there is one
    * ``external_token``: a token that an external identity service has validated
    * ``effect``: whether a mutating call changed the lifecycle of a job; None for other calls
    """

    def __init__(self, store: Store, operation: Operation, scope: Scope, body: bytes) -> None:
        self.store = store
        self.operation = operation
        self.scope = scope
        self.body = body
        self.params: dict[str, str] = scope["path_params"]
        self.now = store.clock.now()
        self.user: User | None = None
        self.token: Token | None = None
        self.external_token: Token | None = None
        self.effect: bool | None = None
        self._query: dict[str, str] | None = None

    @property
    def switches(self) -> dict[str, Any]:
        """The values of the switches."""
        return self.store.switches

    @property
    def project_id(self) -> str:
        """The project id in the path."""
        return self.params["project_id"]

    def header(self, name: str) -> str | None:
        """Return the value of a header.

        :param name: Name in lower case.
        """
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return value.decode("latin-1")
        return None

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; the last value if one is repeated."""
        if self._query is None:
            pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
            self._query = dict(pairs)
        return self._query

    def values(self, name: str) -> list[str]:
        """Return all values of a query parameter that may be repeated or joined by commas."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"))
        return [part for key, value in pairs if key == name for part in value.split(",") if part]

    def json(self) -> Any:
        """Return the request body, an empty object if there is none, or None if it is not a JSON object."""
        try:
            data = json.loads(self.body or b"{}")
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    def number(self, name: str, default: int, error: ApiError, least: int = 0, most: int | None = None) -> int:
        """Return a query parameter as an integer.

        :param error: Raised if the value is not an integer, or not in the range from ``least`` to ``most``.
        """
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise error
        value = int(text)
        if value < least or (most is not None and value > most):
            raise error
        return value

    def page(self, found: Sequence[Any], start: int, size: int, by_page: bool = False) -> list[Any]:
        """Return one page of a list.

        :param start: Offset of the first item, or the number of the page from 0 if ``by_page`` is set.
        """
        size = min(size, self.switches["list_page_most"] or size)
        start *= size if by_page else 1
        return list(found[start : start + size])

    def total(self, key: str, found: Sequence[Any]) -> dict[str, int]:
        """Return the number of items on all pages under its key, or nothing if the switch omits it."""
        return {key: len(found)} if self.switches["list_totals"] == "told" else {}


@dataclass(frozen=True)
class Operation:
    """One operation of a service.

    * ``name``: appears as ``meaning`` in the journal and in the control API
    * ``mutating``: marks a call that changes a job, whatever its HTTP method is (the MRS cancel is a GET)
    * ``open``: whether the call needs no authentication
    """

    method: str
    path: str
    name: str
    handler: Callable[[Call], Response]
    mutating: bool = False
    open: bool = False

    @property
    def service(self) -> str:
        """The first part of the name."""
        return self.name.split(".")[0]


@dataclass(frozen=True)
class Plane:
    """The operations of one port.

    * ``admit``: checks credentials, rate limit and project of a call, and raises :class:`ApiError`
    * ``unknown``: handles paths that no operation has
    """

    name: str
    operations: tuple[Operation, ...]
    admit: Callable[[Call], None]
    unknown: Callable[[Call], Response]


class Endpoint:
    """The ASGI application of one operation: journal, latency, faults, admission, handler."""

    def __init__(self, store: Store, plane: Plane, operation: Operation) -> None:
        self.store = store
        self.plane = plane
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Process one request."""
        entry = self._record(scope)
        call = Call(self.store, self.operation, scope, await read_body(receive))
        entry.auth = "token" if call.header("x-auth-token") else "signature" if call.header("authorization") else "none"
        if self.store.latency:
            await asyncio.sleep(self.store.latency)
        fault = self.store.next_fault(self.operation.name) if self.store.faults else None
        response = await (self._answer(call, entry) if fault is None else self._answer_with_fault(call, entry, fault))
        if response is None:
            await drop_connection(receive, send)
            return
        entry.status = response.status_code
        await response(scope, receive, send)

    def _record(self, scope: Scope) -> JournalEntry:
        return self.store.journal.open(
            scope["headers"],
            at=self.store.clock.now(),
            plane=self.plane.name,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            meaning=self.operation.name,
            mutating=self.operation.mutating,
        )

    async def _answer(self, call: Call, entry: JournalEntry) -> Response:
        call.effect = False if self.operation.mutating else None
        try:
            if self.store.identity:
                await self.store.identity.validate_token(call)
            call.now = self.store.clock.now()
            self.plane.admit(call)
            return self.operation.handler(call)
        except ApiError as error:
            return error.response
        finally:
            entry.effect = call.effect

    async def _answer_with_fault(self, call: Call, entry: JournalEntry, fault: Fault) -> Response | None:
        """Return the response to a call with a fault, or None to drop the connection."""
        if fault.kind == "drop_before":
            return None
        if fault.kind in ("status", "body", "redirect"):
            return fault_response(fault)
        if fault.kind == "advance_before":
            self.store.clock.ahead += fault.seconds
        response = await self._answer(call, entry)
        if fault.kind == "drop_after":
            return None
        if fault.kind == "advance_after":
            self.store.clock.ahead += fault.seconds
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return response


def plane_app(store: Store, plane: Plane, more_routes: tuple[Route, ...] = ()) -> ASGIApp:
    """Return the ASGI application of one port. It routes on the raw path."""
    routes = list(more_routes)
    for operation in plane.operations:
        path = re.sub(r"{(\w+)}", r"{\1:segment}", operation.path)
        route = Route(path, Endpoint(store, plane, operation), methods=[operation.method])
        route.methods = {operation.method}  # Starlette adds HEAD to GET, and a GET may cancel a job
        routes.append(route)
    unknown = Operation("*", "/{rest:path}", "unknown", plane.unknown, open=True)
    routes.append(Route(unknown.path, Endpoint(store, plane, unknown)))
    router = Router(routes, redirect_slashes=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = scope["raw_path"].decode("latin-1")
        await router(scope, receive, send)

    return app


def is_integer(value: Any) -> bool:
    """Return whether a JSON value is an integer. Python also counts true and false as integers."""
    return isinstance(value, int) and not isinstance(value, bool)


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def fault_response(fault: Fault) -> Response:
    """Return the response of a fault of the kind ``status``, ``body`` or ``redirect``."""
    if fault.kind == "redirect":
        status = fault.status if 300 <= fault.status < 400 else 307
        return RedirectResponse(fault.location, status, dict(fault.headers))
    content = fault.body if isinstance(fault.body, str) else json.dumps(fault.body) if fault.body is not None else ""
    media_type = fault.content_type or ("text/plain" if isinstance(fault.body, str) else "application/json")
    return Response(content, fault.status, dict(fault.headers), media_type if content else fault.content_type)


async def drop_connection(receive: Receive, send: Send) -> None:
    """Close the connection without a response.

    ASGI has no message for this. Under uvicorn, ``send`` is a method of an object that holds the transport.
    """
    send.__self__.transport.close()  # type: ignore[attr-defined]  # not part of ASGI
    while (await receive())["type"] != "http.disconnect":
        pass
