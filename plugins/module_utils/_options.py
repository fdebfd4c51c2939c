# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The connection options of a task: their argument spec, their environment variables, and their resolved values.

:func:`resolve_options` reads the environment once. Everything after it reads the frozen :class:`ConnectionOptions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

from ansible.module_utils.common.validation import check_type_bool, check_type_int, check_type_path, check_type_str

from ._errors import InvalidOption
from ._redaction import Secrets

PUBLIC_CLOUD = "myhuaweicloud.com"
CLOUDS_YAML = "clouds.yaml"  # the source of values that clouds.yaml contains
_VARIABLE_PREFIXES = ("HW_", "OS_", "HUAWEICLOUD_SDK_")  # in the order of precedence


class OptionDefinition(NamedTuple):
    """One connection option.

    :param variables: the environment variables that may hold its value, in the order of precedence.
    :param argument: its argument spec; None if only the environment can set it.
    """

    variables: tuple[str, ...]
    argument: Mapping[str, Any] | None = MappingProxyType({"type": "str"})
    default: Any = None


_SECRET: dict[str, Any] = {"type": "str", "no_log": True}
_NOT_SECRET: dict[str, Any] = {"type": "str", "no_log": False}  # although the name looks like that of a secret
_PATH: dict[str, Any] = {"type": "path"}

CONNECTION_OPTIONS: dict[str, OptionDefinition] = {
    "token": OptionDefinition(("HW_AUTH_TOKEN", "OS_TOKEN", "OS_AUTH_TOKEN"), _SECRET),
    "username": OptionDefinition(("HW_USER_NAME", "OS_USERNAME")),
    "user_id": OptionDefinition(("HW_USER_ID", "OS_USER_ID")),
    "password": OptionDefinition(("HW_USER_PASSWORD", "OS_PASSWORD"), _SECRET),
    "passcode": OptionDefinition(("HW_PASSCODE", "OS_PASSCODE"), _SECRET),
    "domain_name": OptionDefinition(
        ("HW_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME"),
    ),
    "domain_id": OptionDefinition(
        ("HW_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID", "OS_DOMAIN_ID", "HUAWEICLOUD_SDK_DOMAIN_ID"),
    ),
    "access_key": OptionDefinition(("HW_ACCESS_KEY", "OS_ACCESS_KEY", "HUAWEICLOUD_SDK_AK"), _NOT_SECRET),
    "secret_key": OptionDefinition(("HW_SECRET_KEY", "OS_SECRET_KEY", "HUAWEICLOUD_SDK_SK"), _SECRET),
    "security_token": OptionDefinition(
        ("HW_SECURITY_TOKEN", "OS_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"), _SECRET
    ),
    "cloud": OptionDefinition(("OS_CLOUD",)),
    "project_id": OptionDefinition(("HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID", "HUAWEICLOUD_SDK_PROJECT_ID")),
    "project_name": OptionDefinition(("HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME")),
    "region": OptionDefinition(("HW_REGION_NAME", "OS_REGION_NAME", "OS_REGION")),
    "cloud_domain": OptionDefinition(("HW_CLOUD",), default=PUBLIC_CLOUD),
    "auth_url": OptionDefinition(("HW_AUTH_URL", "OS_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT")),
    "endpoint": OptionDefinition(("HW_ENDPOINT", "OS_ENDPOINT")),
    "allow_http": OptionDefinition(("HW_ALLOW_HTTP",), {"type": "bool"}, False),
    "validate_certs": OptionDefinition(("HW_INSECURE", "OS_INSECURE"), {"type": "bool"}, True),
    "ca_cert": OptionDefinition(("HW_CACERT", "OS_CACERT"), _PATH),
    "client_cert": OptionDefinition(("HW_CERT", "OS_CERT"), _PATH),
    "client_key": OptionDefinition(("HW_KEY", "OS_KEY"), {**_PATH, "no_log": False}),
    "request_timeout": OptionDefinition(("HW_REQUEST_TIMEOUT",), {"type": "int"}, 30),
    "retries": OptionDefinition(("HW_MAX_RETRIES", "OS_MAX_BACKOFF_RETRIES"), {"type": "int"}, 5),
    "clouds_yaml": OptionDefinition(("OS_CLIENT_CONFIG_FILE",), None),
    "secure_yaml": OptionDefinition(("OS_CLIENT_SECURE_FILE",), None),
    "credentials_file": OptionDefinition(("HUAWEICLOUD_SDK_CREDENTIALS_FILE",), None),
}
_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "bool": check_type_bool,
    "int": check_type_int,
    "path": check_type_path,
    "str": check_type_str,
}
_MINIMUM = {"request_timeout": 1, "retries": 0}
SECRET_OPTIONS = tuple(name for name, option in CONNECTION_OPTIONS.items() if (option.argument or {}).get("no_log"))


def connection_arguments() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the connection options.

    It has neither defaults nor fallbacks: :func:`resolve_options` applies both, because Ansible does not report whether
    a value comes from the task.
    """
    return {name: dict(option.argument) for name, option in CONNECTION_OPTIONS.items() if option.argument}


class ResolvedOption(NamedTuple):
    """The value of an option and its source.

    :param source: empty for the task, the name of an environment variable, or :data:`CLOUDS_YAML`. None for a default.
    """

    value: Any
    source: str | None = ""


_UNSET = ResolvedOption(None, None)


class ConnectionOptions(Mapping[str, Any]):
    """The connection options of a task, resolved: a mapping from names to values that never changes."""

    __slots__ = ("_resolved",)

    def __init__(self, resolved: Mapping[str, ResolvedOption]) -> None:
        self._resolved = MappingProxyType(dict(resolved))

    def __repr__(self) -> str:
        """Return the names only: a traceback must not contain secrets."""
        return f"ConnectionOptions({', '.join(self)})"

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, None if it has none."""
        return self._resolved.get(name, _UNSET).value

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the options that have a value."""
        return iter(self._resolved)

    def __len__(self) -> int:
        """Return the number of options that have a value."""
        return len(self._resolved)

    def source(self, name: str) -> str | None:
        """Return the source of an option; see :class:`ResolvedOption`."""
        return self._resolved.get(name, _UNSET).source

    def variable(self, name: str) -> str | None:
        """Return the environment variable that set an option, or None."""
        source = self.source(name)
        return source if source and source != CLOUDS_YAML else None

    def source_rank(self, name: str) -> int:
        """Return the rank of the source: 0 for the task, clouds.yaml and defaults, then 1 to 3 for the variables."""
        variable = self.variable(name)
        if variable is None:
            return 0
        return next(n for n, family in enumerate(_VARIABLE_PREFIXES, 1) if variable.startswith(family))

    def label(self, name: str) -> str:
        """Return the name of an option and its source, for messages."""
        source = self.source(name)
        return f"{name} (from {source})" if source else name

    def with_values(self, values: Mapping[str, Any], source: str | None = "") -> ConnectionOptions:
        """Return the options with other values; None removes an option."""
        changed = {name: ResolvedOption(value, source) for name, value in values.items()}
        merged = {**self._resolved, **changed}
        return ConnectionOptions({name: option for name, option in merged.items() if option.value is not None})


def resolve_options(
    arguments: Mapping[str, Any], environment: Mapping[str, str], secrets: Secrets
) -> ConnectionOptions:
    """Return the connection options of a task.

    A value of the task takes precedence over the environment, also if it is empty. None means that it is not given.

    :param arguments: the options of the task, whose types Ansible has checked.
    :param environment: the environment variables of the module.
    :param secrets: receives the secrets among the options.
    :raises InvalidOption: a value has the wrong type or is out of range.
    """
    resolved: dict[str, ResolvedOption] = {}
    for name, definition in CONNECTION_OPTIONS.items():
        option = ResolvedOption(arguments.get(name))
        if option.value is None:
            option = _from_environment(name, definition, environment)
        if option.value is not None:
            resolved[name] = option
    options = ConnectionOptions(resolved)
    secrets.add(*(options[name] for name in SECRET_OPTIONS))
    for name, least in _MINIMUM.items():
        if options[name] < least:
            raise InvalidOption(f"{options.label(name)} must be at least {least}, not {options[name]}.")
    return options


def _from_environment(name: str, definition: OptionDefinition, environment: Mapping[str, str]) -> ResolvedOption:
    """Return the value of the first variable that is set and not empty, or the default."""
    variable = next((each for each in definition.variables if environment.get(each)), None)
    if variable is None:
        return ResolvedOption(definition.default, None)
    value = environment[variable]
    if name == "validate_certs":  # the variables have the opposite meaning
        return ResolvedOption(value.lower() not in ("1", "t", "true", "y", "yes", "on"), variable)
    kind = (definition.argument or _PATH)["type"]
    try:
        return ResolvedOption(_CONVERTERS[kind](value), variable)
    except TypeError:
        raise InvalidOption(f"The environment variable {variable} must be of type {kind}.") from None
