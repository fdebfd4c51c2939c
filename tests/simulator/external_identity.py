# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An external identity service, such as a real Keystone, whose tokens the simulated services also accept."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import urllib.request
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from .gateway import gateway_error
from .routing import Call
from .store import Token, User

TIMEOUT = 30.0  # seconds


class AnyStatusProcessor(urllib.request.HTTPErrorProcessor):
    """An HTTP processor that returns the responses of every status instead of raising errors for some."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        """Return the response unchanged."""
        return response


class ExternalIdentity:
    """A client that validates the token of each call, without a cache.

    :param file: JSON file with ``url`` (ends in ``/v3``), and the ``username``, ``password``, ``domain_name`` and
        ``project_name`` of a user who is allowed to validate tokens.
    :raises OSError: The user cannot log in.
    """

    def __init__(self, file: str) -> None:
        settings: dict[str, str] = json.loads(Path(file).read_text(encoding="utf-8"))
        domain = {"name": settings["domain_name"]}
        user = {"name": settings["username"], "password": settings["password"], "domain": domain}
        scope = {"project": {"name": settings["project_name"], "domain": domain}}
        identity = {"methods": ["password"], "password": {"user": user}}
        self._login = json.dumps({"auth": {"identity": identity, "scope": scope}}).encode()
        self._url = settings["url"] + "/auth/tokens"
        # The identity service runs on this machine, so proxies are ignored.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), AnyStatusProcessor)
        self._lock = threading.Lock()
        self._service_token = self._log_in()

    async def validate_token(self, call: Call) -> None:
        """Set ``call.external_token`` if the token of the call is valid.

        :raises ApiError: 503, if the identity service cannot validate the token.
        """
        token_id = call.header("x-auth-token")
        if not token_id or token_id in call.store.tokens or call.operation.open or call.operation.service == "iam":
            return
        try:
            token = await asyncio.to_thread(self._read_token, token_id)
        except OSError as error:
            raise gateway_error(call.store, 503, "0613", f"IAM is unavailable: {error}") from error
        if token is not None:
            domain = token["user"]["domain"]
            user = User(token["user"]["id"], token["user"]["name"], "", domain["id"], domain["name"])
            project_id = token.get("project", {}).get("id")
            # Only the identity service knows when the token expires: the simulator's clock may differ from its clock.
            call.external_token = Token(token_id, user, project_id, call.now, math.inf, token["methods"])

    def _read_token(self, token_id: str) -> dict[str, Any] | None:
        """Return the description of a token, or None if the token is not valid."""
        service_token = self._service_token
        status, answer = self._request_token(service_token, token_id)
        if status == 401:  # the token of the services' own user has expired
            with self._lock:
                if self._service_token == service_token:
                    self._service_token = self._log_in()
            status, answer = self._request_token(self._service_token, token_id)
        if status not in (200, 404):
            raise OSError(f"the identity service answered with status {status}")
        return json.loads(answer)["token"] if status == 200 else None

    def _request_token(self, service_token: str, token_id: str) -> tuple[int, bytes]:
        headers = {"X-Auth-Token": service_token, "X-Subject-Token": token_id}
        with self._opener.open(urllib.request.Request(self._url, headers=headers), timeout=TIMEOUT) as response:
            return response.status, response.read()

    def _log_in(self) -> str:
        request = urllib.request.Request(self._url, self._login, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=TIMEOUT) as response:
            if response.status != 201:
                raise OSError(f"the services' own user cannot log in: status {response.status}")
            return response.headers["X-Subject-Token"]
