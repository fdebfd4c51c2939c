# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create a Keystone and serve it: ``python serve.py CONFIGURATION LOG PROJECT ID``, in Keystone's own environment.

keystone-manage initializes the database; OS_BOOTSTRAP_PASSWORD is the password of the administrator. The project gets
the given ID. The server listens on a public port and on an internal port for services and administrators, and the LOG
records the port of each request. The first line of output, ``READY PUBLIC INTERNAL``, reports the ports.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from typing import Any, Callable

# Keystone's own environment has these packages, the type checker's has not.
import waitress  # type: ignore[import-untyped]
from keystone.cmd import manage  # type: ignore[import-not-found]
from keystone.server.wsgi import initialize_public_application  # type: ignore[import-not-found]

PLANES = ("public", "internal")
REGION = "eu-de"


def keystone_manage(configuration: str, *command: str) -> None:
    """Run keystone-manage in a forked process, which avoids another slow import."""
    child = os.fork()
    if not child:
        sys.argv = ["keystone-manage", "--config-file", configuration, *command]
        manage.main()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"keystone-manage {command[0]} failed")


def main() -> None:
    """Create the Keystone and serve it until the process ends."""
    configuration, name, project, project_id = sys.argv[1:]
    keystone_manage(configuration, "db_sync")
    me = ("--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid()))
    keystone_manage(configuration, "fernet_setup", *me)
    keystone_manage(configuration, "bootstrap", "--bootstrap-region-id", REGION)
    keystone_manage(configuration, "project_setup", "--project-name", project, "--project-id", project_id)

    sys.argv = ["keystone", "--config-file", configuration]  # the application reads the arguments
    keystone = initialize_public_application()
    sockets = [socket.create_server(("127.0.0.1", 0)) for _plane in PLANES]
    ports = [str(one.getsockname()[1]) for one in sockets]

    # The log is written before the response is sent, and unbuffered: a client that has the response finds the line.
    with open(name, "ab", buffering=0) as log:

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            def start(status: str, *more: Any) -> Any:
                plane = PLANES[ports.index(environ["SERVER_PORT"])]
                line = (plane, environ["REQUEST_METHOD"], environ["PATH_INFO"], status.split()[0])
                log.write(" ".join(line).encode() + b"\n")
                return start_response(status, *more)

            return keystone(environ, start)

        server = waitress.create_server(application, sockets=sockets, threads=4)
        print("READY", *ports, flush=True)
        server.run()


if __name__ == "__main__":
    main()
