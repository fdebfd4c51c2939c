# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service records as modules return them, and the dates in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._records import (
    MAX_DEPTH,
    TOO_DEEP,
    sanitize_record,
)


def test_keys_are_normalized_and_corrected():
    record = {
        "job-name": "a",
        "isStopingIncrement": "",
        "last-udpate-user": "u",
        "jobId": 1,
        "appId": None,
        "is-execute-auto": False,
        "delete_rows": 0,
        "counters": {"org.apache.sqoop.submission.counter.SqoopCounters": {"BYTES_WRITTEN": -1}},
        "list": [{"privateIp": "10.0.0.1"}],
    }
    assert sanitize_record(record) == {
        "job_name": "a",
        "is_stopping_increment": "",
        "last_update_user": "u",
        "job_id": 1,
        "app_id": None,
        "is_execute_auto": False,
        "delete_rows": 0,
        "counters": {"org.apache.sqoop.submission.counter.sqoop_counters": {"bytes_written": -1}},
        "list": [{"private_ip": "10.0.0.1"}],
    }


SECRET = "S3CR3T"


@pytest.mark.parametrize(
    "record",
    [
        {"credentials": SECRET},
        {"password": SECRET, "nested": [{"secretKey": SECRET}]},
        {"job_configs": {"configs": {"fs.s3a.secret.key": SECRET, "fs.s3a.access.key": SECRET}}},
        {"arguments": f"[--class, a.B, --conf, spark.hadoop.fs.obs.secret.key={SECRET}, 10]"},
        {"arguments": f"[--user, me, --password, {SECRET}]"},
        {"arguments": ["--password", SECRET]},
        {"arguments": f"run --db-password {SECRET} --verbose"},
        {"properties": f"{{fs.obs.access.key={SECRET}, a=b}}"},
        {"statement": f"CREATE TABLE t OPTIONS ('password' = '{SECRET}', 'user'='me')"},
        {"statement": f'OPTIONS ("passwdauth"="{SECRET} with blanks")'},
        {"link": f"jdbc:mysql://me:{SECRET}@10.0.0.1/db"},
        {"security_token": SECRET},
        {"inputs": [{"name": "toJobConfig.password", "type": "STRING", "value": SECRET}]},
        {"inputs": [{"name": "fromJobConfig.accessKey", "value": [SECRET]}]},
        {"req_body": f'{{"args":["x"],"secretKey": "{SECRET}"}}'},
        {"req_body": f'{{\\"password\\": \\"{SECRET}\\"}}'},
        {"arguments": f"client_secret={SECRET} api_key={SECRET} pwd={SECRET} token={SECRET}"},
        {"arguments": ["--client-secret", SECRET, "--token", SECRET]},
        {"arguments": f"Authorization: Bearer {SECRET}"},
        {"statement": f"CREATE USER me IDENTIFIED BY '{SECRET}'"},
        {"secret": SECRET, "clientSecret": SECRET, "token": SECRET},
        {"securityToken": SECRET, "accessToken": SECRET, "auth-token": SECRET},
        {"arguments": f"sessionToken={SECRET} redis://:{SECRET}@host Authorization: Basic {SECRET}"},
        {"req_body": f'{{"password": "ab\\"{SECRET}", "x": 1}}'},
        {"statement": f"OPTIONS ('password' = 'ab''{SECRET}')"},
    ],
    ids=str,
)
def test_suspected_secrets_are_masked(record):
    assert SECRET not in str(sanitize_record(record))


@pytest.mark.parametrize(
    "text",
    [
        "select token from t1 where id = 3",
        "[--class, org.apache.spark.examples.SparkPi, --driver-memory, 512MB]",
        "https://host/path?x=1",
        "a password is asked for",
        "--max-tokens 100 --executor-cores 1",
    ],
)
def test_other_texts_stay_unchanged(text):
    assert sanitize_record({"text": text}) == {"text": text}


@pytest.mark.parametrize("piece", ["a", "-", "secret", "://a:", "password ", "'", "\\", "--", "[", "token."])
def test_long_record_is_sanitized_quickly(piece):
    """A statement may contain a literal of a megabyte. Quadratic time would not end here."""
    sanitize_record({"statement": piece * (1_000_000 // len(piece))})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_sanitizing_twice_changes_nothing_more(record):
    assert sanitize_record(sanitize_record(record)) == sanitize_record(record)


def nested(levels, inner):
    """Return a value inside a number of lists and objects."""
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


def test_depth_of_record_is_bounded():
    assert sanitize_record(nested(MAX_DEPTH, {"jobId": 1})) == nested(MAX_DEPTH, {"job_id": 1})
    assert sanitize_record(nested(MAX_DEPTH + 1, {"jobId": 1})) == nested(MAX_DEPTH + 1, TOO_DEEP)
    assert sanitize_record(nested(MAX_DEPTH + 1, "text")) == nested(MAX_DEPTH + 1, "text")


def test_secrets_in_depth_are_masked():
    assert SECRET not in str(sanitize_record(nested(MAX_DEPTH, {"password": SECRET})))


def test_empty_secrets_stay_visible():
    record = {"password": "", "token": None, "secret": [], "pwd": 0}
    assert sanitize_record(record) == record


@pytest.mark.parametrize(("value", "text"), [("inf", "inf"), ("-inf", "-inf"), ("nan", "nan")])
def test_numbers_outside_json_become_text(value, text):
    assert sanitize_record({"a": [float(value)]}) == {"a": [text]}


def test_original_record_is_not_changed():
    record = {"jobId": [{"passWord": SECRET}], "password": SECRET}
    before = repr(record)
    sanitize_record(record)
    assert repr(record) == before
