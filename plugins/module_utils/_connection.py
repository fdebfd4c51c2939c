# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The login of a task, and its clients for the services."""

from __future__ import annotations

import re
import ssl
from functools import cached_property

from ._auth.registry import authenticate, resolve_credentials
from ._endpoints import require_safe_url, service_url, validate_path_segment, validate_url
from ._errors import InvalidOption
from ._http.client import Authenticator, ServiceClient
from ._http.deadline import Deadline
from ._http.rate_limiter import RateLimiter
from ._http.session import BoundedSession
from ._http.transport import HttpTransport
from ._options import ConnectionOptions
from ._redaction import Secrets


class Connection:
    """One login. It logs in when the first client is asked for.

    :param limiters: the rate limiters of the task by service, which all its connections share.
    :param connections: number of HTTP connections to keep open.
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
        connections: int,
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
        self._transport = HttpTransport(
            session=BoundedSession(deadline, connections),
            verify=(options["ca_cert"] or True) if options["validate_certs"] else False,
            cert=(options["client_cert"], options["client_key"]) if options["client_key"] else options["client_cert"],
            timeout=options["request_timeout"],
            retries=options["retries"],
            deadline=deadline,
            secrets=secrets,
        )

    @cached_property
    def authenticator(self) -> Authenticator:
        """The one login, and its project; see :func:`authenticate` for the errors."""
        return authenticate(self._credentials, self._transport, self._limiter("iam"))

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
        return ServiceClient(self._transport, url, authenticator, self._limiter(service), not_found)

    def _limiter(self, service: str) -> RateLimiter:
        return self._limiters.setdefault(service, RateLimiter(self._transport.deadline))


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
