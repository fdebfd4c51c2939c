# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the wire: what is sent, what is sent again, and what an answer means."""

from __future__ import annotations

import json
import re
import ssl
from urllib.parse import unquote

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses.registries import OrderedRegistry
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ansible_collections.dataops.huaweicloud.plugins.module_utils.auth import TokenAuth
from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Budget, Client, Wire, new_session
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import (
    AnswerLost,
    ApiError,
    BudgetSpent,
    Error,
    JobUnknown,
    LoginFailed,
    Unreachable,
)

URL = "https://mrs.example.test"
REFUSED = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "Connection refused")))


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def client(clock):
    return make_client(clock)


def make_client(clock, auth=None, seconds=60, retries=2):
    wire = Wire(new_session(8), True, None, 30, retries, Budget(seconds, clock, clock.sleep), set())
    return Client(wire, URL, auth or TokenAuth("t0ken", "p"), re.compile("X.404 "))


def test_a_request_carries_the_token_and_the_headers_that_the_services_want(wire, client):
    wire.get(f"{URL}/v1.1/p/job-exes/1", json={"job_execution": {}})
    client.send("GET", "v1.1", "p", "job-exes", "1")
    headers = wire.calls[0].request.headers
    assert headers["X-Auth-Token"] == "t0ken"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Language"] == "en-us"


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..") and text.isprintable()))
def test_a_segment_stays_one_segment_whatever_it_holds(segment):
    client = Client(
        Wire(new_session(1), True, None, 30, 0, Budget(9), set()), URL, TokenAuth("t", "p"), re.compile("x")
    )
    with responses.RequestsMock() as mock:
        mock.get(re.compile(".*"), json={})
        client.send("GET", "a", segment, "b")
        path = mock.calls[0].request.path_url
    assert [unquote(part) for part in path.split("/")] == ["", "a", segment, "b"]


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
def test_errors_in_every_envelope_become_one(wire, client, status, body, code, text):
    wire.get(f"{URL}/v1", status=status, json=body, headers={"X-Request-Id": "r-1"})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert error.value.as_dict() == {
        "code": code,
        "message": f"{text} (GET mrs.example.test/v1)",
        "http_status": status,
        "request_id": "r-1",
    }


def test_an_html_error_page_is_named_and_not_shown(wire, client):
    wire.get(f"{URL}/v1", status=404, body="<html>secret</html>", content_type="text/html")
    with pytest.raises(ApiError, match=r"Not Found; the answer is not JSON \(text/html\) \(GET") as error:
        client.send("GET", "v1")
    assert "secret" not in str(error.value)


def test_a_200_that_is_not_json_is_an_error_for_a_reading(wire, client):
    wire.get(f"{URL}/v1", body="<html>log in to the wifi</html>", content_type="text/html")
    with pytest.raises(ApiError, match=r"the answer is not JSON \(text/html\): is the endpoint right"):
        client.send("GET", "v1")


def test_a_200_that_is_not_json_leaves_open_what_a_mutating_request_did(wire, client):
    wire.put(f"{URL}/v1", body="<html/>", content_type="text/html")
    with pytest.raises(AnswerLost):
        client.send("PUT", "v1", mutates=True)


def test_an_empty_answer_is_an_answer(wire, client):
    wire.post(f"{URL}/v1", status=202, body="")
    assert client.send("POST", "v1", mutates=True).body is None


@pytest.mark.parametrize("mutates", [True, False])
def test_a_redirection_is_never_followed_and_its_target_is_named(wire, client, mutates):
    wire.get(f"{URL}/v1", status=302, headers={"Location": "https://evil.example/v1?token=1"})
    with pytest.raises(ApiError, match=r"redirection to evil\.example, which is never followed") as error:
        client.send("GET", "v1", mutates=mutates)
    assert "token=1" not in str(error.value)


def test_the_service_says_in_its_own_code_that_it_does_not_know_the_job_and_is_asked_once(wire, client):
    wire.get(f"{URL}/v1", status=500, json={"error_code": "X.404", "error_msg": "no such job"})
    with pytest.raises(JobUnknown):
        client.send("GET", "v1")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_reading_is_tried_again(wire, client, clock, status):
    wire.get(f"{URL}/v1", status=status)
    wire.get(f"{URL}/v1", status=status)
    wire.get(f"{URL}/v1", json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}
    patience = 8 if status == 429 else 1
    assert 0.1 * patience < clock.sleeps[0] < clock.sleeps[1] < patience


@pytest.mark.parametrize("failure", [requests.ReadTimeout("t"), requests.ConnectionError("reset")])
def test_a_reading_whose_answer_was_lost_is_tried_again(wire, client, failure):
    wire.get(f"{URL}/v1", body=failure)
    wire.get(f"{URL}/v1", json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}


def test_retries_end(wire, client):
    for _try in range(3):
        wire.get(f"{URL}/v1", status=503)
    with pytest.raises(ApiError, match="HTTP 503"):
        client.send("GET", "v1")


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_mutating_request_is_not_sent_again_after_gateway_trouble_whatever_its_verb(wire, client, method, status):
    wire.add(method, f"{URL}/v1", status=status)
    with pytest.raises(AnswerLost):
        client.send(method, "v1", mutates=True)


@pytest.mark.parametrize("failure", [requests.ReadTimeout("t"), requests.ConnectionError("reset")])
def test_a_mutating_request_is_not_sent_again_after_its_answer_was_lost(wire, client, failure):
    wire.get(f"{URL}/v1", body=failure)
    with pytest.raises(AnswerLost):
        client.send("GET", "v1", mutates=True)


def test_a_500_to_a_mutating_request_is_a_refusal(wire, client):
    wire.get(f"{URL}/v1", status=500, json={"error_code": "0175", "error_msg": "Failed to terminate the job."})
    with pytest.raises(ApiError, match=r"\[HTTP 500, 0175\]"):
        client.send("GET", "v1", mutates=True)


def test_a_mutating_request_that_had_no_effect_is_sent_again(wire, client):
    wire.get(f"{URL}/v1", status=429)
    wire.get(f"{URL}/v1", body=REFUSED)
    wire.get(f"{URL}/v1", json={})
    assert client.send("GET", "v1", mutates=True).body == {}


def test_retry_after_is_honoured(wire, client, clock):
    wire.get(f"{URL}/v1", status=429, headers={"Retry-After": "7"})
    wire.get(f"{URL}/v1", json={})
    client.send("GET", "v1")
    assert clock.sleeps == [7]


def test_a_retry_after_that_is_nonsense_is_passed_over(wire, client, clock):
    wire.get(f"{URL}/v1", status=429, headers={"Retry-After": "soon"})
    wire.get(f"{URL}/v1", json={})
    client.send("GET", "v1")
    assert clock.sleeps[0] < 4


def test_a_retry_after_beyond_the_budget_fails_at_once(wire, client, clock):
    wire.get(f"{URL}/v1", status=429, headers={"Retry-After": "61"}, json={"error_msg": "throttled"})
    with pytest.raises(ApiError, match="throttled"):
        client.send("GET", "v1")
    assert clock.sleeps == []


def test_nothing_is_sent_when_the_budget_is_spent(wire, client, clock):
    clock.now = 61
    with pytest.raises(BudgetSpent, match="wait_timeout was used up"):
        client.send("GET", "v1")


def test_a_refused_connection_is_tried_again_and_told_plainly(wire, client):
    for _try in range(3):
        wire.get(f"{URL}/v1", body=REFUSED)
    with pytest.raises(Unreachable, match="no connection: .*Connection refused"):
        client.send("GET", "v1")


def test_a_certificate_is_not_tried_again(wire, client):
    wire.get(f"{URL}/v1", body=requests.exceptions.SSLError("certificate verify failed"))
    with pytest.raises(Error, match="no secure connection: certificate verify failed; is it a TLS port"):
        client.send("GET", "v1")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_tls_connection_that_breaks_off_leaves_open_what_was_sent(wire, client, method):
    eof = ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:2406)")
    for _try in range(3 if method == "GET" else 1):
        wire.add(method, f"{URL}/v1", body=requests.exceptions.SSLError(MaxRetryError(None, "/", eof)))
    with pytest.raises(
        AnswerLost, match="no secure connection: EOF occurred in violation of protocol; is it a TLS port"
    ):
        client.send(method, "v1", mutates=method == "DELETE")


def test_what_a_policy_denies_is_no_matter_of_the_login(wire, clock):
    denied = {"error_code": "12000136", "error_msg": "Policy doesn't allow mrs:job:stop to be performed."}
    wire.get(f"{URL}/v1", status=401, json=denied)
    wire.get(f"{URL}/v1", json={"ok": 1})
    client = make_client(clock, Renewing("token0", "p"))
    with pytest.raises(ApiError, match="Policy doesn't allow mrs:job:stop to be performed"):
        client.send("GET", "v1", mutates=True)
    assert client.send("GET", "v1").body == {"ok": 1}


@pytest.mark.parametrize("after", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_who_says_at_once_or_in_the_past_is_given_time_all_the_same(wire, client, clock, after):
    for _try in range(3):
        wire.get(f"{URL}/v1", status=429, headers={"Retry-After": after})
    wire.get(f"{URL}/v1", json={})
    client.send("GET", "v1")
    assert len(clock.sleeps) == 3 and min(clock.sleeps) > 1


def test_a_job_is_unknown_whatever_it_is_called(wire, clock):
    client = make_client(clock)
    client.unknown_job = re.compile("X.404 .*cannot find job")
    wire.get(f"{URL}/v1", status=400, json={"error_code": "X.404", "error_msg": "job passwd-sync: cannot find job"})
    with pytest.raises(JobUnknown):
        client.send("GET", "v1")


def test_what_a_service_says_holds_no_secret_either(wire, client):
    text = "Cannot connect: jdbc:mysql://etl:S3CR3T@db/x, password=S3CR3T" + " x" * 999
    wire.get(f"{URL}/v1", status=400, json={"errCode": "Cdm.0001", "externalMessage": text})
    with pytest.raises(ApiError, match="Cannot connect: ") as error:
        client.send("GET", "v1")
    wire.get(f"{URL}/v1", json={})
    later = client.send("GET", "v1").error(text)
    for each in (error.value, later):
        assert "S3CR3T" not in str(each) and len(str(each)) < 600


class Renewing(TokenAuth):
    """Logs in again as often as it is asked."""

    def renew(self, seen):
        self.generation += 1
        self.token = f"token{self.generation}"
        return True


@pytest.mark.parametrize(
    ("status", "code"), [(401, "APIGW.0307"), (500, "130000002"), (400, "GES.8007"), (400, "DLI.0015")]
)
def test_one_new_login_when_the_token_is_refused(wire, clock, status, code):
    wire.delete(f"{URL}/v1", status=status, json={"error_code": code, "error_msg": "token"})
    wire.delete(f"{URL}/v1", json={})
    make_client(clock, Renewing("token0", "p")).send("DELETE", "v1", mutates=True)
    assert [call.request.headers["X-Auth-Token"] for call in wire.calls] == ["token0", "token1"]


def test_a_straggler_that_was_refused_with_an_older_token_denies_nobody(wire, clock):
    auth = Renewing("token0", "p")
    client = make_client(clock, auth)
    auth.generation, client.proven = 1, 2  # this request begins with login 1, while login 2 has been accepted
    wire.get(f"{URL}/v1", status=401)
    wire.get(f"{URL}/v1", json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}


def test_after_the_second_refusal_nothing_is_sent_any_more(wire, clock):
    wire.get(f"{URL}/v1", status=401)
    wire.get(f"{URL}/v1", status=401)
    client = make_client(clock, Renewing("token0", "p"))
    for _try in range(3):
        with pytest.raises(LoginFailed, match="HTTP 401"):
            client.send("GET", "v1")
    assert len(wire.calls) == 2


class Locked(TokenAuth):
    """Has its new login refused."""

    logins = 0

    def renew(self, seen):
        self.logins += 1
        raise LoginFailed("the account is locked")


def test_after_a_new_login_was_refused_nothing_is_sent_any_more(wire, clock):
    wire.get(f"{URL}/v1", status=401)
    auth = Locked("token0", "p")
    client = make_client(clock, auth)
    for _try in range(3):
        with pytest.raises(LoginFailed, match="the account is locked"):
            client.send("GET", "v1")
    assert (len(wire.calls), auth.logins) == (1, 1)


class Unreached(TokenAuth):
    """Cannot ask for a new login."""

    def renew(self, seen):
        raise Unreachable("no connection to IAM")


def test_a_new_login_that_cannot_be_asked_for_is_not_waited_for_again(wire, client, clock):
    wire.get(f"{URL}/v1", status=401)
    client.auth = Unreached("token0", "p")
    for _try in range(3):
        with pytest.raises(LoginFailed, match="no connection to IAM"):
            client.send("GET", "v1")
    assert clock.sleeps == []


def test_the_request_id_of_the_gateway_is_in_the_body(wire, client):
    wire.get(f"{URL}/v1", status=403, json={"error_code": "APIGW.0302", "error_msg": "no", "request_id": "r-2"})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1")
    assert error.value.request_id == "r-2"


def test_a_retry_after_that_no_clock_knows_is_passed_over(wire, client, clock):
    wire.get(f"{URL}/v1", status=429, headers={"Retry-After": "Fri, 31 Dec 99999 23:59:59 GMT"})
    wire.get(f"{URL}/v1", json={})
    client.send("GET", "v1")
    assert clock.sleeps[0] < 4


def test_a_token_that_cannot_be_renewed_says_so(wire, client):
    wire.get(f"{URL}/v1", status=401, json={"error_code": "APIGW.0301", "error_msg": "token expires"})
    with pytest.raises(LoginFailed, match="token expires: the token is wrong, has expired"):
        client.send("GET", "v1")


def test_a_record_that_is_not_there_is_an_error_that_names_it(wire, client):
    wire.get(f"{URL}/v1", json={"other": 1})
    with pytest.raises(ApiError, match="the answer has no job_detail"):
        client.send("GET", "v1").record("job_detail")


def test_no_message_ever_holds_the_token_or_the_query(wire, client):
    wire.get(f"{URL}/v1", status=400, json={})
    with pytest.raises(ApiError) as error:
        client.send("GET", "v1", params={"secret": "s3cret"})
    assert "s3cret" not in json.dumps(error.value.as_dict())
    assert "t0ken" not in json.dumps(error.value.as_dict())
