# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task's way to the services: one session, one login, one time budget."""

from __future__ import annotations

import re
from functools import cached_property

from .arguments import Options
from .auth import TokenAuth, log_in
from .client import Budget, Client, Wire, new_session
from .endpoints import checked_segment, service_url
from .errors import InvalidInput


class Connection:
    """Made once a task from its options. It logs in when the first client is asked for; see L{log_in} for the errors.

    :param secrets: takes what is fetched and must not be shown, as soon as it is fetched.
    :raises InvalidInput: an option cannot be used. Nothing was sent.
    """

    def __init__(self, options: Options, budget: Budget, secrets: set[str]) -> None:
        if options["client_key"] and not options["client_cert"]:
            raise InvalidInput("client_key is given, but client_cert is missing")
        if options["project_id"]:
            checked_segment("project_id", options["project_id"])
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
    def auth(self) -> TokenAuth:
        """The one login, and the project that it is for."""
        return log_in(self._options, self._wire)

    def client(self, service: str, unknown_job: re.Pattern[str], address: str | None = None) -> Client:
        """A client for a service, by its short name, or for one at an address of its own."""
        url = address or service_url(service, self._options)  # before the login: it may be what cannot be used
        return Client(self._wire, url, self.auth, unknown_job)
