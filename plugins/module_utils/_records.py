# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Preparation of service records for results: one spelling of keys, bounded depth, no secrets."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable
from typing import Any, Callable

from ._redaction import MASK, SECRET_FLAG, SECRET_NAME, redact_patterns

Record = dict[str, Any]  # one JSON object of a response

# Typing errors in the documents of the services, corrected after the change to snake_case.
_TYPOS = {"last_udpate_user": "last_update_user", "is_stoping_increment": "is_stopping_increment"}
MAX_DEPTH = 32
MAX_SIZE = 256 * 1024  # characters of keys and text in one record
TOO_DEEP = "(nested too deeply)"
CUT = "(cut)"
_KEY_LENGTH = 256
_FLAG = re.compile(SECRET_FLAG, re.IGNORECASE)
# Control characters but those that separate lines and columns.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def sanitize_record(record: Any, redact: Callable[[str], str] = redact_patterns) -> Any:
    """Return a record with keys in snake_case, of bounded depth and size, and without values that look like secrets.

    Jobs often have access keys in their arguments and properties. A record that is nested deeper than :data:`MAX_DEPTH`
    or has more than :data:`MAX_SIZE` characters is cut, and marked at that place.

    :param redact: also removes the registered secrets from a text. Used before a text is cut, because Ansible does not
        recognize a part of a secret.
    """
    return _Sanitizer(redact).sanitize(record, 0)


class _Sanitizer:
    """Sanitizes one record."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._left = MAX_SIZE

    def sanitize(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, (dict, list)):
            if depth > MAX_DEPTH:
                return TOO_DEEP
            return self._object(value, depth) if isinstance(value, dict) else self._array(value, depth)
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)  # JSON has no such number
        return value

    def _text(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            room = max(0, self._left + len(text))
            return _replace_control(self._redact(text[: 2 * MAX_SIZE]))[:room] + CUT
        return _replace_control(redact_patterns(text))

    def _array(self, items: list[Any], depth: int) -> list[Any]:
        sanitized: list[Any] = []
        flag = False
        for item in items:
            self._left -= 1
            if self._left < 0:
                return [*sanitized, CUT]
            sanitized.append(MASK if flag else self.sanitize(item, depth + 1))
            flag = isinstance(item, str) and bool(_FLAG.fullmatch(item))
        return sanitized

    def _object(self, record: Record, depth: int) -> Record:
        sanitized: Record = {}
        # CDM describes the settings of a job as {"name": "toJobConfig.password", "value": "…"}.
        names_secret = "value" in record and _normalize_key(str(record.get("name"))[:_KEY_LENGTH])[1]
        for key, item in record.items():
            self._left -= len(key) + 1
            if self._left < 0:
                sanitized[CUT] = True
                break
            name, is_secret = _normalize_key(key)
            masked = item and (is_secret or (names_secret and key == "value"))
            sanitized[name] = MASK if masked else self.sanitize(item, depth + 1)
        return sanitized


def _replace_control(text: str) -> str:
    return text if text.isprintable() else _CONTROL.sub("\ufffd", text)


def first_value(record: Record, keys: Iterable[str]) -> Any:
    """Return the first value that is not empty under one of the keys, which are in snake_case, or None."""
    values = {_normalize_key(key)[0]: value for key, value in record.items() if value}
    return next((values[key] for key in keys if key in values), None)


@functools.lru_cache(1000)
def _normalize_key(key: str) -> tuple[str, bool]:
    """Return a key in snake_case, and whether it names a secret. The records of a list share their keys."""
    name = _replace_control(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower())
    return _TYPOS.get(name, name), bool(re.search(SECRET_NAME, name, re.IGNORECASE))
