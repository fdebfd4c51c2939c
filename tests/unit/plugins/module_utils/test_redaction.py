# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal of secrets and control characters from text."""

from __future__ import annotations

import json
import os
import string
import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import (
    MASK,
    Secrets,
    has_invisible_characters,
    printable,
    redact_patterns,
)


def test_every_form_of_secret_is_registered():
    registered = set()
    Secrets(registered.add).add('p w/"ä')
    assert registered == {'p w/"ä', "p%20w%2F%22%C3%A4", "p+w%2F%22%C3%A4", r"p w/\"\u00e4"}


@pytest.mark.parametrize("value", [os.fsdecode(b"p\xffword"), "p\ud800word"], ids=ascii)
def test_secret_of_invalid_unicode_is_masked(value):
    secrets = Secrets()
    secrets.add(value)
    assert secrets.redact(f"x {value}") == f"x {MASK}"


def test_empty_secrets_are_ignored():
    registered = set()
    secrets = Secrets(registered.add)
    secrets.add(None, "")
    assert registered == set()
    assert secrets.redact("text") == "text"


def test_short_secrets_do_not_mask_words():
    registered = set()
    secrets = Secrets(registered.add)
    secrets.add("abc", "wxyz")
    assert registered == {"abc", "wxyz"}
    assert secrets.redact("abcdef wxyz") == f"abcdef {MASK}"


def test_longer_secrets_are_masked_first():
    secrets = Secrets()
    secrets.add("value", "value-and-more")
    assert secrets.redact("x value-and-more") == f"x {MASK}"


def test_registered_and_suspected_secrets_are_masked():
    secrets = Secrets()
    secrets.add("S3CR3T")
    assert secrets.redact("the S3CR3T, password=other") == f"the {MASK}, password={MASK}"


@given(
    st.text(string.ascii_letters + string.digits + '!"/ +%ä€\\', min_size=4),
    st.text(),
    st.text(),
    st.sampled_from([str, lambda text: quote(text, safe=""), quote_plus, lambda text: json.dumps(text)[1:-1]]),
)
def test_no_form_of_secret_remains(secret, before, after, encode):
    secrets = Secrets()
    secrets.add(secret)
    assert encode(secret) not in secrets.redact(before + encode(secret) + after)


@given(st.text())
def test_text_without_suspicion_stays_unchanged(text):
    if not redact_patterns(text).count(MASK):
        assert redact_patterns(text) == text


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("ordinary", 8, "ordinary"),
        ("ordinary", 7, "ordina…"),
        ("a\r\nb\tc", 99, "a  b c"),
        ("\x1b[31mred\x7f\x9b", 99, " [31mred  "),
        ("a\u202eb\u200bc\ufeffd\u2066e\u061cf", 99, "a b c d e f"),
        ("ä日本😀", 99, "ä日本😀"),
    ],
)
def test_printable_text_is_short_and_harmless(text, length, expected):
    assert printable(text, length) == expected


@given(st.text(), st.integers(1, 99))
def test_printable_text_is_one_bounded_line(text, length):
    shown = printable(text, length)
    assert len(shown) <= length
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in shown)


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", False), ("ä 日本", False), ("a\x00", True), ("a\u200b", True), ("a\u202e", True)]
)
def test_invisible_characters_are_found(text, expected):
    assert has_invisible_characters(text) is expected
