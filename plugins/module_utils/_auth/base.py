# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The base of all authentication methods."""

from __future__ import annotations

import re

from .._endpoints import iam_url
from .._errors import AuthenticationFailed
from .._http.client import Authenticator, ServiceClient
from .._http.rate_limiter import RateLimiter
from .._http.responses import MESSAGE_LENGTH
from .._http.transport import HttpTransport
from .._options import ConnectionOptions


class AuthMethod(Authenticator):
    """An authentication method. Its constructor logs in, if that takes a request."""

    def __init__(self, options: ConnectionOptions, transport: HttpTransport, limiter: RateLimiter) -> None:
        """Store the options and the transport. Subclasses log in here if that requires a request.

        :param limiter: the rate limiter of IAM.
        :raises AuthenticationFailed: the credentials were refused, or a library is missing.
        :raises Error: IAM could not be reached.
        """
        self._options, self._transport, self._limiter = options, transport, limiter

    def _describe(self, text: str) -> str:
        """Return text of IAM or of a library for a message."""
        return self._transport.secrets.describe(text, MESSAGE_LENGTH)

    def _iam(self, options: ConnectionOptions, authenticator: Authenticator) -> ServiceClient:
        """Return a client for IAM."""
        return ServiceClient(self._transport, iam_url(options), authenticator, self._limiter)


def validate_header_value(name: str, value: str) -> str:
    """Return a value that can be sent in a header; raise :class:`AuthenticationFailed` otherwise."""
    if not re.fullmatch("[!-~]+", value):
        raise AuthenticationFailed(f"The {name} contains a space, a line break or another character that is not valid.")
    return value
