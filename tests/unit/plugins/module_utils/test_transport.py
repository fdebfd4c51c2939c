# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are sent again, after which pause, and how long they may take."""

from __future__ import annotations

import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailed,
    DeadlineExceeded,
    Error,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.rate_limiter import RateLimiter

URL = "https://mrs.example.test/v1"
REFUSED = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "Connection refused")))
LOST = [requests.ReadTimeout("t"), requests.ConnectionError("reset")]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reading_request_is_repeated_after_errors(http, client, clock, status):
    http.get(URL, status=status)
    http.get(URL, status=status)
    http.get(URL, json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}
    longest = 8 if status == 429 else 1
    assert 0.1 * longest < clock.sleeps[0] < clock.sleeps[1] < longest


@pytest.mark.parametrize("failure", LOST, ids=repr)
def test_reading_request_is_repeated_if_lost(http, client, failure):
    http.get(URL, body=failure)
    http.get(URL, json={"ok": 1})
    assert client.send("GET", "v1").body == {"ok": 1}


def test_retries_come_to_an_end(http, client):
    for _attempt in range(3):
        http.get(URL, status=503)
    with pytest.raises(ApiError, match="HTTP 503"):
        client.send("GET", "v1")


@pytest.mark.parametrize("status", [429, 503])
def test_no_retries_means_one_request(http, make_client, clock, status):
    http.get(URL, status=status)
    with pytest.raises(ApiError, match=f"HTTP {status}"):
        make_client(retries=0).send("GET", "v1")
    assert clock.sleeps == []


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_gateway_errors_end_mutating_requests(http, client, method, status):
    http.add(method, URL, status=status)
    with pytest.raises(ResponseLost):
        client.send(method, "v1", mutating=True)


@pytest.mark.parametrize("failure", LOST, ids=repr)
def test_lost_mutating_request_is_not_repeated(http, client, failure):
    http.get(URL, body=failure)
    with pytest.raises(ResponseLost):
        client.send("GET", "v1", mutating=True)


def test_mutating_request_without_effect_is_repeated(http, client):
    http.get(URL, status=429)
    http.get(URL, body=REFUSED)
    http.get(URL, json={})
    assert client.send("GET", "v1", mutating=True).body == {}


def test_refused_connection_is_repeated_and_reported(http, client):
    for _attempt in range(3):
        http.get(URL, body=REFUSED)
    with pytest.raises(ConnectionFailed, match="^No connection to the service: .*Connection refused"):
        client.send("GET", "v1")


def test_invalid_certificate_is_not_retried(http, client):
    http.get(URL, body=requests.exceptions.SSLError("certificate verify failed"))
    request = r"\(GET mrs\.example\.test/v1\)"
    message = rf"No secure connection: certificate verify failed {request}\. Check that the port speaks TLS"
    with pytest.raises(Error, match=message):
        client.send("GET", "v1")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_broken_tls_connection_counts_as_lost(http, client, method):
    eof = ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:2406)")
    for _attempt in range(3 if method == "GET" else 1):
        http.add(method, URL, body=requests.exceptions.SSLError(MaxRetryError(None, "/", eof)))
    request = rf"\({method} mrs\.example\.test/v1\)"
    message = rf"No secure connection: EOF occurred in violation of protocol {request}\. Check that"
    with pytest.raises(ResponseLost, match=message):
        client.send(method, "v1", mutating=method == "DELETE")


def test_retry_after_is_obeyed(http, client, clock):
    http.get(URL, status=429, headers={"Retry-After": "7"})
    http.get(URL, json={})
    client.send("GET", "v1")
    assert clock.sleeps == [7]


@pytest.mark.parametrize("value", ["soon", "Fri, 31 Dec 99999 23:59:59 GMT", "-5", "9" * 5000])
def test_invalid_retry_after_is_ignored(http, client, clock, value):
    http.get(URL, status=429, headers={"Retry-After": value})
    http.get(URL, json={})
    client.send("GET", "v1")
    assert clock.sleeps[0] < 4


@pytest.mark.parametrize("value", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after_now_still_pauses(http, client, clock, value):
    for _attempt in range(3):
        http.get(URL, status=429, headers={"Retry-After": value})
    http.get(URL, json={})
    client.send("GET", "v1")
    assert len(clock.sleeps) == 3 and min(clock.sleeps) > 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_beyond_deadline_fails_now(http, client, clock, status):
    http.get(URL, status=status, headers={"Retry-After": "61"}, json={"error_msg": "throttled"})
    with pytest.raises(ApiError, match="throttled"):
        client.send("GET", "v1")
    assert clock.sleeps == []


@pytest.mark.parametrize("value", ["99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_is_capped_at_one_day(http, make_client, clock, value):
    http.get(URL, status=429, headers={"Retry-After": value})
    http.get(URL, json={})
    make_client(seconds=10**6).send("GET", "v1")
    assert 20_000 < clock.sleeps[0] <= 86400  # newer versions of urllib3 have a cap of their own


def test_nothing_is_sent_after_the_deadline(http, client, clock):
    clock.now = 61
    with pytest.raises(DeadlineExceeded, match="^The request was not sent: wait_timeout has expired"):
        client.send("GET", "v1")


class SlowService:
    """Answers each request with an error, as late as the request allows.

    :ivar allowed: the seconds that each request was allowed to take.
    """

    def __init__(self, clock, error):
        self._clock, self._error = clock, error
        self.allowed = []

    def __call__(self, seconds):
        self.allowed.append(seconds)
        self._clock.now += seconds
        raise self._error


@pytest.mark.parametrize(
    ("seconds", "timeout", "expected"),
    [
        (1000, 30, [30, 30, 30]),  # no request may take longer than the timeout
        (100, 30, [30, 20]),  # all attempts together may take half of the time that is left
        (100, 200, [50]),
        (100, 49.95, [49.95]),  # no attempt for which less than 0.1 seconds remain
        (1.5, 30, [1]),  # a second is allowed even if that is more than half
        (0.5, 30, [0.5]),
    ],
)
def test_slow_requests_get_bounded_time(make_transport, clock, seconds, timeout, expected):
    transport = make_transport(seconds=seconds, timeout=timeout)
    service = SlowService(clock, ResponseLost("slow"))
    with pytest.raises(ResponseLost, match="slow"):
        transport.send_with_retries(service, RateLimiter(transport.deadline))
    assert service.allowed == pytest.approx(expected)


def test_slow_refusals_of_limited_service_end(make_transport, clock):
    transport = make_transport(seconds=100, timeout=30)
    limiter = RateLimiter(transport.deadline)
    service = SlowService(clock, ApiError("throttled", None, 429))
    with pytest.raises(ApiError, match="throttled"):
        transport.send_with_retries(service, limiter)
    assert service.allowed == pytest.approx([30, 20])
    before = clock.now
    assert limiter.wait() > before  # other requests are held back all the same


def test_deadline_during_attempt_reports_first_failure(make_transport):
    transport = make_transport()
    failures = [ConnectionFailed("No connection."), DeadlineExceeded("Too late.")]

    def attempt(_seconds):
        raise failures.pop(0)

    with pytest.raises(ConnectionFailed, match="No connection"):
        transport.send_with_retries(attempt, RateLimiter(transport.deadline))
