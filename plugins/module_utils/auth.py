# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to log in: what the options say becomes something that proves each request.

Each way that needs a library has a file of its own, imported only when the way is chosen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from .arguments import Options, rank, variable_of, where
from .client import Auth, Client, Wire
from .endpoints import identity_url
from .errors import ApiError, LoginFailed

# For each way to log in the options that are its own. Any of them begins it.
WAYS = {
    "token": ("token",),
    "password": ("password", "username", "user_id"),
    "access key": ("access_key", "secret_key", "security_token"),
    "cloud": ("cloud",),
}
# The variables that begin a way without being an option's.
_VARIABLES = {"cloud": "OS_CLIENT_CONFIG_FILE", "vendor": "HUAWEICLOUD_SDK_CREDENTIALS_FILE"}
# The same thing by its id and by its name.
_PAIRS = (("project_id", "project_name"), ("user_id", "username"), ("domain_id", "domain_name"))
_PROJECT = ("project_id", "project_name", "region")
# What a way needs: one of each of these.
_NEEDS = {
    "token": (("project_id", "auth_url", "region"),),
    "password": (("username", "user_id"), ("password",), ("domain_name", "domain_id", "user_id"), _PROJECT),
    "access key": (("access_key",), ("secret_key",), _PROJECT),
}
_ADVICE = (
    "No way to log in is given: set token, or username, password and domain_name, or access_key and secret_key, "
    "each with region or project_id, or cloud, as options or in the environment"
)


class TokenAuth(Auth):
    """Proves requests with a project-scoped token of IAM, in the header C{X-Auth-Token}."""

    advice = "the token is wrong, has expired, or is of another project: get a new one"

    def __init__(self, token: str, project_id: str = "", catalog: Sequence[Any] = ()) -> None:
        self.token = fit_for_header("token", token)
        self.project_id = project_id
        self.catalog = catalog

    def __call__(self, request: Any) -> Any:
        """Add the token to a request."""
        request.headers["X-Auth-Token"] = self.token
        return request


def settle(options: Options, secrets: set[str]) -> tuple[str, Options]:
    """The way to log in that a task's options give, and the options with what clouds.yaml adds to them.

    What the task itself says goes before what the environment says. The empty way: nothing is given. Sends nothing.

    :param secrets: takes what clouds.yaml holds and must not be shown.
    :raises LoginFailed: two ways are given, or half of one, or parts of different ones.
    """
    options = _nearest(options)
    way = _begun(options)
    if way not in ("cloud", ""):
        _check(way, options)
        return way, options
    from .clouds import with_cloud

    settled = with_cloud(options, secrets, wanted=bool(way))
    if not settled:
        return "", options
    way = "token" if settled["token"] else "password"
    try:
        _check(way, settled)
    except LoginFailed as error:
        raise LoginFailed(f"in clouds.yaml {error.message}") from error
    return way, settled


def log_in(way: str, options: Options, wire: Wire) -> Auth:
    """Log in by a way that L{settle} found; raises L{LoginFailed}, or the L{Error} for which IAM cannot be asked."""
    if way == "token":
        return _given_token(options, wire)
    if way == "password":
        from .auth_password import PasswordAuth

        return PasswordAuth(options, wire)
    if way == "access key":
        from .auth_key import KeyAuth

        return KeyAuth(options, wire)
    from .auth_vendor import VendorAuth, found_keys

    try:
        keys = found_keys(wire)
    except LoginFailed as error:
        half = f"{where('username', options)} is given without password. " if options["username"] else ""
        raise LoginFailed(error.message if way else f"{half}{_ADVICE}. {error.message}") from error
    return VendorAuth(options, wire, keys)


def fit_for_header(name: str, value: str) -> str:
    """A value that can be sent in a header; raises L{LoginFailed} otherwise."""
    if not re.fullmatch("[!-~]+", value):
        raise LoginFailed(f"the {name} holds a blank, a line break or another character that no {name} has")
    return value


def _nearest(options: Options) -> Options:
    """The options, with an id or a name from further away dropped: the nearer one says what is meant."""
    options = dict(options)
    for pair in _PAIRS:
        ranks = {name: rank(name, options) for name in pair if options[name]}
        options.update({name: None for name in ranks if ranks[name] > min(ranks.values())})
    return options


def _begun(options: Options) -> str:
    """The one way that is begun, empty where there is none; raises L{LoginFailed} where there are two."""
    given = {way: [name for name in names if options[name]] for way, names in WAYS.items()}
    found = {way: names for way, names in given.items() if not all(variable_of(name, options) for name in names)}
    if not found:
        # a user's name is left over in many environments, where it begins nothing
        found = {way: names for way, names in given.items() if {*names} - {"username", "user_id"}}
        for way, variable in _VARIABLES.items():
            if os.environ.get(variable):
                found.setdefault(way, [variable])
    if len(found) > 1:
        labels = " and ".join(where(names[0], options) for names in found.values())
        raise LoginFailed(f"{labels} are {len(found)} ways to log in: unset all but one")
    return next(iter(found), "")


def _check(way: str, options: Options) -> None:
    """Raise L{LoginFailed} unless a way has all that it needs, out of one place, and with the IAM that is theirs."""
    own = [name for name in WAYS.get(way, ()) if options[name]]
    lacking = [" or ".join(names) for names in _NEEDS.get(way, ()) if not any(options[name] for name in names)]
    if lacking:
        raise LoginFailed(f"{where(own[0], options)} is given without {' and '.join(lacking)}")
    ranks = {name: rank(name, options) for name in own}
    families = {*ranks.values()} - {0}
    stray = "security_token" in own and ranks["security_token"] != ranks["access_key"]
    if families and rank("auth_url", options) not in {0, 1} | families:
        # HW_AUTH_URL may serve them all
        families.add(rank("auth_url", options))
        own.append("auth_url")
    if len(families) > 1 or stray:
        parts = " and ".join(where(name, options) for name in own)
        raise LoginFailed(f"{parts} are parts of different credentials: take all from one place")


def _given_token(options: Options, wire: Wire) -> TokenAuth:
    """The token as it is; IAM is asked about it only where its project or its catalog is needed."""
    token, project_id, name = options["token"], options["project_id"], options["project_name"]
    if project_id and (options["endpoint"] or not options["auth_url"]):
        return TokenAuth(token, project_id)
    iam = Client(wire, identity_url(options), TokenAuth(token))
    try:
        record = iam.send("GET", "auth", "tokens", headers={"X-Subject-Token": token}).record("token")
    except ApiError as error:
        if error.http_status != 404:
            raise
        raise LoginFailed(f"{error.message}: {TokenAuth.advice}", error.code, 404, error.request_id) from error
    project = record.get("project")
    if not isinstance(project, dict) or not project.get("id"):
        raise LoginFailed("the token is of no project: get a project-scoped one")
    if project_id not in (None, "", project["id"]) or (name and not project_id and name != project.get("name")):
        option = "project_id" if project_id else "project_name"
        mine = f"{project.get('name')} ({project['id']})"
        raise LoginFailed(f"the token is of the project {mine}, which {where(option, options)} contradicts")
    return TokenAuth(token, str(project["id"]), record.get("catalog") or ())
