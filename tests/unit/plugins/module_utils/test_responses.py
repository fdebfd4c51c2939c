# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of a response: results, the errors in every envelope, and texts that are safe to show."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    JobNotFound,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.responses import decode_json
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.session import UnusableResponse
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

URL = "https://mrs.example.test/v1"


@pytest.mark.parametrize(
    ("status", "body", "code", "text"),
    [
        (400, {"error_code": "12000003", "error_msg": "no cluster"}, "12000003", "no cluster"),
        (400, {"errorCode": "12000003", "errorMsg": "no cluster"}, "12000003", "no cluster"),
        (400, {"errCode": "Cdm.0053", "externalMessage": "not running"}, "Cdm.0053", "not running"),
        (
            400,
            {"code": "Cdm.0104", "errCode": "Cdm.0104", "message": "exists", "ternalMessage": "exists"},
            "Cdm.0104",
            "exists",
        ),
        (400, {"errorMessage": "can not", "errorCode": "GES.8303"}, "GES.8303", "can not"),
        (400, {"error": {"code": "EPS.0003", "message": "denied"}}, "EPS.0003", "denied"),
        (
            400,
            {"error_code": 400, "error_message": "protected", "error_name": "CANCELING_FAILED"},
            "CANCELING_FAILED",
            "protected",
        ),
        (403, {"error_code": "APIGW.0302", "error_msg": "not authorised"}, "APIGW.0302", "not authorised"),
        (400, {"error_msg": "no code"}, None, "no code"),
        (400, "just a string", None, "Bad Request"),
        (400, ["a", "list"], None, "Bad Request"),
        (400, {"error_msg": {"odd": 1}}, None, "{'odd': 1}"),
    ],
)
def test_errors_of_every_envelope_are_parsed(http, client, status, body, code, text):
    http.get(URL, status=status, json=body, headers={"X-Request-Id": "r-1"})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert error.value.as_dict() == {
        "code": code,
        "message": f"{text} (GET mrs.example.test/v1).",
        "http_status": status,
        "request_id": "r-1",
    }


def test_html_error_page_is_not_shown(http, client):
    http.get(URL, status=404, body="<html>secret</html>", content_type="text/html")
    with pytest.raises(ApiError, match=r"Not Found. The response \(text/html\) is not JSON \(GET") as error:
        client.send("GET", "v1")
    assert "secret" not in str(error.value)


def test_successful_html_page_is_an_error(http, client):
    http.get(URL, body="<html>log in to the wifi</html>", content_type="text/html")
    message = (
        r"The response \(text/html\) is not JSON \(GET mrs\.example\.test/v1\) \[HTTP 200\]\. Check the endpoint\."
    )
    with pytest.raises(ApiError, match=message):
        client.send("GET", "v1")


def test_html_page_leaves_mutating_request_open(http, client):
    http.put(URL, body="<html/>", content_type="text/html")
    with pytest.raises(ResponseLost, match="Check the endpoint"):
        client.send("PUT", "v1", mutating=True)


def test_deeply_nested_json_is_an_error(http, client):
    http.get(URL, body="[" * 200_000)
    with pytest.raises(ApiError, match=r"The response \(text/plain\) is not JSON"):
        client.send("GET", "v1")


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "text/html"])
def test_json_needs_no_json_content_type(http, client, content_type):
    http.get(URL, body='{"ok": 1}', content_type=content_type)
    assert client.send("GET", "v1").body == {"ok": 1}


@pytest.mark.parametrize("body", ["", " \r\n"])
def test_empty_response_is_a_success(http, client, body):
    http.post(URL, status=202, body=body)
    assert client.send("POST", "v1", mutating=True).body is None


@pytest.mark.parametrize("mutating", [True, False])
def test_redirect_is_refused_and_named(http, client, mutating):
    http.get(URL, status=302, headers={"Location": "https://evil.example/v1?token=1"})
    message = r"redirects to evil\.example \(GET mrs\.example\.test/v1\) \[HTTP 302\]\. Redirects are not followed"
    with pytest.raises(ApiError, match=message) as error:
        client.send("GET", "v1", mutating=mutating)
    assert "token=1" not in str(error.value)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://user:S3CR3T@evil.example:8443/x", "evil.example:8443"),
        ("//evil.example/x", "evil.example"),
        ("https://[bad", "[bad"),
    ],
)
def test_redirect_message_contains_host_only(http, client, location, host):
    http.get(URL, status=307, headers={"Location": location})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert f"redirects to {host} (GET " in str(error.value)
    assert "S3CR3T" not in str(error.value)


def test_unknown_job_is_requested_once(http, client):
    http.get(URL, status=500, json={"error_code": "X.404", "error_msg": "no such job"})
    with pytest.raises(JobNotFound):
        client.send("GET", "v1")


def test_masking_does_not_hide_unknown_jobs(http, make_client):
    client = make_client(not_found="X.404 .*cannot find job")
    http.get(URL, status=400, json={"error_code": "X.404", "error_msg": "job passwd-sync: cannot find job"})
    with pytest.raises(JobNotFound):
        client.send("GET", "v1")


def test_error_500_refuses_mutating_request(http, client):
    http.get(URL, status=500, json={"error_code": "0175", "error_msg": "Failed to terminate the job."})
    with pytest.raises(ApiError, match=r"\[HTTP 500, 0175\]"):
        client.send("GET", "v1", mutating=True)


@pytest.mark.parametrize("body", [{"error_code": "APIG.0201", "error_msg": "backend"}, {}])
def test_gateway_error_500_leaves_effect_open(http, client, body):
    http.get(URL, status=500, json=body)
    with pytest.raises(ResponseLost):
        client.send("GET", "v1", mutating=True)


@pytest.mark.parametrize("value", [False, "false", None, "no", 0, ""])
def test_is_success_other_than_true_refuses(http, client, value):
    http.delete(URL, json={"is_success": value, "message": "The job is protected."})
    with pytest.raises(ApiError, match=r"^The job is protected \(DELETE mrs.example.test/v1\) \[HTTP 200\]\."):
        client.send("DELETE", "v1", mutating=True)


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_is_success_true_is_a_success(http, client, value):
    http.delete(URL, json={"is_success": value})
    assert client.send("DELETE", "v1", mutating=True).body == {"is_success": value}


def test_failure_without_reason_is_reported(http, client):
    http.delete(URL, json={"is_success": False})
    with pytest.raises(ApiError, match="^The service reports a failure without a reason"):
        client.send("DELETE", "v1", mutating=True)


@pytest.mark.parametrize("item", [None, [], "text", {}, {"is_success": "true"}])
def test_items_without_failure_are_no_refusal(http, client, item):
    http.get(URL, json={})
    assert client.send("GET", "v1").refusal(item) is None


def test_request_id_may_be_in_the_body(http, client):
    http.get(URL, status=403, json={"error_code": "APIGW.0302", "error_msg": "no", "request_id": "r-2"})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert error.value.request_id == "r-2"


@pytest.mark.parametrize("body", [{"other": 1}, {"job_detail": [1]}, [], None, "text"])
def test_missing_record_is_named(http, client, body):
    http.get(URL, json=body)
    with pytest.raises(ResponseLost, match=r"^The response cannot be used: it has no job_detail \(GET mrs\."):
        client.send("GET", "v1").record("job_detail")


def test_record_is_body_or_value_under_key(http, client):
    http.get(URL, json={"job": {"id": 1}})
    response = client.send("GET", "v1")
    assert response.record() == {"job": {"id": 1}}
    assert response.record("job") == {"id": 1}


def test_errors_of_services_hold_no_secrets(http, client):
    text = "Cannot connect: jdbc:mysql://etl:S3CR3T@db/x, password=S3CR3T" + " x" * 999
    http.get(URL, status=400, json={"errCode": "Cdm.0001", "externalMessage": text})
    with pytest.raises(ApiError, match="Cannot connect: ") as error:
        client.send("GET", "v1")
    http.get(URL, json={})
    response = client.send("GET", "v1")
    for each in (error.value, response.error(text), response.unusable(text)):
        assert "S3CR3T" not in str(each) and len(str(each)) < 600


def test_errors_never_contain_token_or_query(http, make_client):
    secrets = Secrets()
    secrets.add("t0ken")
    http.get(URL, status=400, json={"error_msg": "The token t0ken is odd", "error_code": "t0ken"})
    with pytest.raises(ApiError) as error:
        make_client(secrets=secrets).send("GET", "v1", params={"secret": "s3cret"})
    assert "s3cret" not in json.dumps(error.value.as_dict())
    assert "t0ken" not in json.dumps(error.value.as_dict())


def test_secrets_are_masked_before_the_cut(http, make_client):
    secrets = Secrets()
    secrets.add("S3CR3T-value")
    http.get(URL, status=400, json={"error_msg": "x" * 495 + "S3CR3T-value"})
    with pytest.raises(ApiError) as error:
        make_client(secrets=secrets).send("GET", "v1")
    assert error.value.message == "x" * 495 + "****… (GET mrs.example.test/v1)."


def test_error_texts_have_no_control_characters(http, client):
    body = {"error_msg": "a\x1b[31mb\nc\u202ed", "error_code": "e\x07f", "request_id": "g\rh" + "i" * 99}
    http.get(URL, status=400, json=body)
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert error.value.message == "a [31mb c d (GET mrs.example.test/v1)."
    assert error.value.code == "e f"
    assert error.value.request_id == "g h" + "i" * 60 + "…"


def test_request_id_of_success_is_sanitized(http, make_client):
    secrets = Secrets()
    secrets.add("S3CR3T-value")
    http.get(URL, json={}, headers={"X-Request-Id": "r\u009bS3CR3T-value " + "i" * 99})
    response = make_client(secrets=secrets).send("GET", "v1")
    for error in (response.error("no"), response.unusable("odd")):
        assert error.request_id == "r ******** " + "i" * 52 + "\u2026"


@pytest.mark.parametrize("kind", [requests.ConnectionError, UnusableResponse])
def test_secrets_in_exceptions_are_masked_first(http, make_client, kind):
    secrets = Secrets()
    secrets.add("S3CR3T-value")
    http.put(URL, body=kind("x" * 495 + "S3CR3T-value"))
    with pytest.raises(ResponseLost) as error:
        make_client(secrets=secrets).send("PUT", "v1", mutating=True)
    assert "response: " + "x" * 495 + "****\u2026 (PUT mrs.example.test/v1)." in error.value.message
    assert "S3C" not in error.value.message


def test_refused_token_is_named_with_advice(http, client):
    http.get(URL, status=401, json={"error_code": "APIGW.0301", "error_msg": "token expires"})
    message = (
        r"^The credentials were refused: token expires \(GET mrs\.example\.test/v1\) \[HTTP 401, APIGW\.0301\]\. "
        "The token is invalid, has expired or belongs to another project"
    )
    with pytest.raises(AuthenticationFailed, match=message):
        client.send("GET", "v1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def is_valid_unicode(value):
    """Return whether a value can be written as UTF-8."""
    return bool(json.dumps(value, ensure_ascii=False).encode())


@settings(max_examples=50)
@given(JSON, st.booleans(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_json_of_any_encoding_is_decoded(value, ascii_only, encoding):
    assert decode_json(json.dumps(value, ensure_ascii=ascii_only).encode(encoding)) == value


@given(st.dictionaries(*[st.text(st.sampled_from("a\\u\ud83d\ude00\udc00\U0001f600"))] * 2))
def test_decoded_strings_are_valid_unicode(value):
    assert is_valid_unicode(decode_json(json.dumps(value).encode()))


@given(st.binary())
def test_any_bytes_decode_or_raise_value_error(content):
    try:
        value = decode_json(content)
    except ValueError:
        return
    assert is_valid_unicode(value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rb'{"\ud800": ["a\udfff"]}', {"\ufffd": ["a\ufffd"]}),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\\ud800"', r"\ud800"),
        (b'"\xff"', "\ufffd"),
    ],
)
def test_lone_surrogates_become_replacement_characters(content, expected):
    assert decode_json(content) == expected
