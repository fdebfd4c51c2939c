# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a Keystone and serve it: ``python serve.py CONFIGURATION LOG PROJECT ID``, in Keystone's own environment.

The database is filled by the commands of keystone-manage; OS_BOOTSTRAP_PASSWORD is the administrator's password. A
project gets the ID that is given. There are two ports, one for everybody, and one for services and administrators, so
that the LOG tells their requests apart. ``READY PUBLIC INTERNAL``, the first line that is printed, tells the ports.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from typing import Any, Callable

# The type checker's environment has neither of these: they are in Keystone's own.
import waitress  # type: ignore[import-untyped]
from keystone.cmd import manage  # type: ignore[import-not-found]
from keystone.server.wsgi import initialize_public_application  # type: ignore[import-not-found]

PLANES = ("public", "internal")
REGION = "eu-de"


def keystone_manage(configuration: str, *command: str) -> None:
    """Run keystone-manage in a process of its own; as a copy of this one it starts at once."""
    child = os.fork()
    if not child:
        sys.argv = ["keystone-manage", "--config-file", configuration, *command]
        manage.main()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"keystone-manage {command[0]} has failed")


def main() -> None:
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

    # Without a buffer, and before the answer goes out: who has the answer finds its line.
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
