# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of points in time and durations, as services and users write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._times import (
    parse_duration,
    parse_time,
    to_iso8601,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1526387347720, "2018-05-15T12:29:07Z"),
        ("1526387347720", "2018-05-15T12:29:07Z"),
        (" 1526387347720 ", "2018-05-15T12:29:07Z"),
        (978307200000, "2001-01-01T00:00:00Z"),
        ("2018-05-15T12:29:07", "2018-05-15T12:29:07Z"),
        ("2018-05-15 12:29:07", "2018-05-15T12:29:07Z"),
        ("2018-05-15T12:29:07Z", "2018-05-15T12:29:07Z"),
        ("2018-05-15T12:29:07.720000", "2018-05-15T12:29:07Z"),
        ("2018-05-15T12:29:07-08:00", "2018-05-15T20:29:07Z"),
        ("2018-05-15T12:29:07.72+0530", "2018-05-15T06:59:07Z"),
        ("2018-05-15 12:29:07 +02:00", "2018-05-15T10:29:07Z"),
    ],
)
def test_times_are_converted_to_utc(value, expected):
    assert to_iso8601(value) == expected


@pytest.mark.parametrize("value", [None, "", 0, -1, True, [], {"a": 1}, "yesterday", "²", "9" * 30, 1e400, "9" * 5000])
def test_other_values_are_no_times(value):
    assert to_iso8601(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "0",
        1,
        "1970-01-01T00:00:00Z",
        pytest.param(1526387347, id="seconds"),
        pytest.param(978307199999, id="before 2001"),
        pytest.param("2001-01-01T00:00:00+01:00", id="before 2001 in UTC"),
        pytest.param("2018-02-30T00:00:00Z", id="no day"),
        pytest.param("2018-05-15", id="no time"),
        pytest.param("2018-05-15T12:29:07-99:99", id="no zone"),
        pytest.param("2018-05-15T12:29:07 and more", id="more text"),
        pytest.param("9999-12-31T23:59:59-23:59", id="beyond the calendar"),
    ],
)
def test_impossible_time_is_unknown(value):
    assert parse_time(value) is None


@pytest.mark.parametrize(("ahead", "known"), [(-60, True), (60, True), (3600, False)])
def test_only_slightly_wrong_clocks_are_accepted(ahead, known):
    moment = datetime.now(timezone.utc) + timedelta(seconds=ahead)
    assert bool(parse_time(int(moment.timestamp() * 1000))) is known
    assert bool(parse_time(moment.isoformat())) is known


@given(st.none() | st.integers() | st.floats() | st.text())
def test_any_value_is_time_or_unknown(value):
    date = to_iso8601(value)
    assert date is None or date.endswith("Z")
    # as a target reads its age
    assert to_iso8601(date) == date


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("90", 90), (90, 90), ("90s", 90), ("45m", 2700), ("2h", 7200), ("1d", 86400), (" 2h ", 7200), ("007", 7)],
)
def test_duration_is_converted_to_seconds(value, seconds):
    assert parse_duration("older_than", value) == seconds


@pytest.mark.parametrize("value", ["0", "0h", "-1", "-2h", "", "h", "2 h", "1.5h", "2w", "2H", "1h30m", "²", "9" * 16])
def test_other_values_are_no_durations(value):
    with pytest.raises(InvalidOption, match=r"^older_than must be a positive number of seconds, or a duration such as"):
        parse_duration("older_than", value)
