# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The argument specs of the modules, and the ranges of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._errors import InvalidOption
from ._options import connection_arguments
from ._services.service import Service

ArgumentSpec = dict[str, dict[str, Any]]
LOGIN_OPTIONS = ("region", "project_id", "project_name", "cloud", "endpoint")  # that a target may override

_COMMON: ArgumentSpec = {
    "wait_timeout": {"type": "int", "default": 300},
    "concurrency": {"type": "int", "default": 8},
}
STOP_ARGUMENTS: ArgumentSpec = {
    **_COMMON,
    "wait": {"type": "bool", "default": True},
    "wait_sleep": {"type": "float", "default": 2},
    "missing": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
}
INFO_ARGUMENTS: ArgumentSpec = {**_COMMON, "limit": {"type": "int"}}
# For each number its minimum and its maximum.
_RANGES: dict[str, tuple[float, float | None]] = {
    "wait_timeout": (1, None),
    "concurrency": (1, 64),
    "wait_sleep": (0.01, None),
    "limit": (1, None),
    "max_jobs": (0, None),
}


def data_jobs_arguments(services: Mapping[str, Service]) -> ArgumentSpec:
    """Return the argument spec of the module that stops jobs of all services."""
    return {
        "state": {"type": "str", "choices": ["stopped"], "default": "stopped"},
        "targets": {"type": "list", "elements": "dict", "required": True, "options": _target_arguments(services)},
        "select": {"type": "dict", "options": _condition_arguments()},
        "max_jobs": {"type": "int", "default": 100},
        "details": {"type": "bool", "default": False},
        **STOP_ARGUMENTS,
        **connection_arguments(),
    }


def _target_arguments(services: Mapping[str, Service]) -> ArgumentSpec:
    """Return the argument spec of a target.

    Defaults, required options and choices depend on the service. An empty text counts as not set, and Ansible would
    refuse it as a choice.
    """
    places = {name: spec for service in services.values() for name, spec in service.arguments.items()}
    return {
        "service": {"type": "str", "required": True, "choices": list(services)},
        **{name: {"type": spec["type"]} for name, spec in places.items()},
        "ids": {"type": "list", "elements": "str"},
        **_condition_arguments(),
        **{name: {"type": "str"} for name in LOGIN_OPTIONS},
    }


def _condition_arguments() -> ArgumentSpec:
    """Return the argument spec of the conditions that a job must meet."""
    return {"filters": {"type": "dict"}, "older_than": {"type": "str"}, "name_regex": {"type": "str"}}


def stop_arguments(service: Service) -> ArgumentSpec:
    """Return the argument spec of the module that stops jobs of a service."""
    return {
        **_service_arguments(service, required=True),
        "state": {"type": "str", "choices": [service.state], "default": service.state},
        **STOP_ARGUMENTS,
    }


def info_arguments(service: Service) -> ArgumentSpec:
    """Return the argument spec of the ``_info`` module of a service. Its points in time are numbers."""
    filters = {name: {"type": "int" if name.endswith(("_after", "_before")) else "str"} for name in service.filters}
    return {**_service_arguments(service, required=False), **INFO_ARGUMENTS, **filters}


def _service_arguments(service: Service, required: bool) -> ArgumentSpec:
    """Return the arguments that both modules of a service have."""
    name, *aliases = service.id_options
    return {
        name: {"type": "list", "elements": "str", "required": required, "aliases": aliases},
        **{option: dict(argument) for option, argument in service.arguments.items()},
        **connection_arguments(),
    }


def validate_ranges(options: Mapping[str, Any]) -> None:
    """Raise :class:`InvalidOption` if a number is out of range."""
    for name, (least, most) in _RANGES.items():
        value = options.get(name)
        if value is not None and not least <= value <= (most or value):
            limits = f"between {least} and {most}" if most else f"at least {least}"
            raise InvalidOption(f"{name} must be {limits}, not {value}.")
