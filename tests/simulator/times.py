# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the services write them; the simulator itself counts seconds since the epoch."""

from __future__ import annotations

from datetime import datetime, timezone


def milliseconds(at: float | None) -> int | None:
    return None if at is None else int(at * 1000)


def iso(at: float | None) -> str | None:
    """UTC without zone and fraction, as in ``2017-05-25T07:28:12``."""
    return None if at is None else datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def iso_zulu(at: float) -> str:
    """UTC with microseconds, as IAM writes it."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def epoch(text: str) -> float:
    """The inverse of `iso`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
