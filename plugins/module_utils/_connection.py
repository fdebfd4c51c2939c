# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Logins, and the clients for the services."""

from __future__ import annotations

import re
import ssl
import threading
from dataclasses import replace

from ._auth.registry import authenticate, resolve_credentials
from ._endpoints import require_safe_url, service_url, validate_path_segment, validate_url
from ._errors import Error, InvalidOption
from ._http.client import Authenticator, ServiceClient
from ._http.deadline import Deadline
from ._http.rate_limiter import RateLimiter
from ._http.session import BoundedSession
from ._http.transport import HttpTransport
from ._options import ConnectionOptions
from ._redaction import Secrets


class Login:
    """The credentials of one user for one project. It logs in when the first client is asked for.

    :param limiters: the rate limiters of the task by service, which all its connections share.
    :param slots: bounds the number of requests in flight at once, for all connections of the task.
    :param secrets: receives secrets that are fetched.
    :raises InvalidOption: an option has an unusable value. Nothing was sent.
    :raises AuthenticationFailed: the credentials are missing or conflicting. Nothing was sent.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        deadline: Deadline,
        limiters: dict[str, RateLimiter],
        secrets: Secrets,
        slots: threading.BoundedSemaphore,
    ) -> None:
        if options["project_id"]:
            validate_path_segment("project_id", options["project_id"])
        self._credentials = resolve_credentials(options, secrets)
        self.options = options = self._credentials.options
        for option in ("endpoint", "auth_url"):
            if options[option]:
                validate_url(option, options)
        _validate_certificates(options)
        self._limiters = limiters
        self._lock = threading.Lock()
        self._authenticator: Authenticator | None = None
        self._failure: Error | None = None
        self.transport = HttpTransport(
            session=BoundedSession(deadline, slots),
            verify=(options["ca_cert"] or True) if options["validate_certs"] else False,
            cert=(options["client_cert"], options["client_key"]) if options["client_key"] else options["client_cert"],
            timeout=options["request_timeout"],
            retries=options["retries"],
            deadline=deadline,
            secrets=secrets,
        )

    @property
    def authenticator(self) -> Authenticator:
        """The login, and its project; see :func:`authenticate` for the errors.

        All threads together log in once. Otherwise each target would repeat a login that failed, until IAM locks the
        account.
        """
        with self._lock:
            if self._failure:
                raise replace(self._failure)
            if not self._authenticator:
                try:
                    self._authenticator = authenticate(self._credentials, self.transport, self.limiter("iam"))
                except Error as error:
                    self._failure = error
                    raise
            return self._authenticator

    def limiter(self, service: str) -> RateLimiter:
        """Return the rate limiter of a service."""
        return self._limiters.setdefault(service, RateLimiter(self.transport.deadline))


class Connection:
    """The way to the services with one login.

    :param endpoint: the base URL of the service, if it differs from that in the options of the login.
    """

    def __init__(self, login: Login, endpoint: str | None = None) -> None:
        self.login = login
        self.options = login.options.with_values({"endpoint": endpoint}) if endpoint else login.options
        if endpoint:
            validate_url("endpoint", self.options)

    @property
    def authenticator(self) -> Authenticator:
        """The login, and its project."""
        return self.login.authenticator

    def client(self, service: str, not_found: re.Pattern[str], address: str | None = None) -> ServiceClient:
        """Return a client for a service.

        :param service: the short name of the service.
        :param not_found: see :class:`ServiceClient`.
        :param address: the base URL, if the service has one of its own, such as a graph.
        """
        authenticator = self.authenticator
        options = self.options
        if not options["auth_url"] and authenticator.auth_url:
            options = options.with_values({"auth_url": authenticator.auth_url})
        url = require_safe_url(address, options) if address else service_url(service, options, authenticator.catalog)
        return ServiceClient(self.login.transport, url, authenticator, self.login.limiter(service), not_found)


def _validate_certificates(options: ConnectionOptions) -> None:
    """Raise :class:`InvalidOption` unless the certificate files can be used."""
    cert, key = options["client_cert"], options["client_key"]
    if key and not cert:
        raise InvalidOption(f"{options.label('client_key')} is set without client_cert.")
    if not (cert or options["ca_cert"]):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    names: tuple[str, ...] = ("ca_cert",)
    try:
        if options["ca_cert"]:
            context.load_verify_locations(options["ca_cert"])
        names = ("client_cert", "client_key") if key else ("client_cert",)
        if cert:
            context.load_cert_chain(cert, key, password="")  # without a password OpenSSL asks on the terminal
    except (OSError, ValueError) as error:
        files = " with ".join(f"{options.label(name)} {options[name]}" for name in names)
        raise InvalidOption(f"Cannot use {files}: {getattr(error, 'strerror', None) or error}.") from error
