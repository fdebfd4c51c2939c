# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timestamps in the formats of the services. The simulator itself counts seconds since the epoch."""

from __future__ import annotations

from datetime import datetime, timezone


def milliseconds(at: float | None) -> int | None:
    """Return milliseconds since the epoch."""
    return None if at is None else int(at * 1000)


def iso(at: float | None) -> str | None:
    """Return UTC without a zone and without a fraction, such as ``2017-05-25T07:28:12``."""
    return None if at is None else datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def iso_zulu(at: float) -> str:
    """Return UTC with microseconds and ``Z``, as IAM formats it."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
