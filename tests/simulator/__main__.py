# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the simulator: ``python -m tests.simulator --port P --ges-port Q`` from the project's root."""

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
from .calls import Plane, plane_app
from .control import Control, ready
from .identity import Identity
from .world import Keys, World

HOST = "127.0.0.1"
# The status reads come first in each table, since routes are tried in order.
MAIN_PLANE = Plane(
    "main",
    mrs.OPERATIONS + cdm.OPERATIONS + dli.OPERATIONS + ges.MANAGEMENT_OPERATIONS + iam.OPERATIONS,
    gateway.admit,
    gateway.unknown,
)


class Server(uvicorn.Server):
    """A uvicorn server among others: signals are handled once, for all of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def arguments(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="port of IAM, MRS, CDM, DLI, GES management; 0 = a free one"
    )
    parser.add_argument("--ges-port", type=int, default=0, help="port of GES's service plane; 0 = a free one")
    parser.add_argument("--tls", choices=("ges", "all"), help="serve TLS on GES's service plane, or on both ports")
    parser.add_argument("--certfile", help="certificate (PEM) for --tls")
    parser.add_argument("--keyfile", help="private key (PEM) for --tls")
    parser.add_argument("--client-ca", metavar="FILE", help="with --tls: demand a client certificate of this CA")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every service call takes")
    parser.add_argument("--identity", metavar="FILE", help="also take another service's tokens: see identity.py")
    chosen = parser.parse_args(args)
    if chosen.tls and not (chosen.certfile and chosen.keyfile):
        parser.error("--tls needs --certfile and --keyfile")
    if chosen.client_ca and not chosen.tls:
        parser.error("--client-ca needs --tls")
    if chosen.latency < 0:
        parser.error("--latency must not be negative")
    return chosen


def addresses(port: int, ges_port: int, tls: str | None) -> dict[str, str]:
    main = "{}://{}:{}".format("https" if tls == "all" else "http", HOST, port)
    service = "{}://{}:{}".format("https" if tls else "http", HOST, ges_port)
    return {"iam": main + "/v3", "mrs": main, "cdm": main, "dli": main, "ges": main, "ges_service": service}


def server(app: Any, tls: bool, chosen: argparse.Namespace) -> Server:
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
    """Serve both planes until SIGTERM or SIGINT; say READY once both answer."""
    sockets = [socket.create_server((HOST, port), backlog=2048) for port in (chosen.port, chosen.ges_port)]
    ports = [one.getsockname()[1] for one in sockets]
    identity = Identity(chosen.identity) if chosen.identity else None
    world = World(Keys.new(), addresses(ports[0], ports[1], chosen.tls), chosen.latency, identity)
    seeds.plant(world)
    servers = [
        server(plane_app(world, MAIN_PLANE, Control(world).routes()), chosen.tls == "all", chosen),
        server(plane_app(world, ges.SERVICE_PLANE), bool(chosen.tls), chosen),
    ]

    def stop() -> None:
        for one in servers:
            one.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(one.serve(sockets=[own])) for one, own in zip(servers, sockets)]
    while not all(one.started for one in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.005)
    if all(one.started for one in servers):
        print("READY " + json.dumps(ready(world)), flush=True)
    await asyncio.gather(*tasks)


def main() -> None:
    chosen = arguments()
    if importlib.util.find_spec("uvloop"):
        import uvloop

        uvloop.run(serve(chosen))
    else:
        asyncio.run(serve(chosen))


if __name__ == "__main__":
    main()
