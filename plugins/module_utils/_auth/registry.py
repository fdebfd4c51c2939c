# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The authentication methods, and the choice among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple

from .._errors import AuthenticationFailed, CredentialsNotFound
from .._http.client import Authenticator
from .._http.rate_limiter import RateLimiter
from .._http.transport import HttpTransport
from .._options import ConnectionOptions
from .._redaction import Secrets
from .base import AuthMethod


def _token() -> type[AuthMethod]:
    from .method_token import TokenAuth

    return TokenAuth


def _password() -> type[AuthMethod]:
    from .method_password import PasswordAuth

    return PasswordAuth


def _access_key() -> type[AuthMethod]:
    from .method_access_key import AccessKeyAuth

    return AccessKeyAuth


def _vendor_chain() -> type[AuthMethod]:
    from .method_vendor_chain import VendorChainAuth

    return VendorChainAuth


class MethodEntry(NamedTuple):
    """The entry of an authentication method.

    :param load: imports the method and returns its class. A task imports only the method that it uses.
    :param own_options: the options that belong to this method only. Any of them selects it.
    :param required: the options that it requires: one of each group.
    """

    load: Callable[[], type[AuthMethod]]
    own_options: tuple[str, ...]
    required: tuple[tuple[str, ...], ...] = ()


_PROJECT = ("project_id", "project_name", "region")
AUTH_METHODS: Mapping[str, MethodEntry] = {
    "token": MethodEntry(_token, ("token",), (("project_id", "auth_url", "region"),)),
    "password": MethodEntry(
        _password,
        ("password", "username", "user_id"),
        (("username", "user_id"), ("password",), ("domain_name", "domain_id", "user_id"), _PROJECT),
    ),
    "access key": MethodEntry(
        _access_key,
        ("access_key", "secret_key", "security_token"),
        (("access_key",), ("secret_key",), _PROJECT),
    ),
    "vendor chain": MethodEntry(_vendor_chain, ("credentials_file",)),
}
# For each method the options that select it. clouds.yaml contains the options of another method.
_SELECTING_OPTIONS = {
    **{name: entry.own_options for name, entry in AUTH_METHODS.items()},
    "cloud": ("cloud", "clouds_yaml"),
}
# An id takes precedence over a name from the same source.
_ID_AND_NAME = (("project_id", "project_name"), ("user_id", "username"), ("domain_id", "domain_name"))
_NO_CREDENTIALS = (
    "No credentials found: set token, or username, password and domain_name, or access_key and secret_key, each with "
    "region or project_id, or set cloud. Each can be an option or an environment variable."
)


class Credentials(NamedTuple):
    """The authentication method of a task, and the options with everything that it needs.

    :param method: a key of :data:`AUTH_METHODS`.
    :param explicit: whether an option or a variable selects the method. If not, it is the last resort.
    """

    method: str
    options: ConnectionOptions
    explicit: bool = True


def resolve_credentials(options: ConnectionOptions, secrets: Secrets) -> Credentials:
    """Return the credentials that the options of a task contain or refer to. Send nothing.

    :param secrets: receives the secrets in clouds.yaml.
    :raises AuthenticationFailed: the options contain several methods, an incomplete method, or a mixture of sources.
    """
    options = _drop_overridden(options)
    selected = _select_method(options)
    if selected in AUTH_METHODS:
        _validate(selected, options)
        return Credentials(selected, options)
    from .clouds_yaml import read_cloud

    merged = read_cloud(options, secrets, required=bool(selected))
    if merged is None:
        return Credentials("vendor chain", options, explicit=False)
    method = "token" if merged["token"] else "password"
    _validate(method, merged)
    return Credentials(method, merged)


def authenticate(credentials: Credentials, transport: HttpTransport, limiter: RateLimiter) -> Authenticator:
    """Log in.

    :param limiter: the rate limiter of IAM.
    :raises AuthenticationFailed: the credentials were refused, or there are none.
    :raises Error: IAM could not be reached.
    """
    method, options = AUTH_METHODS[credentials.method].load(), credentials.options
    try:
        return method(options, transport, limiter)
    except CredentialsNotFound as error:
        if credentials.explicit:
            raise
        incomplete = f"{options.label('username')} is set without password. " if options["username"] else ""
        raise AuthenticationFailed(f"{incomplete}{_NO_CREDENTIALS} {error.message}") from error


def _drop_overridden(options: ConnectionOptions) -> ConnectionOptions:
    """Return the options without ids and names that a source of higher precedence overrides."""
    dropped: dict[str, None] = {}
    for pair in _ID_AND_NAME:
        precedence = {name: options.source_rank(name) for name in pair if options[name]}
        dropped.update({name: None for name in precedence if precedence[name] > min(precedence.values())})
    return options.with_values(dropped)


def _select_method(options: ConnectionOptions) -> str:
    """Return the one method that the options select, or an empty string if they select none.

    Credentials in the task take precedence. Credentials of another type in the environment are then ignored.
    """
    given = {method: [name for name in names if options[name]] for method, names in _SELECTING_OPTIONS.items()}
    selected = {method: names for method, names in given.items() if not all(map(options.variable, names))}
    if not selected:
        # many environments contain a user name that is not meant as credentials
        selected = {method: names for method, names in given.items() if {*names} - {"username", "user_id"}}
    if len(selected) > 1:
        labels = [options.label(names[0]) for names in selected.values()]
        names = f"{', '.join(labels[:-1])} and {labels[-1]}"
        raise AuthenticationFailed(f"Conflicting credentials: {names} are set. Set only one.")
    return next(iter(selected), "")


def _validate(method: str, options: ConnectionOptions) -> None:
    """Raise :class:`AuthenticationFailed` unless the credentials are complete and come from one source."""
    required = AUTH_METHODS[method].required
    if not required:
        return
    own = [name for name in AUTH_METHODS[method].own_options if options[name]]
    missing = [" or ".join(group) for group in required if not any(options[name] for name in group)]
    if missing:
        label = options.label(own[0])
        raise AuthenticationFailed(f"Incomplete credentials: {label} is set without {' and '.join(missing)}.")
    precedence = {name: options.source_rank(name) for name in own}
    families = {*precedence.values()} - {0}
    stray = "security_token" in own and precedence["security_token"] != precedence["access_key"]
    if families and options.source_rank("auth_url") not in {0, 1} | families:  # HW_AUTH_URL fits all families
        families.add(options.source_rank("auth_url"))
        own.append("auth_url")
    if len(families) > 1 or stray:
        labels = " and ".join(map(options.label, own))
        raise AuthenticationFailed(
            f"Conflicting credentials: {labels} have different sources. Take all from one source."
        )
