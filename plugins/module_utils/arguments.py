# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the documentation fragments describe, and the environment variables that stand in for them."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound

Options = dict[str, Any]  # of one task, by name
PUBLIC_CLOUD = "myhuaweicloud.com"

# For each connection option its argument spec and the variables that may hold it, in the order in which they are asked.
_CONNECTION: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "token": ({"no_log": True}, ("HW_AUTH_TOKEN", "OS_TOKEN", "OS_AUTH_TOKEN")),
    "username": ({}, ("HW_USER_NAME", "OS_USERNAME")),
    "user_id": ({}, ("HW_USER_ID", "OS_USER_ID")),
    "password": ({"no_log": True}, ("HW_USER_PASSWORD", "OS_PASSWORD")),
    "passcode": ({"no_log": True}, ("HW_PASSCODE", "OS_PASSCODE")),
    "domain_name": ({}, ("HW_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME")),
    "domain_id": (
        {},
        ("HW_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID", "OS_DOMAIN_ID", "HUAWEICLOUD_SDK_DOMAIN_ID"),
    ),
    "access_key": ({"no_log": False}, ("HW_ACCESS_KEY", "OS_ACCESS_KEY", "HUAWEICLOUD_SDK_AK")),
    "secret_key": ({"no_log": True}, ("HW_SECRET_KEY", "OS_SECRET_KEY", "HUAWEICLOUD_SDK_SK")),
    "security_token": (
        {"no_log": True},
        ("HW_SECURITY_TOKEN", "OS_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    ),
    "cloud": ({}, ("OS_CLOUD",)),
    "project_id": ({}, ("HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID", "HUAWEICLOUD_SDK_PROJECT_ID")),
    "project_name": ({}, ("HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME")),
    "region": ({}, ("HW_REGION_NAME", "OS_REGION_NAME", "OS_REGION")),
    "cloud_domain": ({"default": PUBLIC_CLOUD}, ("HW_CLOUD",)),
    "auth_url": ({}, ("HW_AUTH_URL", "OS_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT")),
    "endpoint": ({}, ("HW_ENDPOINT", "OS_ENDPOINT")),
    "allow_http": ({"type": "bool", "default": False}, ("HW_ALLOW_HTTP",)),
    "validate_certs": ({"type": "bool", "default": True}, ("HW_INSECURE", "OS_INSECURE")),
    "ca_cert": ({"type": "path"}, ("HW_CACERT", "OS_CACERT")),
    "client_cert": ({"type": "path"}, ("HW_CERT", "OS_CERT")),
    "client_key": ({"type": "path", "no_log": False}, ("HW_KEY", "OS_KEY")),
    "request_timeout": ({"type": "int", "default": 30}, ("HW_REQUEST_TIMEOUT",)),
    "retries": ({"type": "int", "default": 5}, ("HW_MAX_RETRIES", "OS_MAX_BACKOFF_RETRIES")),
}


# What the fallbacks took: Ansible does not tell where a value came from.
_taken: dict[str, str] = {}
_FAMILIES = ("HW_", "OS_", "HUAWEICLOUD_SDK_")


def connection() -> dict[str, Any]:
    """The options by which every module finds its service and logs in."""
    _taken.clear()
    return {
        name: {
            "type": "str",
            "fallback": (_certs_from_environment if name == "validate_certs" else _from_environment, list(variables)),
            **spec,
        }
        for name, (spec, variables) in _CONNECTION.items()
    }


def stopping(state: str) -> dict[str, Any]:
    """The options of every module that stops jobs; its one state is the word that its service has for it."""
    return {
        "state": {"type": "str", "choices": [state], "default": state},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 300},
        "wait_sleep": {"type": "float", "default": 2},
        "missing": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
        "concurrency": {"type": "int", "default": 8},
    }


def finding(*filters: str) -> dict[str, Any]:
    """The options of every module that finds jobs, and those by which the service selects them; times are numbers."""
    return {
        "limit": {"type": "int"},
        "wait_timeout": {"type": "int", "default": 300},
        "concurrency": {"type": "int", "default": 8},
        **{name: {"type": "int" if name.endswith(("_after", "_before")) else "str"} for name in filters},
    }


def job_ids(name: str, *aliases: str, required: bool = True) -> dict[str, Any]:
    """The option that names the jobs: a list, or one plain string. Where they are stopped, omission means none."""
    return {name: {"type": "list", "elements": "str", "required": required, "aliases": list(aliases)}}


def variable_of(name: str, options: Options) -> str | None:
    """The environment variable that an option's value came from; None for what the task itself or a file says."""
    spec, variables = _CONNECTION.get(name, ({}, ()))
    for variable in variables:
        if variable in _taken and ("type" in spec or _taken[variable] == options[name]):
            return variable
    return None


def rank(name: str, options: Options) -> int:
    """How far an option's value is from the task: 0 for its own and a file's, then the families of variables."""
    variable = variable_of(name, options)
    return 0 if variable is None else next(n for n, family in enumerate(_FAMILIES, 1) if variable.startswith(family))


def where(name: str, options: Options) -> str:
    """An option's name for a message, with the variable that it came from, never with its value."""
    variable = variable_of(name, options)
    return f"{name} (from {variable})" if variable else name


def _from_environment(*variables: str) -> str:
    """The first of these variables that is set and not empty."""
    for variable in variables:
        if os.environ.get(variable):
            _taken[variable] = os.environ[variable]
            return os.environ[variable]
    raise AnsibleFallbackNotFound


def _certs_from_environment(*variables: str) -> bool:
    """The variables say that certificates need not be valid, the option says that they must."""
    return _from_environment(*variables).lower() not in ("1", "t", "true", "y", "yes", "on")
