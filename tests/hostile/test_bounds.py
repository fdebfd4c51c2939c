# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers without measure: large and compressed bodies, deep records, huge numbers, lists without an end."""

from __future__ import annotations

import json

import pytest
from conftest import assert_failed, assert_small, assert_translated, assert_true, by_password
from server import (
    CDM,
    MIB,
    MRS,
    SQL,
    Answer,
    answer,
    bomb,
    instead,
    padded,
    padded_chunks,
    replace_body,
    right,
    with_headers,
)

LARGE = 60 * MIB
ALLOWED = 20 * MIB  # below the limit of 32 MiB
RECORD = MIB  # bytes, what the result may have of one record at the most
DIGITS = "9" * 400


def table(*rows):
    """Parametrize a cloud and other arguments; each row starts with its id and its service."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


# C2: sizes


@pytest.mark.parametrize(
    ("cloud", "call", "script"),
    table(
        ("plain reading", SQL, "read", padded(LARGE)),
        ("plain last reading", CDM, "reread", padded(LARGE)),
        ("chunked reading", MRS, "read", padded_chunks(LARGE)),
        ("gzip reading", CDM, "read", bomb(LARGE)),
        ("gzip last reading", SQL, "reread", bomb(LARGE)),
        ("double gzip reading", MRS, "read", bomb(LARGE, "gzip, gzip")),
        ("just above the limit", SQL, "read", padded(33 * MIB)),
    ),
    indirect=["cloud"],
)
def test_large_reading_fails_one_job(stop, cloud, call, script):
    cloud.add("a", "large", "z")
    cloud.override(call, script, "large")
    ended = stop(wait_timeout=4)
    assert_true(ended, cloud)
    assert_small(ended)
    assert {id: ended.outcomes[id] for id in "az"} == {"a": "stopped", "z": "stopped"}
    assert ended.outcomes["large"] in (("failed",) if call == "read" else ("stop_requested", "failed"))


@pytest.mark.parametrize(
    ("cloud", "script"),
    table(
        ("plain", SQL, padded(LARGE)),
        ("deflate", CDM, bomb(LARGE, "deflate")),
    ),
    indirect=["cloud"],
)
@pytest.mark.parametrize("effect", [True, False], ids=["effect", "no effect"])
def test_large_stop_answer_is_resolved(stop, cloud, script, effect):
    cloud.add("large", "z")
    cloud.override("stop", script, "large", effect=effect)
    ended = stop(retries=0, wait=effect)
    assert_true(ended, cloud)
    assert_small(ended)
    assert ended.outcomes["large"] == ("stopped" if effect else "failed")
    assert cloud.jobs["z"].stopped_by_us


@pytest.mark.parametrize("script", [padded(LARGE), bomb(LARGE)], ids=["plain", "gzip"])
def test_large_page_fails_the_search(info, cloud, script):
    cloud.add("a", "b", listed=True)
    cloud.override("list", script)
    ended = info()
    assert ended.code
    assert_small(ended)


def test_large_page_hides_no_named_job(stop, cloud):
    cloud.add("a", "b", "c", listed=True)
    cloud.override("list", bomb(LARGE))
    ended = stop()
    assert set(ended.outcomes.values()) == {"stopped"}
    assert_small(ended)


@pytest.mark.parametrize("script", [padded(LARGE), bomb(LARGE)], ids=["plain", "gzip"])
def test_large_login_answer_fails_the_task(stop, cloud, script):
    cloud.add("a")
    cloud.override("login", script)
    ended = stop(**by_password(cloud))
    assert ended.code
    assert_small(ended)
    assert not cloud.jobs["a"].stop_received


@pytest.mark.parametrize("status", [400, 500])
def test_large_error_fails_one_job(stop, cloud, status):
    cloud.add("a", "z")
    error = Answer({"error_code": "DLI.0999", "error_msg": "bad"}, status)
    cloud.override("read", instead(error, padded(LARGE)), "a")
    ended = stop()
    assert_true(ended, cloud)
    assert_small(ended)
    assert_failed(ended, "a")


@pytest.mark.parametrize("script", [padded(ALLOWED), padded_chunks(ALLOWED)], ids=["plain", "chunked"])
def test_large_answer_below_the_limit_is_read(stop, cloud, script):
    cloud.add("a", "z")
    cloud.override("read", script, "a")
    ended = stop()
    assert ended.outcomes == {"a": "stopped", "z": "stopped"}
    assert_small(ended)


@pytest.mark.parametrize(
    ("cloud", "more"),
    table(
        ("one text", SQL, {"statement": "x" * 4 * MIB}),
        ("many items", MRS, {"arguments": ["argument"] * 200_000}),
        ("many keys", CDM, {"counters": {f"counter{number}": number for number in range(100_000)}}),
        ("long key", SQL, {"k" * 4 * MIB: 1}),
    ),
    indirect=["cloud"],
)
def test_details_of_a_job_are_bounded(info, cloud, more):
    cloud.add("large", **more)
    cloud.add("z", owner="somebody")
    ended = info(cloud.jobs)
    assert [*ended.jobs] == ["large", "z"]
    size = len(json.dumps(ended.jobs["large"]))
    assert size < RECORD
    assert ended.jobs["large"]["status"] == cloud.service.words[0]
    assert ended.jobs["z"]["details"]["owner"] == "somebody"
    assert_small(ended)


# C3: depth


def nested(depth, kind):
    """Return a value that is nested so deep."""
    value = "end"
    for level in range(depth):
        value = {"inner": value} if kind == "dicts" or (kind == "both" and level % 2) else [value]
    return value


DEPTHS = table(
    ("300 dicts", SQL, 300, "dicts"),
    ("900 of both", MRS, 900, "both"),
)


@pytest.mark.parametrize(("cloud", "depth", "kind"), DEPTHS, indirect=["cloud"])
def test_deep_record_hides_no_found_job(ad_hoc, cloud, depth, kind):
    cloud.add("deep", detail=nested(depth, kind))
    cloud.add("z")
    ended = ad_hoc(cloud.jobs, info=True)
    assert {id: job["status"] for id, job in ended.jobs.items()} == dict.fromkeys(("deep", "z"), cloud.service.words[0])


def test_deep_record_hides_no_stopped_job(ad_hoc, cloud):
    cloud.add("deep", detail=nested(300, "dicts"))
    cloud.add("z")
    ended = ad_hoc(cloud.jobs)
    assert_true(ended, cloud)
    assert ended.outcomes == {"deep": "stopped", "z": "stopped"}


@pytest.mark.parametrize(
    ("cloud", "call"),
    table(("reading", SQL, "read"), ("stop", CDM, "stop"), ("last reading", MRS, "reread")),
    indirect=["cloud"],
)
def test_unparsable_depth_hides_no_job(stop, cloud, call):
    cloud.add("deep", "z")
    cloud.override(call, answer(b"[" * 100_000 + b"]" * 100_000), "deep")
    ended = stop(wait_timeout=3)
    assert_true(ended, cloud)
    assert ended.outcomes["z"] == "stopped"


def test_deep_error_hides_no_job(ad_hoc, cloud):
    cloud.add("deep", "z")
    cloud.override("read", answer({"error_code": nested(300, "dicts"), "error_msg": nested(300, "lists")}, 400), "deep")
    ended = ad_hoc(cloud.jobs)
    assert_true(ended, cloud)
    assert_failed(ended, "deep")
    assert ended.outcomes["z"] == "stopped"


# C4: numbers

RETRY_AFTER = {
    "400 digits": DIGITS,
    "5000 digits": "9" * 5000,
    "exponent": "1e400",
    "infinity": "Infinity",
    "negative": "-1",
    "year": "Fri, 31 Dec 99999 23:59:59 GMT",
    "day": "Fri, 99 Dec 2099 99:99:99 GMT",
    "no time": "soon",
}


@pytest.mark.parametrize("value", RETRY_AFTER.values(), ids=[*RETRY_AFTER])
def test_odd_retry_after_hides_no_job(stop, cloud, value, libraries):
    cloud.add("a", "z")
    cloud.override("read", answer({"error_msg": "busy"}, 503, Retry_After=value), "a")
    ended = stop(wait_timeout=4, libraries=libraries)
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    assert ended.outcomes["z"] == "stopped"
    assert_translated(ended)


@pytest.mark.parametrize(
    ("cloud", "call", "status"),
    table(
        ("rate limit of a reading", CDM, "read", 429),
        ("rate limit of a stop", MRS, "stop", 429),
        ("failure of the last reading", SQL, "reread", 503),
        ("rate limit of a list", CDM, "list", 429),
    ),
    indirect=["cloud"],
)
def test_huge_retry_after_is_understood(stop, cloud, call, status, libraries):
    cloud.add("a", "b", listed=call == "list")
    script = answer({"error_code": "APIGW.0308", "error_msg": "busy"}, status, Retry_After=DIGITS)
    cloud.override(call, script, effect=False)
    ended = stop(wait_timeout=2, libraries=libraries)
    assert [*ended.jobs] == ["a", "b"]
    assert_translated(ended)


@pytest.mark.parametrize("status", [429, 503])
def test_huge_retry_after_of_login_is_understood(stop, cloud, status, libraries):
    cloud.add("a")
    cloud.override("login", answer({"error": {"message": "busy"}}, status, Retry_After=DIGITS))
    ended = stop(wait_timeout=2, libraries=libraries, **by_password(cloud))
    assert ended.code
    assert_translated(ended)


@pytest.mark.parametrize("length", ["9" * 400, "-1", "1, 2", "many"], ids=["huge", "negative", "two", "no number"])
def test_odd_content_length_accepts_no_stop(stop, cloud, length):
    cloud.add("a", "z")
    cloud.override("stop", with_headers(Content_Length=length), "a", effect=False)
    ended = stop(wait=False, retries=0, request_timeout=1)
    assert_true(ended, cloud)
    assert_translated(ended)
    assert cloud.jobs["z"].stopped_by_us


# B5: the total of a list


def endless_list(fresh, cloud):
    """Send pages of one job each, of a list that has sixty million jobs by its own account.

    :param fresh: whether each page has another job.
    """

    def script(exchange):
        page = exchange.request.query(cloud.service.paging[0], "1")
        record = {cloud.service.list_id_key: f"job{page if fresh else 1}", cloud.service.status_key: "RUNNING"}
        return right(replace_body(exchange, cloud.service.wrap_list([record], 60_000_000)))

    return script


@pytest.mark.parametrize(
    ("cloud", "fresh"),
    table(("new jobs", SQL, True), ("same job", CDM, False)),
    indirect=["cloud"],
)
def test_endless_list_ends_by_the_deadline(info, cloud, allowed, fresh):
    cloud.override("list", endless_list(fresh, cloud))
    ended = info(wait_timeout=3, within=allowed(3))
    assert_small(ended)
    assert ended.code or not fresh
    assert len(cloud.requests) < 20_000


def test_limit_of_an_endless_list_is_kept(info, cloud, allowed):
    cloud.override("list", endless_list(True, cloud))
    ended = info(wait_timeout=3, within=allowed(3), limit=3)
    assert [*ended.jobs] == ["job1", "job2", "job3"]
    assert not ended.code


@pytest.mark.parametrize("total", [100, 199, 0, -1, "many", None, 10**400], ids=lambda total: str(total)[:9])
def test_total_does_not_end_full_pages(info, cloud, allowed, total):
    cloud.add(*(f"job{number}" for number in range(250)), listed=True)
    cloud.total = total
    found = len(info(wait_timeout=5, within=allowed(5)).jobs)
    assert found == 250
