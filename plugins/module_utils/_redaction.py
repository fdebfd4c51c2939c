# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Removal of secrets and control characters from text that services return."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Callable
from urllib.parse import quote, quote_plus

MASK = "********"

# Each repetition is bounded or ends at a fixed character, because a record may be long.
SECRET_NAME = (
    r"(?:(?:access|api|private)[._-]?key|secret|passw(?:or)?d|pwd|credential|(?:\b|(?<=[_a-z]))token\b)[\w.-]{0,64}"
)
SECRET_FLAG = rf"(?<![\w.-])--?[\w.-]{{0,64}}?{SECRET_NAME}"
_VALUE = r"""(?:\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,;&\]})"'\\]+)"""
_PATTERNS = (
    rf"""({SECRET_NAME}\\?["']?\s*[=:]\s*){_VALUE}""",  # fs.s3a.secret.key=…, 'password' = '…'
    rf"({SECRET_FLAG}[\s,]+){_VALUE}",  # --password …, as words or as a list
    rf"((?:basic|bearer|identified\s+by)\s+){_VALUE}",
    r"(://[^/\s:@]{0,64}:)[^/\s@]{1,256}(?=@)",  # jdbc:mysql://user:…@host
)
# Every match contains one of these words. Text without them skips the patterns.
_SUSPICIOUS = re.compile("key|secret|passw|pwd|credential|token|basic|bearer|identified|://", re.IGNORECASE)
# Shorter values would mask parts of ordinary words.
_SHORTEST_SECRET = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Secrets:
    """The secrets that a task has been given or has fetched.

    :param register: receives each secret, so that Ansible masks it in the result.
    """

    def __init__(self, register: Callable[[str], object] = str) -> None:
        self._register = register
        self._forms: set[str] = set()

    def add(self, *values: str | None) -> None:
        """Register secrets, also in their percent-encoded and JSON-escaped forms. Ignore empty values."""
        for value in filter(None, values):
            data = value.encode(errors="surrogatepass")  # a variable may contain bytes that are not valid UTF-8
            for form in (value, quote(data, safe=""), quote_plus(data), json.dumps(value)[1:-1]):
                self._register(form)
                if len(form) >= _SHORTEST_SECRET:
                    self._forms.add(form)

    def redact(self, text: str) -> str:
        """Return the text without registered secrets and without values that look like secrets."""
        return redact_patterns(self.mask(text))

    def mask(self, text: str) -> str:
        """Return the text without registered secrets. In our own messages, other words may look like secrets."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    def describe(self, text: str, length: int) -> str:
        """Return text of a service for a message: without secrets, on one line, cut to a length in characters."""
        return printable(self.redact(text), length)


def redact_patterns(text: str) -> str:
    """Return the text with each value masked that follows the name of a secret, such as ``password=``."""
    if _SUSPICIOUS.search(text):
        for pattern in _PATTERNS:
            text = re.sub(pattern, rf"\1{MASK}", text, flags=re.IGNORECASE)
    return text


def printable(text: str, length: int) -> str:
    """Return the text on one line, without control characters, cut to a length in characters."""
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def has_invisible_characters(text: str) -> bool:
    """Return whether the text contains control characters or characters that are not displayed."""
    return any(unicodedata.category(character).startswith("C") for character in text)
