# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with a user name and a password, and a passcode where the account demands one, through keystoneauth1."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth import TokenAuth, fit_for_header
from .client import Wire, read, trouble
from .endpoints import identity_url
from .errors import ApiError, Error, LoginFailed

try:
    from keystoneauth1 import exceptions
    from keystoneauth1.identity import v3
    from keystoneauth1.session import Session
    from urllib3.exceptions import HTTPError

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)

_REQUEST = "POST /v3/auth/tokens"


class PasswordAuth(TokenAuth):
    """Fetches the token from IAM, which is Keystone v3 in both clouds, and a new one when it is refused."""

    advice = "a new login did not help: has the user a role in this project?"

    def __init__(self, options: Options, wire: Wire) -> None:
        """Log in once. Raises L{LoginFailed}, or the L{Error} for which the identity service cannot be asked."""
        if IMPORT_ERROR:
            raise LoginFailed(missing_required_lib("keystoneauth1", f"to log in with a password: {IMPORT_ERROR}"))
        domain = {"domain_id": options["domain_id"], "domain_name": options["domain_name"]}
        who = {"user_id": options["user_id"], "username": options["username"]}
        who.update({f"user_{name}": value for name, value in domain.items()})
        methods: list[Any] = [v3.PasswordMethod(password=options["password"], **who)]
        if options["passcode"]:
            methods.append(v3.TOTPMethod(passcode=options["passcode"], **who))
        self._plugin = v3.Auth(
            identity_url(options),
            methods,
            project_id=options["project_id"],
            project_name=options["project_name"] or options["region"],
            include_catalog=not options["endpoint"],
            **{f"project_{name}": value for name, value in domain.items()},
        )
        # redirect: the password goes to the host that was named, and nowhere else
        self._session = Session(session=wire.session, verify=wire.verify, cert=wire.cert, redirect=False)
        self._wire = wire
        self._lock = threading.Lock()
        self._refusal: Error | None = None
        # a passcode is good for one login: it is not sent again where the first may have been heard
        self._once = bool(options["passcode"])
        super().__init__(*wire.persist(self._fetch, self._once))

    def renew(self, seen: int) -> bool:
        """Log in again, once for all the requests that were refused with the same token."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if seen == self.generation:
                self._plugin.invalidate()
                self.token, self.project_id, self.catalog = self._wire.persist(self._fetch, self._once)
                self.generation += 1
        return True

    def _fetch(self) -> tuple[str, str, list[Any]]:
        """Token, project and catalog; what the libraries raise becomes this collection's errors."""
        self._session.timeout = self._wire.seconds()
        try:
            access = self._plugin.get_access(self._session)
            if not (access.auth_token and access.project_id):
                raise ValueError("the answer holds no token of a project")
            self._wire.secrets.add(access.auth_token)
            self._refusal = None
            catalog = access.service_catalog.catalog or []
            return fit_for_header("token", access.auth_token), str(access.project_id), catalog
        except LoginFailed:
            raise
        except Exception as error:  # of whatever odd answer
            self._refusal = self._error(error)
            raise self._refusal from error

    def _error(self, error: Exception) -> Error:
        """What a failed login means, in the words of any other request."""
        host = urlsplit(self._plugin.auth_url).netloc
        cause = error.__context__ if isinstance(error, exceptions.ClientException) else error
        raw = getattr(error, "response", None)
        told: Error = ApiError("is auth_url that of IAM?")
        if raw is not None:
            try:
                read(raw, _REQUEST, advice="check user, password, passcode, domain and project")
            except Error as refusal:
                told = refusal
        elif isinstance(cause, (OSError, HTTPError)):
            told = trouble(cause, _REQUEST)
        return replace(told, message=f"no login at {host}: {told.message}")
