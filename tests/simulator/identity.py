# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another identity service, such as a real Keystone, whose tokens the services take beside those of the simulator."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import urllib.request
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from .calls import Call
from .gateway import refusal
from .world import Token, User

TIMEOUT = 30.0  # seconds


class AnyStatus(urllib.request.HTTPErrorProcessor):
    """Hands back the answers of every status, instead of raising some."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response


class Identity:
    """Is asked about a token with every call, as by a service that remembers no answers.

    `file` holds a JSON object: `url` (ends in ``/v3``), and `username`, `password`, `domain_name` and `project_name` of
    the services' own user, who must be allowed to validate tokens. Raises OSError when that user cannot log in.
    """

    def __init__(self, file: str) -> None:
        settings: dict[str, str] = json.loads(Path(file).read_text(encoding="utf-8"))
        domain = {"name": settings["domain_name"]}
        user = {"name": settings["username"], "password": settings["password"], "domain": domain}
        scope = {"project": {"name": settings["project_name"], "domain": domain}}
        identity = {"methods": ["password"], "password": {"user": user}}
        self._login = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        self._url = settings["url"] + "/auth/tokens"
        # No proxies: it is on this machine, as the simulator is.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), AnyStatus)
        self._lock = threading.Lock()
        self._own = self._log_in()

    async def recognise(self, call: Call) -> None:
        """Set `call.foreign` if the token is good at this moment; the gateway's 503 if that cannot be told."""
        token_id = call.header("x-auth-token")
        if not token_id or token_id in call.world.tokens or call.operation.open or call.operation.service == "iam":
            return
        try:
            token = await asyncio.to_thread(self._validated, token_id)
        except OSError as error:
            raise refusal(call.world, 503, "0613", f"IAM is unavailable: {error}") from error
        if token is not None:
            domain = token["user"]["domain"]
            user = User(token["user"]["id"], token["user"]["name"], "", domain["id"], domain["name"])
            project_id = token.get("project", {}).get("id")
            # Its issuer says when it has expired, by a clock that the simulator does not move.
            call.foreign = Token(token_id, user, project_id, call.now, math.inf, token["methods"])

    def _validated(self, token_id: str) -> dict[str, Any] | None:
        """What the identity service tells about a token; None for one that is no good."""
        own = self._own
        status, answer = self._ask(own, token_id)
        if status == 401:  # the services' own token has ended
            with self._lock:
                if self._own == own:
                    self._own = self._log_in()
            status, answer = self._ask(self._own, token_id)
        if status not in (200, 404):
            raise OSError(f"it answered {status}")
        return json.loads(answer)["token"] if status == 200 else None

    def _ask(self, own: str, token_id: str) -> tuple[int, bytes]:
        request = urllib.request.Request(self._url, headers={"X-Auth-Token": own, "X-Subject-Token": token_id})
        with self._opener.open(request, timeout=TIMEOUT) as response:
            return response.status, response.read()

    def _log_in(self) -> str:
        request = urllib.request.Request(self._url, self._login, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=TIMEOUT) as response:
            if response.status != 201:
                raise OSError(f"no login of the services' own user: {response.status}")
            return response.headers["X-Subject-Token"]
