# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with a user name and a password, through keystoneauth1."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth import TokenAuth
from .client import Wire
from .endpoints import identity_url
from .errors import ApiError, Error, LoginFailed, Unreachable

try:
    from keystoneauth1 import exceptions
    from keystoneauth1.identity.v3 import Password
    from keystoneauth1.session import Session

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)


class PasswordAuth(TokenAuth):
    """Fetches the token from IAM, which is Keystone v3 in both clouds, and a new one when it is refused."""

    advice = "a new login did not help: has the user a role in this project?"

    def __init__(self, options: Options, wire: Wire) -> None:
        """Log in once. Raises L{LoginFailed}, or the L{Error} for which the identity service cannot be asked."""
        if IMPORT_ERROR:
            raise LoginFailed(missing_required_lib("keystoneauth1", f"to log in with a password: {IMPORT_ERROR}"))
        who = {name: options[name] for name in ("username", "password", "project_id", "project_name")}
        who["user_domain_name"] = who["project_domain_name"] = options["domain_name"]
        self._plugin = Password(identity_url(options), include_catalog=False, **who)
        # redirect: the password goes to the host that was named, and nowhere else
        self._session = Session(session=wire.session, verify=wire.verify, cert=wire.cert, redirect=False)
        self._wire = wire
        self._lock = threading.Lock()
        self._refusal: Error | None = None
        super().__init__(*wire.persist(self._fetch))

    def renew(self, seen: int) -> bool:
        """Log in again, once for all the requests that were refused with the same token."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if seen == self.generation:
                self._plugin.invalidate()
                self.token, self.project_id = self._wire.persist(self._fetch)
                self.generation += 1
        return True

    def _fetch(self) -> tuple[str, str]:
        self._session.timeout = self._wire.seconds()
        try:
            access = self._plugin.get_access(self._session)
            if not (access.auth_token and access.project_id):
                raise ValueError("the answer holds no token of a project")
            self._wire.secrets.add(access.auth_token)
            self._refusal = None
            return access.auth_token, access.project_id
        except (exceptions.ClientException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            status = getattr(error, "http_status", None) or None
            kind = Unreachable if isinstance(error, exceptions.RetriableConnectionFailure) else ApiError
            advice = ", check username, password, domain_name and the project" if status == 401 else ""
            why = error if isinstance(error, (exceptions.ClientException, OSError)) else "is auth_url that of IAM?"
            text = f"no login at {urlsplit(self._plugin.auth_url).netloc}{advice}: {why}"
            self._refusal = kind(text, None, status, None, str(getattr(error, "retry_after", None) or ""))
            raise self._refusal from error
