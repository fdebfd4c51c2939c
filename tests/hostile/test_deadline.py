# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that never end: the task ends by its deadline, the other jobs are confirmed, and a signal ends the process.

How long a task takes is compared with its deadline only, as a bound on a hang. The start of a process counts extra.
"""

from __future__ import annotations

import signal
import ssl
import time

import pytest
import trustme
from conftest import (
    GRACE,
    assert_failed,
    assert_small,
    assert_true,
    by_access_key,
    by_password,
    by_token_alone,
    options,
)
from server import (
    CDM,
    MRS,
    SQL,
    Cloud,
    End,
    RawServer,
    drip,
    endless_chunks,
    endless_continue,
    right,
    trickled_body,
    trickled_headers,
    trickled_status_line,
)

DEADLINE = 2  # seconds


def silence(_exchange):
    """Take the request and never answer."""
    yield End.HOLD


def table(*rows):
    """Parametrize a cloud and other arguments; each row starts with its id and its service."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


ENDLESS = {
    "body": trickled_body(),
    "headers": trickled_headers(),
    "status line": trickled_status_line(),
    "error": trickled_body(status=500),
    "chunks": endless_chunks(),
    "interim answers": endless_continue(),
    "silence": silence,
}


@pytest.mark.parametrize(
    ("cloud", "kind"),
    table(
        ("body dli", SQL, "body"),
        ("headers cdm", CDM, "headers"),
        ("status line mrs", MRS, "status line"),
        ("error cdm", CDM, "error"),
        ("chunks mrs", MRS, "chunks"),
        ("interim answers dli", SQL, "interim answers"),
        ("silence mrs", MRS, "silence"),
    ),
    indirect=["cloud"],
)
def test_trickling_reading_leaves_others_confirmed(stop, cloud, allowed, kind):
    cloud.add("a", "slow", "z")
    cloud.override("read", ENDLESS[kind], "slow")
    ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE))
    assert_true(ended, cloud)
    assert_failed(ended, "slow")
    assert {id: ended.outcomes[id] for id in "az"} == {"a": "stopped", "z": "stopped"}


@pytest.mark.parametrize(
    ("cloud", "call", "kinds"),
    table(
        ("body of a stop answer", CDM, "stop", ["body"]),
        ("headers of the last reading", SQL, "reread", ["headers"]),
        ("all stop answers", SQL, "stop", [*ENDLESS]),
        ("all last readings", MRS, "reread", [*ENDLESS]),
        ("all requests in flight but one", CDM, "reread", ["body", "headers", "chunks"]),
    ),
    indirect=["cloud"],
)
def test_trickling_stop_leaves_others_confirmed(stop, cloud, allowed, call, kinds):
    cloud.add("a", *kinds, "z")
    for kind in kinds:
        cloud.override(call, ENDLESS[kind], kind)
    concurrency = 4 if len(kinds) == 3 else 8
    ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE), concurrency=concurrency)
    assert_true(ended, cloud)
    assert {id: ended.outcomes[id] for id in "az"} == {"a": "stopped", "z": "stopped"}
    # a stop that works although its response never ends is confirmed by a reading
    assert bool(ended.code) == (call != "stop")


@pytest.mark.parametrize(("cloud", "call"), table(("reading", SQL, "read"), ("stop", CDM, "stop")), indirect=["cloud"])
def test_fast_endless_body_is_given_up(stop, cloud, allowed, call):
    cloud.add("a", "endless", "z")
    cloud.override(call, endless_chunks(2**16, every=0), "endless")
    ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE))
    assert_true(ended, cloud)
    assert_small(ended)
    assert {id: ended.outcomes[id] for id in "az"} == {"a": "stopped", "z": "stopped"}


# Lists


@pytest.mark.parametrize(
    ("cloud", "script"),
    table(
        ("headers", CDM, trickled_headers()),
        ("endless chunks", MRS, endless_chunks()),
    ),
    indirect=["cloud"],
)
def test_trickling_list_claims_nothing(stop, cloud, allowed, script):
    cloud.add("a", "b", "c", listed=True)
    cloud.override("list", script)
    assert_true(stop(wait_timeout=DEADLINE, within=allowed(DEADLINE)), cloud)


@pytest.mark.parametrize("pages", [0, 1], ids=["first page", "second page"])
def test_trickling_page_fails_the_search(info, cloud, allowed, pages):
    cloud.add(*"abcde", listed=True)
    cloud.page_size = 2
    cloud.override("list", right, times=pages)
    cloud.override("list", trickled_body())
    ended = info(wait_timeout=DEADLINE, within=allowed(DEADLINE))
    assert ended.code
    assert ended.result["msg"]


# Logins


@pytest.mark.parametrize(
    ("login", "script"),
    [
        pytest.param(by_password, trickled_body(), id="body for a password"),
        pytest.param(by_password, trickled_headers(), id="headers for a password"),
        pytest.param(by_access_key, trickled_body(), id="body for an access key"),
        pytest.param(by_token_alone, trickled_headers(), id="headers for a token"),
    ],
)
def test_trickling_login_ends_by_the_deadline(stop, cloud, allowed, login, script):
    cloud.add("a")
    cloud.override("login", script)
    ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE, login), **login(cloud))
    assert ended.code
    assert ended.result["msg"]
    assert not cloud.jobs["a"].stop_received


# Connections


def half_handshake():
    """Announce a long TLS record and send it one byte at a time."""
    yield b"\x16\x03\x03\x40\x00"
    yield from drip(b"\x02" + b"\x00" * 500, 0.25)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(lambda: [End.HOLD], id="silent"),
        pytest.param(half_handshake, id="trickling"),
    ],
)
def test_unfinished_handshake_ends_by_the_deadline(stop, cloud, allowed, steps):
    cloud.add("a", "b")
    with RawServer(on_connect=steps) as server:
        endpoint = f"https://{server.netloc}"
        ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE), endpoint=endpoint, retries=5)
    assert ended.outcomes == {"a": "failed", "b": "failed"}


@pytest.mark.parametrize("script", [trickled_headers()], ids=["headers"])
def test_trickling_proxy_ends_by_the_deadline(stop, cloud, allowed, script):
    cloud.add("a", "b")
    with RawServer(script) as proxy:
        variables = {"https_proxy": proxy.url, "HTTPS_PROXY": proxy.url}
        how = {"endpoint": "https://dli.example.test", "variables": variables}
        ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE), **how)
        assert proxy.requests[0].method == "CONNECT"
    assert ended.outcomes == {"a": "failed", "b": "failed"}


@pytest.fixture(scope="module")
def tls():
    """Return the TLS settings of a server with a certificate for loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("script", [trickled_body()], ids=["body"])
def test_trickling_tls_answer_ends_by_deadline(stop, cloud, allowed, tls, script):
    cloud.add("a", "b")
    with RawServer(script, context=tls) as server:
        how = {"endpoint": server.url, "validate_certs": False}
        ended = stop(wait_timeout=DEADLINE, within=allowed(DEADLINE), **how)
    assert ended.outcomes == {"a": "failed", "b": "failed"}


# Signals


def await_request(cloud, call, id):
    """Wait until a request of a call has arrived."""
    end = time.monotonic() + 20
    while not (cloud.calls(call, id) if id else cloud.requests):
        assert time.monotonic() < end, "no request arrived"
        time.sleep(0.02)
    time.sleep(0.3)


@pytest.mark.parametrize(
    ("cloud", "call", "script", "number"),
    table(
        ("trickling reading SIGINT", SQL, "read", trickled_body(), signal.SIGINT),
        ("trickling stop answer SIGTERM", CDM, "stop", trickled_headers(), signal.SIGTERM),
        ("trickling stop answer SIGINT", SQL, "stop", trickled_body(), signal.SIGINT),
        ("endless last reading SIGINT", MRS, "reread", endless_chunks(), signal.SIGINT),
        ("silent reading SIGTERM", SQL, "read", silence, signal.SIGTERM),
    ),
    indirect=["cloud"],
)
def test_signal_ends_a_waiting_task(start, cloud, call, script, number):
    cloud.add("slow")
    cloud.override(call, script, "slow")
    process = start(cloud.service.module, options(cloud, cloud.jobs, wait_timeout=60))
    await_request(cloud, "stop" if call != "read" else "read", "slow")
    process.send_signal(number)
    ended = process.end(within=GRACE)
    assert_true(ended, cloud)
    assert ended.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_ends_a_waiting_login(start, number):
    with Cloud(SQL) as cloud:
        cloud.override("login", trickled_body())
        process = start("dli_job", options(cloud, ["a"], wait_timeout=60, **by_password(cloud)))
        await_request(cloud, "login", "")
        process.send_signal(number)
        assert process.end(within=GRACE).code
