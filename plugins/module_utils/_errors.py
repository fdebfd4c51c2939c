# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The exceptions of this collection. Library code raises no others.

Each message is written for the operator who runs the task. It contains no secret, no header and no body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Error(Exception):
    """An operation that this collection refuses or could not complete.

    :param message: what happened and why, in sentences.
    :param code: the error code of the service.
    :param http_status: the HTTP status of the response.
    :param request_id: the id that the service gave the request. The vendor's support asks for it.
    :param retry_after: the value of the header ``Retry-After``.
    :param advice: what to do, in sentences.
    """

    message: str
    code: str | None = None
    http_status: int | None = None
    request_id: str | None = None
    retry_after: str | None = None
    advice: str = ""

    def __str__(self) -> str:
        """Return the message, the HTTP status, the code and the advice."""
        facts = [str(fact) for fact in (self.http_status and f"HTTP {self.http_status}", self.code) if fact]
        message = f"{self.message.rstrip('.')} [{', '.join(facts)}]." if facts else self.message
        return f"{message} {self.advice}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """Return the error as modules return it."""
        entry = {key: getattr(self, key) for key in ("code", "message", "http_status", "request_id")}
        return {**entry, "message": f"{self.message} {self.advice}".rstrip()}


class InvalidOption(Error):
    """An option has an unusable value. The request that needs it was not sent."""


class AuthenticationFailed(Error):
    """The credentials are missing, conflicting or refused."""


class CredentialsNotFound(AuthenticationFailed):
    """The credential chain of the vendor has no keys."""


class ConnectionFailed(Error):
    """No connection could be established. Nothing was sent."""


class DeadlineExceeded(Error):
    """The time of the task is used up, or the task was interrupted. Nothing was sent, unless a thread was abandoned."""


class ResponseLost(Error):
    """A request was sent, and no usable response came back. Its effect is unknown."""


class ApiError(Error):
    """The service refused the request, or answered in an unexpected way."""


class JobNotFound(ApiError):
    """The service reports that it does not know the job."""
