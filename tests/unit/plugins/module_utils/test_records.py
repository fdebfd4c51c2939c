# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' records as modules return them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils.records import clean


def test_keys_have_one_spelling_and_typos_are_mended():
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
    assert clean(record) == {
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
def test_what_looks_like_a_secret_is_masked(record):
    assert SECRET not in str(clean(record))


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
def test_other_texts_stay_as_they_are(text):
    assert clean({"text": text}) == {"text": text}


@pytest.mark.parametrize("piece", ["a", "-", "secret", "://a:", "password ", "'", "\\", "--", "[", "token."])
def test_a_long_record_takes_no_long_time(piece):
    """A literal of a megabyte in a statement is normal; what takes quadratic time would not end here."""
    clean({"statement": piece * (1_000_000 // len(piece))})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_record_can_be_cleaned_and_once_is_enough(record):
    assert clean(clean(record)) == clean(record)
