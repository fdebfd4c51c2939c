# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A raw socket server on loopback that sends scripted answers byte by byte.

An answer is a sequence of steps: bytes to send, pauses, and how the connection ends. A script makes the steps out of
the exchange, which holds the request and the correct answer. The functions below return the scripts of the tests.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import gzip
import itertools
import json
import select
import socket
import ssl
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Union
from urllib.parse import parse_qs, unquote, urlsplit

MIB = 2**20


@dataclass(frozen=True)
class Request:
    """A request as it was received.

    :ivar connection: number of the connection, counted from 1.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        """Return the path without the query, still percent-encoded."""
        return urlsplit(self.target).path

    def query(self, name: str, default: str) -> str:
        """Return the first value of a query parameter."""
        return parse_qs(urlsplit(self.target).query).get(name, [default])[0]

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None if it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """A complete answer. Bytes are sent unchanged; any other body is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reason: bytes = b"Reason"

    @property
    def content(self) -> bytes:
        """Return the body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def head(self, **headers: Any) -> bytes:
        """Return the status line and the headers, with other headers added or removed (None)."""
        names = {"Content-Type": "application/json", "Content-Length": len(self.content), **self.headers}
        names.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = [f"{name}: {value}".encode("latin-1") for name, value in names.items() if value is not None]
        return b"\r\n".join([b"HTTP/1.1 %d %s" % (self.status, self.reason), *lines, b"", b""])


@dataclass(frozen=True)
class Exchange:
    """A request and the correct answer to it."""

    request: Request
    right: Answer


@dataclass(frozen=True)
class Pause:
    """Send nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class NextRequest:
    """Wait until the client sends another request on the connection, for at most so many seconds."""

    seconds: float


class End(enum.Enum):
    """How the connection ends."""

    CLOSE = "close"
    HOLD = "hold"  # it stays open, and nothing more is sent


Step = Union[bytes, Pause, NextRequest, End]
Script = Callable[[Exchange], Iterable[Step]]


class RawServer:
    """Serve on a free port of loopback while it is used as a context manager.

    :ivar requests: the journal of all requests, oldest first.
    """

    def __init__(
        self,
        respond: Script | None = None,
        on_connect: Callable[[], Iterable[Step]] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare a server that answers every request by a script, or that sends at once, without any request.

        :param context: speak TLS, so that the URL is https.
        """
        self.requests: list[Request] = []
        self._respond = respond
        self._on_connect = on_connect
        self._context = context
        self._over = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.netloc = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if context else 'http'}://{self.netloc}"

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self._over.set()
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def respond(self, request: Request) -> Iterable[Step]:
        """Return the steps of the answer to a request."""
        assert self._respond is not None
        return self._respond(Exchange(request, Answer({})))

    def _accept(self) -> None:
        for number in itertools.count(1):
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self._sockets.append(connection)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, ValueError):
            stack.enter_context(connection)
            if self._on_connect:
                self._send(connection, self._on_connect())
                return
            if self._context:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            stream = connection.makefile("rb")
            for request in iter(lambda: self._receive(stream, number), None):
                self.requests.append(request)
                if not self._send(connection, self.respond(request)):
                    return

    @staticmethod
    def _receive(stream: Any, number: int) -> Request | None:
        """Read a request; return None at the end of the connection."""
        words = stream.readline().decode("latin-1").split()
        if len(words) != 3:
            return None
        headers = []
        for line in iter(stream.readline, b"\r\n"):
            if not line:
                return None
            name, _colon, value = line.decode("latin-1").partition(":")
            headers.append((name.strip(), value.strip()))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        return Request(words[0], words[1], tuple(headers), stream.read(length), number)

    def _send(self, connection: socket.socket, steps: Iterable[Step]) -> bool:
        """Carry out the steps; return whether the connection may serve another request."""
        for step in steps:
            if self._over.is_set() or step is End.CLOSE:
                return False
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, Pause):
                self._over.wait(step.seconds)
            elif isinstance(step, NextRequest):
                select.select([connection], [], [], step.seconds)
            else:
                while not self._over.is_set() and not select.select([connection], [], [], 0.1)[0]:
                    pass
                return False
        return True


# Scripts


def right(exchange: Exchange) -> Iterator[Step]:
    """Send the correct answer."""
    yield exchange.right.head() + exchange.right.content


def answer(body: Any = b"", status: int = 200, reason: bytes = b"Reason", **headers: str) -> Script:
    """Send this answer, whatever the request was; an underscore in the name of a header becomes a hyphen."""
    return instead(
        Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()}, reason), right
    )


def with_headers(**headers: str) -> Script:
    """Send the correct answer with other headers."""
    return lambda exchange: [exchange.right.head(**headers) + exchange.right.content]


def rewritten(change: Callable[[bytes], bytes]) -> Script:
    """Send the correct answer with a changed body."""
    return lambda exchange: right(replace_body(exchange, change(exchange.right.content)))


def instead(made: Answer, script: Script) -> Script:
    """Send an answer by a script, as if it were the correct one."""
    return lambda exchange: script(Exchange(exchange.request, made))


def replace_body(exchange: Exchange, body: Any) -> Exchange:
    """Return the exchange with another body in the correct answer."""
    return replace(exchange, right=replace(exchange.right, body=body))


def padded(size: int) -> Script:
    """Send the correct answer with so many bytes of white space before its body, in small pieces."""

    def script(exchange: Exchange) -> Iterator[Step]:
        content = exchange.right.content
        yield exchange.right.head(Content_Length=size + len(content))
        yield from itertools.repeat(b" " * MIB, size // MIB)
        yield content

    return script


def padded_chunks(size: int) -> Script:
    """Send the correct answer like :func:`padded`, as a chunked body without a length."""

    def script(exchange: Exchange) -> Iterator[Step]:
        content = exchange.right.content
        yield exchange.right.head(Content_Length=None, Transfer_Encoding="chunked")
        yield from itertools.repeat(chunk(b" " * MIB), size // MIB)
        yield chunk(content) + chunk(b"")

    return script


def bomb(size: int, encoding: str = "gzip") -> Script:
    """Send the correct answer, compressed, with so many bytes of white space before its body."""

    def script(exchange: Exchange) -> Iterator[Step]:
        body = compressed(size, exchange.right.content, encoding)
        for _again in range(encoding.count(",")):
            body = gzip.compress(body)
        yield from right(replace_body(with_encoding(exchange, encoding), body))

    return script


@functools.lru_cache(100)
def compressed(size: int, content: bytes, encoding: str) -> bytes:
    """Return white space of a size and the content, compressed without having it all in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 15 if encoding == "deflate" else 31)
    pieces = [packer.compress(b" " * MIB) for _piece in range(size // MIB)]
    return b"".join([*pieces, packer.compress(content), packer.flush()])


def with_encoding(exchange: Exchange, encoding: str) -> Exchange:
    """Return the exchange with a content encoding declared in the correct answer."""
    headers = {**exchange.right.headers, "Content-Encoding": encoding}
    return replace(exchange, right=replace(exchange.right, headers=headers))


def encoded_as(encoding: str) -> Script:
    """Send the correct answer uncompressed, under a content encoding that no client asks for."""
    return lambda exchange: right(with_encoding(exchange, encoding))


def gzip_if_asked(exchange: Exchange) -> Iterator[Step]:
    """Send the correct answer, compressed if the request accepts that."""
    if "gzip" in (exchange.request.header("Accept-Encoding") or ""):
        exchange = replace_body(with_encoding(exchange, "gzip"), gzip.compress(exchange.right.content))
    yield from right(exchange)


def gzip_without_end(exchange: Exchange) -> Iterator[Step]:
    """Send the correct answer compressed, without the last bytes of the compressed data."""
    packed = gzip.compress(exchange.right.content)[:-8]
    yield from right(replace_body(with_encoding(exchange, "gzip"), packed))


def truncated(end: End, missing: int = 498) -> Script:
    """Announce more bytes than are sent, then close the connection or keep it open."""

    def script(exchange: Exchange) -> Iterator[Step]:
        content = exchange.right.content
        yield exchange.right.head(Content_Length=len(content) + missing) + content
        yield end

    return script


def truncated_chunks(exchange: Exchange) -> Iterator[Step]:
    """Send the whole body as one chunk, then close the connection without the last chunk."""
    yield exchange.right.head(Content_Length=None, Transfer_Encoding="chunked") + chunk(exchange.right.content)
    yield End.CLOSE


def interim(status: int, final: bool = True, wait: float = 0.4) -> Script:
    """Send an interim answer, and the correct one after the client's next request or after some seconds.

    :param final: whether the correct answer follows.
    """

    def script(exchange: Exchange) -> Iterator[Step]:
        yield b"HTTP/1.1 %d Interim\r\n\r\n" % status
        if final:
            yield NextRequest(wait)
            yield from right(exchange)

    return script


def trickled_body(every: float = 0.25, status: int | None = None) -> Script:
    """Send the headers at once and the body one byte at a time, over minutes."""

    def script(exchange: Exchange) -> Iterator[Step]:
        content = b" " * 500 + exchange.right.content
        made = replace(exchange.right, status=status or exchange.right.status)
        yield made.head(Content_Length=len(content))
        yield from drip(content, every)

    return script


def trickled_headers(every: float = 0.25) -> Script:
    """Send one long header one byte at a time, over minutes, before the rest of the correct answer."""

    def script(exchange: Exchange) -> Iterator[Step]:
        yield b"HTTP/1.1 %d Reason\r\nX-Filler: " % exchange.right.status
        yield from drip(b"x" * 500, every)
        yield b"\r\n" + exchange.right.head().partition(b"\r\n")[2] + exchange.right.content

    return script


def trickled_status_line(every: float = 0.25) -> Script:
    """Send a long status line one byte at a time, over minutes."""

    def script(exchange: Exchange) -> Iterator[Step]:
        yield from drip(b"HTTP/1.1 200 " + b"x" * 500, every)
        yield b"\r\n" + exchange.right.head().partition(b"\r\n")[2] + exchange.right.content

    return script


def endless_chunks(size: int = 1, every: float = 0.1) -> Script:
    """Send the correct answer in a chunked body that goes on with white space for ever."""

    def script(exchange: Exchange) -> Iterator[Step]:
        yield exchange.right.head(Content_Length=None, Transfer_Encoding="chunked") + chunk(exchange.right.content)
        while True:
            yield chunk(b" " * size)
            if every:
                yield Pause(every)

    return script


def endless_continue(every: float = 0.1) -> Script:
    """Send 100 Continue for ever."""

    def script(_exchange: Exchange) -> Iterator[Step]:
        while True:
            yield b"HTTP/1.1 100 Continue\r\n\r\n"
            yield Pause(every)

    return script


def chunk(data: bytes) -> bytes:
    """Return data as one chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def drip(data: bytes, every: float) -> Iterator[Step]:
    """Send data one byte at a time."""
    for place in range(len(data)):
        yield data[place : place + 1]
        yield Pause(every)


# Services


@dataclass
class Job:
    """A job of the mock services, and the truth about it.

    :ivar listed: whether the list has it. If not, a client has to ask for the job itself.
    :ivar more: what its record holds besides id and status.
    :ivar stop_received: whether a stop request has arrived.
    :ivar stopped_by_us: whether such a request has stopped it.
    """

    id: str
    status: str
    listed: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    stop_received: bool = False
    stopped_by_us: bool = False


@dataclass(frozen=True)
class Service:
    """A mock of one service.

    :ivar calls: for each call its verb and the pattern of its path.
    :ivar words: the status of a job that runs, that was stopped, and that has ended by itself.
    :ivar paging: the query parameters for the number of a page, counted from 1, and for its size.
    """

    name: str
    module: str
    ids: str
    place: dict[str, str]
    calls: dict[str, tuple[str, str]]
    words: tuple[str, str, str]
    id_key: str
    status_key: str
    paging: tuple[str, str]
    accepted: Any
    unknown: dict[str, str]
    wrap: Callable[[dict[str, Any]], Any]
    wrap_list: Callable[[list[dict[str, Any]], Any], Any]
    list_id_key: str

    def record(self, job: Job, listed: bool = False) -> dict[str, Any]:
        """Return the record of a job."""
        return {self.list_id_key if listed else self.id_key: job.id, self.status_key: job.status, **job.more}

    def body(self, job: Job) -> Any:
        """Return the body of the answer to a request for one job."""
        return self.wrap(self.record(job))

    def page(self, jobs: list[Job], total: Any) -> Any:
        """Return the body of one page of the list."""
        return self.wrap_list([self.record(job, listed=True) for job in jobs], total)

    def match(self, method: str, path: str) -> tuple[str, str] | None:
        """Return the call and the id that a request means."""
        for call, (verb, pattern) in self.calls.items():
            before, _mark, after = pattern.partition("{id}")
            if method != verb or not path.startswith(before) or not path.endswith(after):
                continue
            if "{id}" not in pattern and path == pattern:
                return call, ""
            id = path[len(before) : len(path) - len(after)]
            if "{id}" in pattern and id and "/" not in id:
                return call, unquote(id)
        return None


PROJECT = "0123456789abcdef"
CLUSTER = "c1a2b3c4"
_SQL = f"/v1.0/{PROJECT}/jobs"
_CDM = f"/v1.1/{PROJECT}/clusters/{CLUSTER}/cdm/job"
_MRS = f"/v2/{PROJECT}/clusters/{CLUSTER}/job-executions"

SQL = Service(
    name="dli",
    module="dli_job",
    ids="job_ids",
    place={},
    calls={"list": ("GET", _SQL), "read": ("GET", f"{_SQL}/{{id}}/status"), "stop": ("DELETE", f"{_SQL}/{{id}}")},
    words=("RUNNING", "CANCELLED", "FINISHED"),
    id_key="job_id",
    list_id_key="job_id",
    status_key="status",
    paging=("current-page", "page-size"),
    accepted={"is_success": True, "message": ""},
    unknown={"error_code": "DLI.0002", "error_msg": "There is no such job"},
    wrap=lambda record: {"is_success": True, "message": "", **record},
    wrap_list=lambda records, total: {"is_success": True, "message": "", "job_count": total, "jobs": records},
)
CDM = Service(
    name="cdm",
    module="cdm_job",
    ids="job_names",
    place={"cluster_id": CLUSTER},
    calls={
        "list": ("GET", f"{_CDM}/all"),
        "read": ("GET", f"{_CDM}/{{id}}/status"),
        "stop": ("PUT", f"{_CDM}/{{id}}/stop"),
    },
    words=("RUNNING", "STOPPED", "SUCCEEDED"),
    id_key="job-name",
    list_id_key="name",
    status_key="status",
    paging=("page_no", "page_size"),
    accepted={},
    unknown={"errCode": "Cdm.0100", "externalMessage": "Job does not exist."},
    wrap=lambda record: {"submissions": [{"submission-id": 7, "creation-date": 1536905778725, **record}]},
    wrap_list=lambda records, total: {"total": total, "jobs": records, "page_no": 1, "page_size": 100},
)
MRS = Service(
    name="mrs",
    module="mrs_job_execution",
    ids="job_execution_ids",
    place={"cluster_id": CLUSTER},
    calls={"list": ("GET", _MRS), "read": ("GET", f"{_MRS}/{{id}}"), "stop": ("POST", f"{_MRS}/{{id}}/kill")},
    words=("RUNNING", "KILLED", "FINISHED"),
    id_key="job_id",
    list_id_key="job_id",
    status_key="job_state",
    paging=("offset", "limit"),
    accepted=b"",
    unknown={"error_code": "0176", "error_msg": "The job does not exist."},
    wrap=lambda record: {"job_detail": record},
    wrap_list=lambda records, total: {"total_record": total, "job_list": records},
)
SERVICES = (SQL, CDM, MRS)


@dataclass
class Override:
    """A script in place of correct answers.

    :ivar call: ``read`` (before a stop request), ``reread`` (after it), ``stop``, ``list`` or ``login``.
    :ivar times: how many answers are replaced; None means all.
    :ivar effect: whether a stop request stops the job nevertheless.
    """

    call: str
    script: Script
    id: str | None = None
    times: float | None = None
    effect: bool = True
    used: int = 0

    def take(self, call: str, id: str) -> bool:
        """Return whether this answers a request, and count it."""
        fits = call == self.call and self.id in (None, id) and (self.times is None or self.used < self.times)
        self.used += fits
        return fits


class Cloud(RawServer):
    """Mock services and their identity service, with correct answers unless a script replaces them.

    :ivar jobs: the jobs of the service, by id, with the truth about them.
    :ivar total: what the list reports as the number of jobs; an ellipsis means the true number.
    :ivar token: the token that a login returns.
    """

    def __init__(self, service: Service) -> None:
        """Prepare a cloud with one service."""
        super().__init__()
        self.service = service
        self.jobs: dict[str, Job] = {}
        self.total: Any = ...
        self.page_size = 100
        self.token = "t" * 100
        self._overrides: list[Override] = []
        self._lock = threading.Lock()

    def add(self, *ids: str, ended: bool = False, listed: bool = False, status: str | None = None, **more: Any) -> None:
        """Add jobs, which run unless they have ended."""
        word = status or self.service.words[2 if ended else 0]
        for id in ids:
            self.jobs[id] = Job(id, word, listed, more)

    def override(self, call: str, script: Script, id: str | None = None, **how: Any) -> None:
        """Answer a call by a script; see :class:`Override`."""
        self._overrides.append(Override(call, script, id, **how))

    def calls(self, call: str, id: str = "") -> list[Request]:
        """Return the requests that meant a call (``read`` and ``reread`` are the same here)."""
        return [seen for seen in self.requests if self.service.match(seen.method, seen.path) == (call, id)]

    def respond(self, request: Request) -> Iterable[Step]:
        """Return the steps of the answer: those of a script, or the correct ones."""
        with self._lock:
            call, id = self._meaning(request)
            job = self.jobs.get(id)
            override = next((each for each in self._overrides if each.take(call, id)), None)
            if call == "stop" and job and (override is None or override.effect):
                self._stop(job)
            correct = self._correct(call, job, request)
            if call == "stop" and job:
                job.stop_received = True
        return (override.script if override else right)(Exchange(request, correct))

    def _meaning(self, request: Request) -> tuple[str, str]:
        if "/v3/" in request.path:
            return "login", ""
        call, id = self.service.match(request.method, request.path) or ("", "")
        job = self.jobs.get(id)
        return ("reread" if call == "read" and job and job.stop_received else call), id

    def _stop(self, job: Job) -> None:
        active, stopped, _ended = self.service.words
        if job.status == active:
            job.status, job.stopped_by_us = stopped, True

    def _correct(self, call: str, job: Job | None, request: Request) -> Answer:
        if call == "login":
            return self._login(request)
        if call == "list":
            return Answer(self._page(request))
        if job is None:
            return Answer(self.service.unknown, 400)
        return Answer(self.service.accepted if call == "stop" else self.service.body(job))

    def _page(self, request: Request) -> Any:
        number, size = self.service.paging
        length = min(self.page_size, int(request.query(size, "100")))
        start = (int(request.query(number, "1")) - 1) * length
        listed = [job for job in self.jobs.values() if job.listed]
        return self.service.page(listed[start : start + length], len(listed) if self.total is ... else self.total)

    def _login(self, request: Request) -> Answer:
        project = {"id": PROJECT, "name": "eu-de", "domain": {"id": "d", "name": "domain"}}
        if request.path.endswith("/projects"):
            return Answer({"projects": [project]})
        user = {"id": "u", "name": "user", "domain": project["domain"]}
        token = {
            "methods": ["password"],
            "user": user,
            "project": project,
            "roles": [],
            "catalog": [],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2099-01-01T00:00:00.000000Z",
        }
        return Answer({"token": token}, 201, {"X-Subject-Token": self.token})
