# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provoke every message that docs/troubleshooting.md quotes, and compare the text."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from job_kinds import KINDS

SQL = KINDS[3]
JOB = "5f2a9c70-3f0e-4a53-9f6b-2d7c41e8b9a6"
HOST = "dli.eu-de.otc.t-systems.com"
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
FORBIDDEN = '{"error_code": "APIGW.0302", "error_msg": "The IAM user is not authorized to access the API"}'
QUOTED = dict(re.findall(r"^### (.*)\n\n```text\n(.*)\n```$", PAGE, re.MULTILINE))
# How to provoke a message: the job (None for no job), the failure and the options.
CASES = {
    "Unknown job": (None, (), {}),
    "Unconfirmed stop": ({"stop_takes": 3600}, (), {"wait_timeout": 1}),
    "Refused stop request": ({"refuses": True}, (), {}),
    "Unknown status": ({"state": "running", "status": "PARKED"}, (), {}),
    "Rate limit": (
        {},
        ("throttle", {"meaning": SQL.stop, "limit": 0, "window": 60}),
        {"wait_timeout": 1},
    ),
    "No credentials": ({}, (), {"token": None}),
    "Refused token": ({}, (), {"token": "wrong"}),
    "Missing permission": (
        {},
        ("fault", {"meaning": SQL.stop, "kind": "body", "status": 403, "body": FORBIDDEN}),
        {},
    ),
    "Conflicting credentials": ({}, (), {"username": "u", "password": "p", "domain_name": "d"}),
    "Incomplete credentials": ({}, (), {"token": None, "username": "u"}),
    "Plain HTTP": ({}, (), {"endpoint": f"http://{HOST}"}),
    "No connection": ({}, (), {"endpoint": "http://127.0.0.1:9", "retries": 0}),
    "No secure connection": ({}, (), {"endpoint": "{secure}", "retries": 0}),
    "Unknown endpoint": ({}, (), {"endpoint": None}),
    "Response from another server": (
        {},
        ("fault", {"meaning": SQL.read, "kind": "body", "body": "<html>", "content_type": "text/html"}),
        {"retries": 0},
    ),
    "Unknown API": ({}, (), {"endpoint": "{dli}/wrong"}),
    "Unavailable service": (
        {},
        ("fault", {"meaning": SQL.read, "kind": "status", "status": 503, "times": 9}),
        {"retries": 1},
    ),
}


def test_every_quoted_message_has_a_case():
    assert list(QUOTED) == list(CASES)
    assert PAGE.count("```text") == len(QUOTED)


@pytest.mark.parametrize("title", CASES)
def test_message_matches_quoted_text(simulator, run_stop_module, title):
    job, failure, options = CASES[title]
    if job is not None:
        simulator.seed("dli_sql", id=JOB, **job)
    if failure:
        method, arguments = failure
        getattr(simulator, method)(**arguments)
    here = {**simulator.ready, "secure": simulator.ready["dli"].replace("http:", "https:")}
    given = {name: value.format(**here) if isinstance(value, str) else value for name, value in options.items()}
    result = run_stop_module(SQL, JOB, **given)
    assert result["failed"]
    message = re.sub(r"127\.0\.0\.1:\d+", HOST, result["msg"])
    # the text differs between versions of OpenSSL
    assert (
        re.sub(r"(?<=\[SSL: )\w+\] [\w ]+(?= \()", "WRONG_VERSION_NUMBER] wrong version number", message)
        == QUOTED[title]
    )
