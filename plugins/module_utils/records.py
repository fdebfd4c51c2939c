# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' records, made fit to be returned: one spelling, no secrets."""

from __future__ import annotations

import functools
import re
from datetime import datetime, timedelta, timezone
from typing import Any

Record = dict[str, Any]  # one object of a service's answer

# Slips of the services' documents, mended after the change to snake_case.
_TYPOS = {"last_udpate_user": "last_update_user", "is_stoping_increment": "is_stopping_increment"}

# Every repetition is bounded, or ends where its kind of character does: a record may be long.
_NAME = r"(?:(?:access|api|private)[._-]?key|secret|passw(?:or)?d|pwd|credential|(?:\b|(?<=[_a-z]))token\b)[\w.-]{0,64}"
_VALUE = r"""(?:\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,;&\]})"'\\]+)"""
# Compiled when the first text asks for it: most tasks need not wait for that.
_SECRET_OPTION = rf"(?<![\w.-])--?[\w.-]{{0,64}}?{_NAME}"
_SECRETS_IN_TEXT = (
    rf"""({_NAME}\\?["']?\s*[=:]\s*){_VALUE}""",  # fs.s3a.secret.key=…, 'password' = '…'
    rf"({_SECRET_OPTION}[\s,]+){_VALUE}",  # --password …, as words or as a list
    rf"((?:basic|bearer|identified\s+by)\s+){_VALUE}",
    r"(://[^/\s:@]{0,64}:)[^/\s@]{1,256}(?=@)",  # jdbc:mysql://user:…@host
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
        # CDM tells the settings of a job as {"name": "toJobConfig.password", "value": "…"}
        of_secret = "value" in value and _key(str(value.get("name")))[1]
        for key, item in value.items():
            name, secret = _key(str(key))
            cleaned[name] = _MASK if item and (secret or (of_secret and key == "value")) else clean(item)
        return cleaned
    if isinstance(value, list):
        words = ["", *(item if isinstance(item, str) else "" for item in value)]
        named = [re.fullmatch(_SECRET_OPTION, word, re.IGNORECASE) for word in words]
        return [_MASK if before else clean(item) for before, item in zip(named, value)]
    if isinstance(value, str) and _SUSPECT.search(value):
        for pattern in _SECRETS_IN_TEXT:
            value = re.sub(pattern, rf"\1{_MASK}", value, flags=re.IGNORECASE)
    return value


def moment(value: Any) -> str | None:
    """A service's date in ISO 8601, UTC: it comes as milliseconds, as a number or a string, or without a zone."""
    text = str(value or "")
    try:
        if text.isdigit():
            told = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=int(text) // 1000)
        else:
            told = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError):
        return None
    return told.strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.lru_cache(1000)
def _key(key: str) -> tuple[str, bool]:
    """A key in snake_case, and whether what stands under it is a secret. The records of a list have the same keys."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower()
    return _TYPOS.get(name, name), bool(re.search(_NAME, name, re.IGNORECASE))
