# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of this collection: the only things that cross its rooms upwards.

The text of every one of them is written for the person who runs the task. It holds no secret, no header and no body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What modules and roles say of a job that is missing.
UNKNOWN_JOB = (
    "the service does not know this job: is it of this project, and was the right cluster, graph or kind given?"
)


@dataclass(eq=False)
class Error(Exception):
    """Something this collection refuses, or could not do.

    :param code: the service's own code. :param request_id: the service's id of the request, for its support.
    :param retry_after: when the service wants to be asked again, in its own words.
    """

    message: str
    code: str | None = None
    http_status: int | None = None
    request_id: str | None = None
    retry_after: str | None = None

    def __str__(self) -> str:
        facts = [str(fact) for fact in (self.http_status and f"HTTP {self.http_status}", self.code) if fact]
        return f"{self.message} [{', '.join(facts)}]" if facts else self.message

    def as_dict(self) -> dict[str, Any]:
        """The error as modules return it."""
        return {key: getattr(self, key) for key in ("code", "message", "http_status", "request_id")}


class InvalidInput(Error):
    """An option that cannot be used. Nothing was sent."""


class LoginFailed(Error):
    """The credentials are missing, contradict each other, or were refused."""


class Unreachable(Error):
    """No connection could be made. Nothing was sent."""


class BudgetSpent(Error):
    """The time budget of the task is used up. Nothing was sent."""


class AnswerLost(Error):
    """A request was sent, and whether it had its effect is unknown."""


class ApiError(Error):
    """The service answered, and the answer is no."""


class JobUnknown(ApiError):
    """The service says in its own code that it does not know the job."""
