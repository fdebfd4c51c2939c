# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to log in: what the options say becomes something that proves each request.

One class a way, in a file of its own where it needs a library, imported only when it is chosen.
"""

from __future__ import annotations

import re
from typing import Any

from .arguments import Options, where
from .errors import LoginFailed

# For each way to log in the option that begins it, and what it needs besides.
_WAYS = {
    "token": ("project_id",),
    "password": ("username", "domain_name", "project_name"),
}
_ADVICE = "set token and project_id, or username, password, domain_name and project_name"


class TokenAuth:
    """Proves requests with a project-scoped token of IAM, in the header C{X-Auth-Token}. Requests calls it.

    :ivar project_id: the project that the token is for.
    :ivar generation: counts the logins.
    """

    generation = 0
    advice = "the token is wrong, has expired, or is of another project: get a new one"

    def __init__(self, token: str, project_id: str) -> None:
        if not re.fullmatch("[!-~]+", token):
            raise LoginFailed("the token holds a blank, a line break or another character that no token has")
        self.token = token
        self.project_id = project_id

    def __call__(self, request: Any) -> Any:
        """Add the token to a request."""
        request.headers["X-Auth-Token"] = self.token
        return request

    def renew(self, seen: int) -> bool:
        """Log in again unless that was done since generation C{seen}. A token alone cannot: False."""
        return False


def log_in(options: Options, wire: Any) -> TokenAuth:
    """Log in by the way that a task's options give, those from the environment included.

    :param wire: the L{Wire} over which to ask the identity service.
    :raises LoginFailed: no way is given, or two, or half of one, or the identity service refused.
    """
    way = _chosen_way(options)
    if way == "token":
        return TokenAuth(options["token"], options["project_id"])
    from .auth_password import PasswordAuth

    return PasswordAuth(options, wire)


def _chosen_way(options: Options) -> str:
    begun = [way for way in _WAYS if options[way]]
    if len(begun) > 1:
        raise LoginFailed(f"{' and '.join(where(way, options) for way in begun)} are two ways to log in: unset one")
    if not begun:
        half = f"{where('username', options)} is given without password. " if options["username"] else ""
        raise LoginFailed(f"{half}No way to log in is given: {_ADVICE}, as options or in the environment")
    known = {**options, "project_name": options["project_id"] or options["project_name"]}
    lacking = [name for name in _WAYS[begun[0]] if not known[name]]
    if lacking:
        raise LoginFailed(f"{where(begun[0], options)} is given without {' and '.join(lacking)}")
    return begun[0]
