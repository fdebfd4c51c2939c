# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Preparation of service records for results: one spelling of keys, bounded depth, no secrets."""

from __future__ import annotations

import functools
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from ._redaction import MASK, SECRET_FLAG, SECRET_NAME, redact_patterns

Record = dict[str, Any]  # one JSON object of a response

# Typing errors in the documents of the services, corrected after the change to snake_case.
_TYPOS = {"last_udpate_user": "last_update_user", "is_stoping_increment": "is_stopping_increment"}
MAX_DEPTH = 32
TOO_DEEP = "(nested too deeply)"


def sanitize_record(value: Any, depth: int = 0) -> Any:
    """Return a record with keys in snake_case and without values that look like secrets.

    Jobs often have access keys in their arguments and properties. Values below :data:`MAX_DEPTH` levels are replaced.
    """
    if isinstance(value, str):
        return redact_patterns(value)
    if isinstance(value, (dict, list)) and depth > MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, dict):
        return _sanitize_object(value, depth)
    if isinstance(value, list):
        words = ["", *(item if isinstance(item, str) else "" for item in value)]
        after_flag = [re.fullmatch(SECRET_FLAG, word, re.IGNORECASE) for word in words]
        return [MASK if flag else sanitize_record(item, depth + 1) for flag, item in zip(after_flag, value)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    return value


def _sanitize_object(record: Record, depth: int) -> Record:
    sanitized = {}
    # CDM describes the settings of a job as {"name": "toJobConfig.password", "value": "…"}.
    names_secret = "value" in record and _normalize_key(str(record.get("name")))[1]
    for key, item in record.items():
        name, is_secret = _normalize_key(str(key))
        masked = item and (is_secret or (names_secret and key == "value"))
        sanitized[name] = MASK if masked else sanitize_record(item, depth + 1)
    return sanitized


def to_iso8601(value: Any) -> str | None:
    """Return a date of a service in ISO 8601, UTC, or None if it cannot be parsed.

    Services send milliseconds, as a number or a string, or a date without a time zone.
    """
    text = str(value or "")
    try:
        if text.isdigit():
            moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=int(text) // 1000)
        else:
            moment = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.lru_cache(1000)
def _normalize_key(key: str) -> tuple[str, bool]:
    """Return a key in snake_case, and whether it names a secret. The records of a list share their keys."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower()
    return _TYPOS.get(name, name), bool(re.search(SECRET_NAME, name, re.IGNORECASE))
