# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with a user name and a password, through keystoneauth1."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth import TokenAuth
from .endpoints import identity_url
from .errors import LoginFailed

try:
    from keystoneauth1 import exceptions
    from keystoneauth1.identity.v3 import Password
    from keystoneauth1.session import Session

    HAS_KEYSTONEAUTH1 = True
except ImportError:
    HAS_KEYSTONEAUTH1 = False


class PasswordAuth(TokenAuth):
    """Fetches the token from IAM, which is Keystone v3 in both clouds, and a new one when it is refused."""

    advice = "a new login did not help: has the user a role in this project?"

    def __init__(self, options: Options, session: Any, settings: Any, secrets: set[str]) -> None:
        """Log in once. Raises L{LoginFailed}."""
        if not HAS_KEYSTONEAUTH1:
            raise LoginFailed(missing_required_lib("keystoneauth1", reason="to log in with username and password"))
        self._plugin = Password(
            auth_url=identity_url(options),
            username=options["username"],
            password=options["password"],
            user_domain_name=options["domain_name"],
            project_id=options["project_id"],  # goes before the name
            project_name=options["project_name"],
            project_domain_name=options["domain_name"],
            include_catalog=False,
        )
        self._session = Session(
            session=session,
            verify=settings.verify,
            cert=settings.cert,
            timeout=settings.timeout,
            redirect=False,  # the password goes to the host that was named, and nowhere else
            connect_retries=settings.retries,
        )
        self._lock = threading.Lock()
        self._refusal: LoginFailed | None = None
        self._secrets = secrets
        super().__init__(*self._fetch())

    def renew(self, seen: int) -> bool:
        """Log in again, once for all the requests that were refused with the same token."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if seen == self.generation:
                self._plugin.invalidate()
                self.token, self.project_id = self._fetch()
                self.generation += 1
        return True

    def _fetch(self) -> tuple[str, str]:
        try:
            access = self._plugin.get_access(self._session)
        except exceptions.ClientException as error:
            status = getattr(error, "http_status", None) or None
            advice = ", check username, password, domain_name and the project" if status == 401 else ""
            text = f"no login at {urlsplit(self._plugin.auth_url).netloc}{advice}: {error}"
            self._refusal = LoginFailed(text, http_status=status)
            raise self._refusal from error
        self._secrets.add(access.auth_token or "")
        return access.auth_token or "", access.project_id or ""
