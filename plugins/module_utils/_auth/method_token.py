# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Authentication with a token of IAM. Source: Keystone v3; docs/api, section 8.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._errors import ApiError, AuthenticationFailed
from .._http.client import Authenticator
from .._http.rate_limiter import RateLimiter
from .._http.transport import HttpTransport
from .._options import ConnectionOptions
from .base import AuthMethod, validate_header_value


class TokenAuthenticator(Authenticator):
    """Adds a project-scoped token in the header ``X-Auth-Token``."""

    advice = "The token is invalid, has expired or belongs to another project. Get a new token."

    def set_token(self, token: str, project_id: str = "", catalog: Sequence[Any] = ()) -> None:
        """Use a token from now on."""
        self.token = validate_header_value("token", token)
        self.project_id, self.catalog = project_id, catalog

    def __call__(self, request: Any) -> Any:
        """Add the token to a request."""
        request.headers["X-Auth-Token"] = self.token
        return request


class TokenAuth(TokenAuthenticator, AuthMethod):
    """Uses the token that the task has. IAM is asked only if the project or the catalog of the token is needed."""

    def __init__(self, options: ConnectionOptions, transport: HttpTransport, limiter: RateLimiter) -> None:
        super().__init__(options, transport, limiter)
        self.set_token(options["token"], options["project_id"] or "")
        if not options["project_id"] or (options["auth_url"] and not options["endpoint"]):
            self._fetch_scope()

    def _fetch_scope(self) -> None:
        """Ask IAM for the project and the catalog of the token."""
        options = self._options
        try:
            answer = self._iam(options, self).send("GET", "auth", "tokens", headers={"X-Subject-Token": self.token})
        except ApiError as error:
            if error.http_status != 404:
                raise
            raise AuthenticationFailed(error.message, error.code, 404, error.request_id, advice=self.advice) from error
        record = answer.record("token")
        project = record.get("project")
        if not isinstance(project, dict) or not project.get("id"):
            raise AuthenticationFailed("The token is not scoped to a project. Get a project-scoped token.")
        for option, value in (("project_id", project["id"]), ("project_name", project.get("name"))):
            if options[option]:
                if options[option] != value:
                    actual = f"{project.get('name')} ({project['id']})"
                    raise AuthenticationFailed(
                        f"The token belongs to the project {actual}. {options.label(option)} names another one."
                    )
                break  # the id takes precedence over the name
        self.set_token(self.token, str(project["id"]), record.get("catalog") or ())
