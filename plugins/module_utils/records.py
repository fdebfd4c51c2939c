# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' records, made fit to be returned: one spelling, no secrets."""

from __future__ import annotations

import functools
import re
from typing import Any

Record = dict[str, Any]  # one object of a service's answer

# Slips of the services' documents, mended after the change to snake_case.
_TYPOS = {"last_udpate_user": "last_update_user", "is_stoping_increment": "is_stopping_increment"}

# Every repetition is bounded, or ends where its kind of character does: a record may be long.
_NAME = r"(?:(?:access|api|private)[._-]?key|secret|passw(?:or)?d|pwd|credential|(?:\b|(?<=[_a-z]))token\b)[\w.-]{0,64}"
_VALUE = r"""(?:\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,;&\]})"'\\]+)"""
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_SECRET_OPTION = re.compile(rf"(?<![\w.-])--?[\w.-]{{0,64}}?{_NAME}", re.IGNORECASE)
_SECRETS_IN_TEXT = (
    re.compile(rf"""({_NAME}\\?["']?\s*[=:]\s*){_VALUE}""", re.IGNORECASE),  # fs.s3a.secret.key=…, 'password' = '…'
    re.compile(rf"({_SECRET_OPTION.pattern}[\s,]+){_VALUE}", re.IGNORECASE),  # --password …, as words or as a list
    re.compile(rf"((?:basic|bearer|identified\s+by)\s+){_VALUE}", re.IGNORECASE),
    re.compile(r"(://[^/\s:@]{0,64}:)[^/\s@]{1,256}(?=@)"),  # jdbc:mysql://user:…@host
)
# What each of those begins with: most texts have nothing of it, and are passed over.
_SUSPECT = re.compile("key|secret|passw|pwd|credential|token|basic|bearer|identified|://", re.IGNORECASE)
_MASK = "********"


def clean(value: Any) -> Any:
    """A service's record with keys in snake_case, known typos mended, and nothing in it that looks like a secret.

    Jobs carry keys in their arguments and properties more often than one would think.
    """
    if isinstance(value, dict):
        cleaned = {}
        for key, item in value.items():
            name, secret = _key(str(key))
            cleaned[name] = _MASK if item and secret else clean(item)
        return cleaned
    if isinstance(value, list):
        words = ["", *(item if isinstance(item, str) else "" for item in value)]
        return [_MASK if _SECRET_OPTION.fullmatch(before) else clean(item) for before, item in zip(words, value)]
    if isinstance(value, str) and _SUSPECT.search(value):
        for pattern in _SECRETS_IN_TEXT:
            value = pattern.sub(rf"\1{_MASK}", value)
    return value


@functools.lru_cache(1000)
def _key(key: str) -> tuple[str, bool]:
    """A key in snake_case, and whether what stands under it is a secret. The records of a list have the same keys."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower()
    return _TYPOS.get(name, name), bool(_SECRET_NAME.search(name))
