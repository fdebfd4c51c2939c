# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task's way to the services: one session, one login, one time budget."""

from __future__ import annotations

import re
import ssl
from functools import cached_property

from .arguments import Options, where
from .auth import log_in, settle
from .client import Auth, Budget, Client, Wire, new_session
from .endpoints import checked_segment, checked_url, safe_url, service_url
from .errors import InvalidInput


class Connection:
    """Made once a task from its options. It logs in when the first client is asked for; see L{log_in} for the errors.

    :param secrets: takes what is fetched and must not be shown, as soon as it is fetched.
    :raises InvalidInput: an option cannot be used. :raises LoginFailed: see L{settle}. Nothing was sent in both cases.
    """

    def __init__(self, options: Options, budget: Budget, secrets: set[str]) -> None:
        if options["project_id"]:
            checked_segment("project_id", options["project_id"])
        self._way, options = settle(options, secrets)
        for option in ("endpoint", "auth_url"):
            if options[option]:
                checked_url(option, options)
        _check_files(options)
        self._options = options
        self._wire = Wire(
            session=new_session(options["concurrency"]),
            verify=(options["ca_cert"] or True) if options["validate_certs"] else False,
            cert=(options["client_cert"], options["client_key"]) if options["client_key"] else options["client_cert"],
            timeout=options["request_timeout"],
            retries=options["retries"],
            budget=budget,
            secrets=secrets,
        )

    @cached_property
    def auth(self) -> Auth:
        """The one login, and the project that it is for."""
        return log_in(self._way, self._options, self._wire)

    def client(self, service: str, unknown_job: re.Pattern[str], address: str | None = None) -> Client:
        """A client for a service, by its short name, or for one at an address of its own."""
        options = {**self._options, "auth_url": self.auth.auth_url or self._options["auth_url"]}
        url = safe_url(address, options) if address else service_url(service, options, self.auth.catalog)
        return Client(self._wire, url, self.auth, unknown_job)


def _check_files(options: Options) -> None:
    """Raise L{InvalidInput} unless the certificates that the options name can be used."""
    cert, key = options["client_cert"], options["client_key"]
    if key and not cert:
        raise InvalidInput("client_key is given, but client_cert is missing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        names: tuple[str, ...] = ("ca_cert",)
        if options["ca_cert"]:
            context.load_verify_locations(options["ca_cert"])
        names = ("client_cert", "client_key") if key else ("client_cert",)
        if cert:
            # the password keeps OpenSSL from asking for one on the terminal
            context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        files = " with ".join(f"{where(name, options)} {options[name]}" for name in names)
        raise InvalidInput(f"{files} cannot be used: {getattr(error, 'strerror', None) or error}") from error
