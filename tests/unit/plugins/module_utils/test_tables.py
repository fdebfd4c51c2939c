# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of aligned text for a terminal."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.tables import count, format_table, one_line


def test_columns_are_as_wide_as_needed():
    assert format_table([["", "JOB", "NAME"], "mrs c: 2 found", ["stop", "a-long-id", None], ["-", "b", "load"]]) == [
        "          JOB        NAME",
        "mrs c: 2 found",
        "    stop  a-long-id",
        "    -     b          load",
    ]


def test_text_alone_stays_as_it_is():
    assert format_table([]) == []
    assert format_table(["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), ("a\nb\x1b[31m\u202e", "a b [31m"), (" a ", "a"), ("x" * 300, "x" * 199 + "…")],
)
def test_cell_is_one_printable_line(value, text):
    assert one_line(value) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs")])
def test_noun_agrees_with_number(number, text):
    assert count(number, "job") == text
