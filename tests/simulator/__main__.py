# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator: ``python -m tests.simulator --port P --ges-port Q`` from the project's root."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import json
import signal
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn

from . import cdm, dli, gateway, ges, iam, mrs, seeds
from .control import Control, ready
from .external_identity import ExternalIdentity
from .routing import Plane, plane_app
from .store import Credentials, Store

HOST = "127.0.0.1"
# Routes are tried in order, so each service lists its status calls first.
MAIN_PLANE = Plane(
    "main",
    mrs.OPERATIONS + cdm.OPERATIONS + dli.OPERATIONS + ges.MANAGEMENT_OPERATIONS + iam.OPERATIONS,
    gateway.admit,
    gateway.unknown_path,
)


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process, which runs two servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do not install signal handlers."""
        yield


def parse_arguments(args: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        help="port of IAM, MRS, CDM, DLI and the GES management plane; 0 (default): a free port",
    )
    parser.add_argument(
        "--ges-port", type=int, default=0, help="port of the GES service plane; 0 (default): a free port"
    )
    parser.add_argument(
        "--tls", choices=("ges", "all"), help="use TLS on the port of the GES service plane, or on both ports"
    )
    parser.add_argument("--certfile", help="certificate for --tls, as a PEM file")
    parser.add_argument("--keyfile", help="private key for --tls, as a PEM file")
    parser.add_argument(
        "--client-ca", metavar="FILE", help="with --tls: require a client certificate of this certificate authority"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each service call takes")
    parser.add_argument(
        "--identity",
        metavar="FILE",
        help="also accept the tokens of an external identity service: see external_identity.py",
    )
    chosen = parser.parse_args(args)
    if chosen.tls and not (chosen.certfile and chosen.keyfile):
        parser.error("--tls needs --certfile and --keyfile")
    if chosen.client_ca and not chosen.tls:
        parser.error("--client-ca needs --tls")
    if chosen.latency < 0:
        parser.error("--latency must not be negative")
    return chosen


def base_urls(port: int, ges_port: int, tls: str | None) -> dict[str, str]:
    """Return the base URL of each service."""
    main = "{}://{}:{}".format("https" if tls == "all" else "http", HOST, port)
    service = "{}://{}:{}".format("https" if tls else "http", HOST, ges_port)
    return {"iam": main + "/v3", "mrs": main, "cdm": main, "dli": main, "ges": main, "ges_service": service}


def new_server(app: Any, tls: bool, chosen: argparse.Namespace) -> Server:
    """Return a server for one port."""
    config = uvicorn.Config(
        app,
        http="httptools" if importlib.util.find_spec("httptools") else "h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        ssl_certfile=chosen.certfile if tls else None,
        ssl_keyfile=chosen.keyfile if tls else None,
        ssl_ca_certs=chosen.client_ca if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls and chosen.client_ca else ssl.CERT_NONE,
    )
    return Server(config)


async def serve(chosen: argparse.Namespace) -> None:
    """Serve both ports until SIGTERM or SIGINT. Print the READY line when both servers accept connections."""
    sockets = [socket.create_server((HOST, port), backlog=2048) for port in (chosen.port, chosen.ges_port)]
    ports = [bound.getsockname()[1] for bound in sockets]
    identity = ExternalIdentity(chosen.identity) if chosen.identity else None
    store = Store(Credentials.new(), base_urls(ports[0], ports[1], chosen.tls), chosen.latency, identity)
    seeds.fill(store)
    servers = [
        new_server(plane_app(store, MAIN_PLANE, Control(store).routes()), chosen.tls == "all", chosen),
        new_server(plane_app(store, ges.SERVICE_PLANE), bool(chosen.tls), chosen),
    ]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(server.serve(sockets=[bound])) for server, bound in zip(servers, sockets)]
    while not all(server.started for server in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.005)
    if all(server.started for server in servers):
        print("READY " + json.dumps(ready(store)), flush=True)
    await asyncio.gather(*tasks)


def main() -> None:
    """Run the simulator, with uvloop if it is installed."""
    chosen = parse_arguments()
    if importlib.util.find_spec("uvloop"):
        import uvloop

        uvloop.run(serve(chosen))
    else:
        asyncio.run(serve(chosen))


if __name__ == "__main__":
    main()
