# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback beside the simulator: a forward proxy, a metadata service, a foreign host; their certificates.

Each server records what reaches it before it answers, and none connects to anything but loopback.
"""

from __future__ import annotations

import base64
import datetime
import http.client
import ipaddress
import json
import select
import socket
import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trustme

# What a proxy keeps to itself.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "transfer-encoding"}


@dataclass(frozen=True)
class Seen:
    """A request as it came: its first line, its headers in their order, its body."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def target(self) -> str:
        return self.line.split()[1]

    @property
    def names(self) -> set[str]:
        """The headers' names, in lower case."""
        return {name.lower() for name, value in self.headers}

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Authority:
    """A private certificate authority, which keeps its files in a folder. `file` holds its own certificate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def issue(self, name: str) -> tuple[str, str, str]:
        """A certificate for a host name or an address: the files of it, of its key, and of both."""
        issued = self._ca.issue_cert(name)
        certificate, key, both = (str(self._folder / f"{name}.{kind}.pem") for kind in ("cert", "key", "both"))
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        issued.private_key_and_cert_chain_pem.write_to_path(both)
        return certificate, key, both

    def context(self, name: str, asks_clients: bool = False) -> ssl.SSLContext:
        """For a server of that name, which may want to see a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issue(name)[2])
        if asks_clients:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Handler(BaseHTTPRequestHandler):
    """Records each request, whatever its verb, and has the server answer it."""

    protocol_version = "HTTP/1.1"
    server: RecordingServer

    def handle(self) -> None:
        if isinstance(self.connection, ssl.SSLSocket):
            try:
                self.connection.do_handshake()
            except ssl.SSLError:
                self._linger()
                return
        super().handle()

    def _linger(self) -> None:
        """Wait until the client has gone: closing before would take from it the alert that says why."""
        with socket.socket(fileno=self.connection.detach()) as plain:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass

    def take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.requestline, tuple(self.headers.items()), body)
        self.server.requests.append(seen)
        self.server.answer(self, seen)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_CONNECT = take

    def reply(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        """Bytes and text are sent as they are, all else but None as JSON."""
        if not isinstance(body, (bytes, str, type(None))):
            body = json.dumps(body)
            headers = {"Content-Type": "application/json", **(headers or {})}
        content = body.encode() if isinstance(body, str) else body or b""
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class RecordingServer(ThreadingHTTPServer):
    """Serves while it is a context manager. With a TLS context its URL is https.

    :ivar requests: what has reached it, oldest first.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        super().__init__((host, 0), Handler)
        self.requests: list[Seen] = []
        if context:
            # the handshake is the business of the connection's own thread
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.netloc = f"{host}:{self.server_port}"
        self.url = f"{'https' if context else 'http'}://{self.netloc}"

    def answer(self, handler: Handler, seen: Seen) -> None:
        raise NotImplementedError

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""

    def server_bind(self) -> None:
        """As a plain TCP server does: HTTPServer would look up the address's name."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def __enter__(self) -> RecordingServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self.shutdown()
        self.server_close()


class ForeignHost(RecordingServer):
    """A host that has no business with us, at another address of loopback. It says what it is told to, 404 at first."""

    def __init__(self, context: ssl.SSLContext | None = None, host: str = "127.0.0.2") -> None:
        super().__init__(host, context)
        self.says(404, {"error": "who are you?"})

    def says(self, status: int, body: Any = None, **headers: str) -> None:
        """From now on; an underscore in a header's name stands for a hyphen."""
        self._words = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def answer(self, handler: Handler, seen: Seen) -> None:
        handler.reply(*self._words)


class ForwardProxy(RecordingServer):
    """Tunnels CONNECT and forwards requests in absolute form, to loopback only.

    :param credentials: "user:password" that it demands.
    :ivar refuses: an HTTP status with which it refuses all.
    """

    def __init__(self, credentials: str = "", refuses: int = 0) -> None:
        super().__init__()
        self.refuses = refuses
        self._demands = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else None

    def url_for(self, credentials: str) -> str:
        """Its URL with a user and a password in it, percent-encoded where need be."""
        return f"http://{credentials}@{self.netloc}"

    def answer(self, handler: Handler, seen: Seen) -> None:
        parts = urlsplit(f"//{seen.target}" if handler.command == "CONNECT" else seen.target)
        host, port = parts.hostname or "", parts.port or 80
        if self.refuses or (self._demands and seen.header("Proxy-Authorization") != self._demands):
            status = self.refuses or 407
            handler.reply(status, headers={"Proxy-Authenticate": 'Basic realm="test"'} if status == 407 else None)
        elif not is_loopback(host):
            handler.reply(502, "this proxy goes nowhere but to loopback")
        elif handler.command == "CONNECT":
            self._tunnel(handler, host, port)
        else:
            self._forward(handler, seen, host, port)

    @staticmethod
    def _tunnel(handler: Handler, host: str, port: int) -> None:
        handler.close_connection = True
        try:
            far = socket.create_connection((host, port))
        except OSError:
            handler.reply(502, "nobody is there")
            return
        with far:
            handler.send_response_only(200)
            handler.end_headers()
            near = handler.connection
            other = {near: far, far: near}
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)

    @staticmethod
    def _forward(handler: Handler, seen: Seen, host: str, port: int) -> None:
        parts = urlsplit(seen.target)
        connection = http.client.HTTPConnection(host, port)
        try:
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            connection.putrequest(handler.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in seen.headers:
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.endheaders(seen.body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            handler.reply(502, "no answer from there")
            return
        finally:
            connection.close()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
        handler.reply(response.status, content, {key: kept[key] for key in kept if key.lower() != "content-length"})


class MetadataService(RecordingServer):
    """Plays http://169.254.169.254 to clients whose http_proxy it is, as the vendor's SDK asks it (contract, 8.4).

    All other requests are refused with 502: they are `foreign`, and meant for the real network.

    :ivar credential: the keys of the machine's agency, see L{agency_keys}; None: no agency is attached.
    :ivar token_status: what the request for a metadata token is answered with; machines without them say 404.
    :ivar token_needed: whether the keys are told only to those who have one.
    :ivar refuses: an HTTP status with which it refuses all.
    :ivar silent: whether it takes requests and never answers.
    """

    ADDRESS = "http://169.254.169.254"
    TOKEN = "metadata-token-of-the-tests"
    NO_AGENCY = "Please configure Cloud Service Agency first"

    def __init__(self, credential: dict[str, str] | None = None) -> None:
        super().__init__()
        self.credential = credential
        self.token_status = 200
        self.token_needed = False
        self.refuses = 0
        self.silent = False
        self.foreign: list[Seen] = []
        self._over = threading.Event()
        # NO_PROXY, so that the simulator is not asked for through this
        self.variables = {"http_proxy": self.url, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}

    @property
    def asked(self) -> list[str]:
        """The requests as "GET /path", without those that are foreign."""
        wanted = [seen for seen in self.requests if seen not in self.foreign]
        return [seen.line.replace(self.ADDRESS, "").rpartition(" ")[0] for seen in wanted]

    def answer(self, handler: Handler, seen: Seen) -> None:
        call = seen.line.rpartition(" ")[0]
        if call not in (
            f"PUT {self.ADDRESS}/meta-data/latest/api/token",
            f"GET {self.ADDRESS}/openstack/latest/securitykey",
        ):
            self.foreign.append(seen)
            handler.reply(502, "this is a metadata service and no proxy")
        elif self.silent:
            handler.close_connection = True
            self._over.wait()
        elif self.refuses:
            handler.reply(self.refuses, "refused")
        elif handler.command == "PUT":
            ttl = seen.header("X-Metadata-Token-Ttl-Seconds")
            good = self.token_status == 200 and (ttl or "").isdecimal()
            handler.reply(self.token_status if ttl else 400, self.TOKEN if good else "no token")
        elif self.token_needed and seen.header("X-Metadata-Token") != self.TOKEN:
            handler.reply(401, "X-Metadata-Token is missing or wrong")
        elif self.credential is None:
            handler.reply(401, self.NO_AGENCY)
        else:
            handler.reply(200, {"credential": self.credential})

    def __exit__(self, *details: object) -> None:
        self._over.set()
        super().__exit__(*details)


def agency_keys(ready: dict[str, Any], seconds: float = 24 * 3600) -> dict[str, str]:
    """The simulator's temporary keys as a metadata service tells them, good for so many seconds more."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return {
        "access": ready["temporary_access_key"],
        "secret": ready["temporary_secret_key"],
        "securitytoken": ready["security_token"],
        "expires_at": end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
