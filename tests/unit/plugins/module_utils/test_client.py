# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of one service: what it sends, and what it does if the credentials are refused."""

from __future__ import annotations

import re
import threading
from urllib.parse import unquote

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.method_token import TokenAuthenticator
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    ConnectionFailed,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._workers import WorkerPool

URL = "https://mrs.example.test/v1"


def test_request_carries_token_and_required_headers(http, client):
    http.get(f"{URL}.1/p/job-exes/1", json={"job_execution": {}})
    client.send("GET", "v1.1", "p", "job-exes", "1")
    headers = http.calls[0].request.headers
    assert headers["X-Auth-Token"] == "t0ken"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Language"] == "en-us"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the client keeps no state between requests
@given(st.text(min_size=1).filter(lambda text: text not in (".", "..") and text.isprintable()))
def test_path_segments_are_percent_encoded(client, segment):
    with responses.RequestsMock() as mock:
        mock.get(re.compile(".*"), json={})
        client.send("GET", "a", segment, "b")
        path = mock.calls[0].request.path_url
    assert [unquote(part) for part in path.split("/")] == ["", "a", segment, "b"]


def test_slow_response_is_reported_as_lost(make_client, serve, trickle):
    client = make_client(url=serve(trickle).url, timeout=0.2)
    message = r"^No .*response: .*(within 0\.2 seconds|timed out).* \(GET 127\.0\.0\.1:\d+/v1\)\.$"
    with pytest.raises(ResponseLost, match=message):
        client.send("GET", "v1", mutating=True)


class Renewable(TokenAuthenticator):
    """Renews the token as often as it is asked."""

    def __init__(self):
        self.set_token("token0", "p")

    def renew(self, generation):
        self.generation += 1
        self.token = f"token{self.generation}"
        return True


class RenewalFails(Renewable):
    """Cannot renew the token.

    :param error: the reason.
    """

    def __init__(self, error):
        super().__init__()
        self._error = error
        self.renewals = 0

    def renew(self, generation):
        self.renewals += 1
        raise self._error


def test_policy_denial_does_not_renew_token(http, make_client):
    denied = {"error_code": "12000136", "error_msg": "Policy doesn't allow mrs:job:stop to be performed."}
    http.get(URL, status=401, json=denied)
    http.get(URL, json={"ok": 1})
    client = make_client(Renewable())
    with pytest.raises(ApiError, match="Policy doesn't allow mrs:job:stop to be performed"):
        client.send("GET", "v1", mutating=True)
    assert client.send("GET", "v1").body == {"ok": 1}
    assert http.calls[1].request.headers["X-Auth-Token"] == "token0"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "APIGW.0307"), (500, "130000002"), (400, "GES.8007"), (400, "DLI.0015")]
)
def test_refused_token_is_renewed_once(http, make_client, status, code):
    http.delete(URL, status=status, json={"error_code": code, "error_msg": "token"})
    http.delete(URL, json={})
    make_client(Renewable()).send("DELETE", "v1", mutating=True)
    assert [call.request.headers["X-Auth-Token"] for call in http.calls] == ["token0", "token1"]


def test_late_refusal_of_old_token_is_harmless(http, make_client):
    authenticator = Renewable()
    client = make_client(authenticator)
    # this request begins with generation 1, while generation 2 has been accepted
    authenticator.generation, client._accepted_generation = 1, 2
    http.get(URL, status=401)
    http.get(URL, json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}


def test_nothing_is_sent_after_second_refusal(http, make_client):
    http.get(URL, status=401)
    http.get(URL, status=401)
    client = make_client(Renewable())
    for _attempt in range(3):
        with pytest.raises(AuthenticationFailed, match="HTTP 401"):
            client.send("GET", "v1")
    assert len(http.calls) == 2


@pytest.mark.parametrize(
    "error",
    [AuthenticationFailed("The account is locked."), ConnectionFailed("No connection to IAM.")],
    ids=["refused", "IAM unreachable"],
)
def test_nothing_is_sent_after_failed_renewal(http, make_client, clock, error):
    http.get(URL, status=401)
    authenticator = RenewalFails(error)
    client = make_client(authenticator)
    for _attempt in range(3):
        with pytest.raises(AuthenticationFailed, match=error.message):
            client.send("GET", "v1")
    assert (len(http.calls), authenticator.renewals) == (1, 1)
    assert clock.sleeps == []


def test_token_without_renewal_is_sent_once(http, client):
    http.get(URL, status=401)
    for _attempt in range(2):
        with pytest.raises(AuthenticationFailed, match="Get a new token"):
            client.send("GET", "v1")


def test_first_refusal_stops_waiting_threads(http, client):
    """Eight refusals of one burst could lock an access key."""
    started = threading.Barrier(8)
    http.get(URL, status=401)

    def send(_number):
        started.wait(5)
        with pytest.raises(AuthenticationFailed):
            client.send("GET", "v1")

    assert len(list(WorkerPool(client.transport.deadline, 8).map(send, range(8)))) == 8
    assert len(http.calls) == 1
