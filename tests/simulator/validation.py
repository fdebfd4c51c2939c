# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of the input of the control API.

A check is a function that returns a description of the values it accepts, or an empty string if the value is valid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

from .routing import is_integer

Check = Callable[[Any], str]


class InvalidInput(Exception):
    """Invalid input of the control API. The message names the key and the accepted values."""


def text(value: Any) -> str:
    """Check for a string that is not empty."""
    return "" if isinstance(value, str) and value else "a string that is not empty"


def identifier(value: Any) -> str:
    """Check for a string that is not empty, or an integer."""
    valid = (isinstance(value, str) and value) or is_integer(value)
    return "" if valid else "a string that is not empty, or an integer"


def flag(value: Any) -> str:
    """Check for true or false."""
    return "" if isinstance(value, bool) else "true or false"


def mapping(value: Any) -> str:
    """Check for an object."""
    return "" if isinstance(value, dict) else "an object"


def seconds(value: Any) -> str:
    """Check for a number of seconds."""
    valid = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return "" if valid else "a number of seconds, 0 or more"


def anything(value: Any) -> str:
    """Accept any value."""
    return ""


def integer(least: int, most: int) -> Check:
    """Return a check for an integer in a range."""

    def check(value: Any) -> str:
        valid = is_integer(value) and least <= value <= most
        return "" if valid else f"an integer from {least} to {most}"

    return check


def one_of(*choices: str) -> Check:
    """Return a check for one of several strings."""

    def check(value: Any) -> str:
        return "" if value in choices else "one of " + ", ".join(choices)

    return check


def or_null(other: Check) -> Check:
    """Return a check that also accepts null."""

    def check(value: Any) -> str:
        return "" if value is None else other(value) and other(value) + ", or null"

    return check


def validate(data: Any, checks: Mapping[str, Check], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the data, if it is an object with known keys, all required keys, and valid values.

    :raises InvalidInput: The data is not valid.
    """
    if not isinstance(data, dict):
        raise InvalidInput("the body must be a JSON object")
    for key in required:
        if key not in data:
            raise InvalidInput(f"{key} is missing")
    for key, value in data.items():
        if key not in checks:
            raise InvalidInput("unknown key {}; known are {}".format(key, ", ".join(checks)))
        expected = checks[key](value)
        if expected:
            raise InvalidInput(f"{key} must be {expected}, not {json.dumps(value)}")
    return data
