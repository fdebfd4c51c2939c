# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Points in time and durations, as services and users write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from ._errors import InvalidOption

# No service existed before. Earlier dates, such as 0, mean that the time is unknown.
_EARLIEST = datetime(2001, 1, 1, tzinfo=timezone.utc)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?")
_DURATION = re.compile(r"0*([1-9]\d{0,14})([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_time(value: Any) -> datetime | None:
    """Return a point in time of a record, or None if it is unknown.

    Services send milliseconds since 1970, as a number or a string, or a date. A date without a time zone is UTC. A time
    before 2001 or after now is unknown.
    """
    text = str(value or "").strip()
    moment = None
    try:
        if text.isdigit():
            moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(text))
        else:
            date = _DATE.fullmatch(text)
            if date:
                zone = (date[3] or "Z").replace("Z", "+0000").replace(":", "")
                moment = datetime.strptime(f"{date[1]}T{date[2]}{zone}", "%Y-%m-%dT%H:%M:%S%z")
    except (ValueError, OverflowError):
        return None
    now = datetime.now(timezone.utc)
    return moment if moment and _EARLIEST <= moment <= now + timedelta(minutes=5) else None


def to_iso8601(value: Any) -> str | None:
    """Return a point in time of a record in ISO 8601, UTC, or None if it is unknown."""
    moment = parse_time(value)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def parse_duration(option: str, value: Any) -> int:
    """Return the seconds of a duration such as ``90``, ``90s``, ``45m``, ``2h`` or ``1d``.

    :raises InvalidOption: it is no duration, or not positive.
    """
    match = _DURATION.fullmatch(str(value).strip())
    if not match:
        raise InvalidOption(f"{option} must be a positive number of seconds, or a duration such as 45m, 2h or 1d.")
    return int(match[1]) * _UNITS[match[2]]
