# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Authentication with a user name and a password, and a passcode if the account requires one.

Source: Keystone v3, through keystoneauth1; docs/api, section 8.1.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .._endpoints import iam_url
from .._errors import ApiError, AuthenticationFailed, Error, ResponseLost
from .._http.rate_limiter import RateLimiter
from .._http.responses import RequestContext, parse_response, translate_exception
from .._http.transport import HttpTransport
from .._options import ConnectionOptions
from .base import AuthMethod
from .method_token import TokenAuthenticator

_REQUEST = "POST /v3/auth/tokens"


class PasswordAuth(TokenAuthenticator, AuthMethod):
    """Fetches a token from IAM, and a new one when it is refused."""

    advice = "Authentication failed again after a new login. Check that the user has a role in this project."

    def __init__(self, options: ConnectionOptions, transport: HttpTransport, limiter: RateLimiter) -> None:
        super().__init__(options, transport, limiter)
        self._build_login()
        self._lock = threading.Lock()
        self._refusal: Error | None = None
        # A passcode is valid for one login: the login is not repeated if IAM may have received it.
        self._once = bool(options["passcode"])
        self._log_in()

    def renew(self, generation: int) -> bool:
        """Log in again, once for all requests that were refused with the same token."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if generation == self.generation:
                self._plugin.invalidate()
                self._log_in()
                self.generation += 1
        return True

    def _build_login(self) -> None:
        """Build the login request."""
        try:
            from keystoneauth1.identity import v3
            from keystoneauth1.session import Session
        except ImportError as error:
            reason = f"to authenticate with a password: {error}"
            raise AuthenticationFailed(missing_required_lib("keystoneauth1", reason)) from error
        options, transport = self._options, self._transport
        domain = {"domain_id": options["domain_id"], "domain_name": options["domain_name"]}
        user = {"user_id": options["user_id"], "username": options["username"]}
        user.update({f"user_{name}": value for name, value in domain.items()})
        methods: list[Any] = [v3.PasswordMethod(password=options["password"], **user)]
        if options["passcode"]:
            methods.append(v3.TOTPMethod(passcode=options["passcode"], **user))
        self._plugin = v3.Auth(
            iam_url(options),
            methods,
            project_id=options["project_id"],
            project_name=options["project_name"] or options["region"],
            include_catalog=not options["endpoint"],
            **{f"project_{name}": value for name, value in domain.items()},
        )
        # redirect: the password is sent only to the host that the task names
        self._session = Session(session=transport.session, verify=transport.verify, cert=transport.cert, redirect=False)

    def _log_in(self) -> None:
        self._transport.send_with_retries(self._fetch, self._limiter, mutating=self._once)

    def _fetch(self, seconds: float) -> None:
        """Fetch token, project and catalog; translate the exceptions of the library."""
        self._session.timeout = seconds
        try:
            access = self._plugin.get_access(self._session)
            if not (access.auth_token and access.project_id):
                raise ValueError("the response contains no token of a project")
            self._transport.secrets.add(access.auth_token)
            self.set_token(access.auth_token, str(access.project_id), access.service_catalog.catalog or [])
            self._refusal = None
        except (AuthenticationFailed, ResponseLost):
            raise
        except Exception as error:  # of any unexpected response
            self._refusal = self._translate(error)
            raise self._refusal from error

    def _translate(self, error: Exception) -> Error:
        """Return the error for a failed login."""
        from keystoneauth1.exceptions import ClientException
        from urllib3.exceptions import HTTPError

        host = urlsplit(self._plugin.auth_url).netloc
        cause = error.__context__ if isinstance(error, ClientException) else error
        raw = getattr(error, "response", None)
        advice = "Check user, password, passcode, domain and project."
        context = RequestContext(_REQUEST, self._transport.secrets, advice=advice)
        failure: Error = ApiError(
            "the response contains no token of a project.", advice="Check that auth_url is the address of IAM."
        )
        if isinstance(error, Error):
            failure = error
        elif raw is not None:
            try:
                parse_response(raw, context)
            except Error as refusal:
                failure = refusal
        elif isinstance(cause, (OSError, HTTPError)):
            failure = translate_exception(cause, context)
        return replace(failure, message=f"Login at {host} failed: {failure.message}")
