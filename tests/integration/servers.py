# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback beside the simulator: a forward proxy, a metadata service and a foreign host.

Each server records every request before it answers. The servers connect only to loopback addresses.
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

# Headers that a proxy does not forward.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "transfer-encoding"}


@dataclass(frozen=True)
class RecordedRequest:
    """A request as the server received it.

    :param line: the request line.
    :param headers: names and values in their order.
    """

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def target(self) -> str:
        """Return the target of the request line: a path, a URL, or host and port."""
        return self.line.split()[1]

    @property
    def names(self) -> set[str]:
        """Return the names of the headers in lower case."""
        return {name.lower() for name, value in self.headers}

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Authority:
    """A private certificate authority that keeps its files in a folder.

    :ivar file: path of the authority's own certificate.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def issue(self, name: str) -> tuple[str, str, str]:
        """Issue a certificate for a host name or an address.

        :returns: the paths of the certificate, of its key, and of a file with both.
        """
        issued = self._ca.issue_cert(name)
        certificate, key, both = (str(self._folder / f"{name}.{kind}.pem") for kind in ("cert", "key", "both"))
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        issued.private_key_and_cert_chain_pem.write_to_path(both)
        return certificate, key, both

    def context(self, name: str, asks_clients: bool = False) -> ssl.SSLContext:
        """Return a TLS context for a server.

        :param name: host name or address of the server.
        :param asks_clients: whether clients must present a certificate of this authority.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issue(name)[2])
        if asks_clients:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Handler(BaseHTTPRequestHandler):
    """Record each request, whatever its method, and pass it to the server."""

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
        """Wait until the client has closed the connection, so that it receives the TLS alert."""
        with socket.socket(fileno=self.connection.detach()) as plain:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass

    def take(self) -> None:
        """Record one request and answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = RecordedRequest(self.requestline, tuple(self.headers.items()), body)
        self.server.requests.append(request)
        self.server.answer(self, request)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_CONNECT = take

    def reply(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        """Send a response.

        :param body: bytes and text are sent unchanged, None sends no body, and anything else is sent as JSON.
        """
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
    """A server that runs as a context manager and records its requests.

    :param context: TLS context; without one, the server speaks plain HTTP.
    :ivar requests: the recorded requests, oldest first.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        super().__init__((host, 0), Handler)
        self.requests: list[RecordedRequest] = []
        if context:
            # The thread of the connection performs the handshake.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.netloc = f"{host}:{self.server_port}"
        self.url = f"{'https' if context else 'http'}://{self.netloc}"

    def answer(self, handler: Handler, request: RecordedRequest) -> None:
        """Answer a request."""
        raise NotImplementedError

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close the connection early."""

    def server_bind(self) -> None:
        """Bind the socket without the name lookup that HTTPServer performs."""
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
    """A host that must receive no credentials, at another loopback address.

    It answers 404 until a test sets another response.
    """

    def __init__(self, context: ssl.SSLContext | None = None, host: str = "127.0.0.2") -> None:
        super().__init__(host, context)
        self.respond_with(404, {"error": "who are you?"})

    def respond_with(self, status: int, body: Any = None, **headers: str) -> None:
        """Set the response to all further requests.

        :param headers: headers by name; an underscore in a name becomes a hyphen.
        """
        self._response = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def answer(self, handler: Handler, request: RecordedRequest) -> None:
        handler.reply(*self._response)


class ForwardProxy(RecordingServer):
    """A proxy that tunnels CONNECT and forwards requests with an absolute URL, to loopback only.

    :param credentials: required credentials as ``user:password``.
    :param refuses: HTTP status of every response; 0 lets requests pass.
    """

    def __init__(self, credentials: str = "", refuses: int = 0) -> None:
        super().__init__()
        self.refuses = refuses
        self._demands = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else None

    def url_for(self, credentials: str) -> str:
        """Return the URL of the proxy with percent-encoded credentials in it."""
        return f"http://{credentials}@{self.netloc}"

    def answer(self, handler: Handler, request: RecordedRequest) -> None:
        parts = urlsplit(f"//{request.target}" if handler.command == "CONNECT" else request.target)
        host, port = parts.hostname or "", parts.port or 80
        if self.refuses or (self._demands and request.header("Proxy-Authorization") != self._demands):
            status = self.refuses or 407
            handler.reply(status, headers={"Proxy-Authenticate": 'Basic realm="test"'} if status == 407 else None)
        elif not is_loopback(host):
            handler.reply(502, "this proxy connects to loopback only")
        elif handler.command == "CONNECT":
            self._tunnel(handler, host, port)
        else:
            self._forward(handler, request, host, port)

    @staticmethod
    def _tunnel(handler: Handler, host: str, port: int) -> None:
        handler.close_connection = True
        try:
            far = socket.create_connection((host, port))
        except OSError:
            handler.reply(502, "connection refused")
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
    def _forward(handler: Handler, request: RecordedRequest, host: str, port: int) -> None:
        parts = urlsplit(request.target)
        connection = http.client.HTTPConnection(host, port)
        try:
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            connection.putrequest(handler.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.endheaders(request.body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            handler.reply(502, "no answer from the server")
            return
        finally:
            connection.close()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
        handler.reply(response.status, content, {key: kept[key] for key in kept if key.lower() != "content-length"})


class MetadataService(RecordingServer):
    """The metadata service http://169.254.169.254 for clients that use this server as their http_proxy.

    The requests and responses are those of the vendor's SDK (section 8.4 of the API reference). Any other request was
    meant for the real network: the service answers 502 and records the request in ``foreign``.

    :param credential: keys of the machine's agency, see :func:`agency_keys`; None if the machine has no agency.
    :ivar token_status: HTTP status of the response to a request for a metadata token; 404 if there are no tokens.
    :ivar token_needed: whether the service requires a metadata token for the keys.
    :ivar refuses: HTTP status of every response; 0 for normal operation.
    :ivar silent: whether the service accepts requests and never answers.
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
        self.foreign: list[RecordedRequest] = []
        self._over = threading.Event()
        # NO_PROXY keeps the requests to the simulator away from this server.
        self.variables = {"http_proxy": self.url, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}

    @property
    def asked(self) -> list[str]:
        """Return the requests as ``GET /path``, without foreign ones."""
        wanted = [request for request in self.requests if request not in self.foreign]
        return [request.line.replace(self.ADDRESS, "").rpartition(" ")[0] for request in wanted]

    def answer(self, handler: Handler, request: RecordedRequest) -> None:
        call = request.line.rpartition(" ")[0]
        if call not in (
            f"PUT {self.ADDRESS}/meta-data/latest/api/token",
            f"GET {self.ADDRESS}/openstack/latest/securitykey",
        ):
            self.foreign.append(request)
            handler.reply(502, "this metadata service is not a proxy")
        elif self.silent:
            handler.close_connection = True
            self._over.wait()
        elif self.refuses:
            handler.reply(self.refuses, "refused")
        elif handler.command == "PUT":
            ttl = request.header("X-Metadata-Token-Ttl-Seconds")
            good = self.token_status == 200 and (ttl or "").isdecimal()
            handler.reply(self.token_status if ttl else 400, self.TOKEN if good else "no token")
        elif self.token_needed and request.header("X-Metadata-Token") != self.TOKEN:
            handler.reply(401, "X-Metadata-Token is missing or wrong")
        elif self.credential is None:
            handler.reply(401, self.NO_AGENCY)
        else:
            handler.reply(200, {"credential": self.credential})

    def __exit__(self, *details: object) -> None:
        self._over.set()
        super().__exit__(*details)


def agency_keys(ready: dict[str, Any], seconds: float = 24 * 3600) -> dict[str, str]:
    """Return the simulator's temporary keys as a metadata service reports them.

    :param seconds: remaining validity.
    """
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return {
        "access": ready["temporary_access_key"],
        "secret": ready["temporary_secret_key"],
        "securitytoken": ready["security_token"],
        "expires_at": end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is that of this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
