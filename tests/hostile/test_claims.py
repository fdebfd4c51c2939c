# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that must not become a claim: invalid text, interim answers, truncated bodies, records of other jobs."""

from __future__ import annotations

import json

import pytest
from conftest import assert_failed, assert_true
from server import (
    CDM,
    MRS,
    SERVICES,
    SQL,
    End,
    Job,
    answer,
    encoded_as,
    gzip_if_asked,
    gzip_without_end,
    interim,
    replace_body,
    rewritten,
    right,
    truncated,
    truncated_chunks,
)

HIGH, LOW = "\ud83d", "\udc00"  # the halves of a surrogate pair
INVALID = "\ufffd"

each_service = pytest.mark.parametrize("cloud", SERVICES, indirect=True, ids=lambda service: service.name)


def table(*rows):
    """Parametrize a cloud and other arguments; each row starts with its id and its service."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


# A1: text that is not valid Unicode


def with_bytes(invalid):
    """Put bytes that are not valid UTF-8 in the place of the word MARK."""
    return rewritten(lambda content: content.replace(b"MARK", invalid))


@pytest.mark.parametrize(
    ("cloud", "more", "invalid"),
    table(
        ("value", SQL, {"statement": f"select '{HIGH}'"}, None),
        ("pair in the wrong order", CDM, {"external-id": LOW + HIGH}, None),
        ("key", MRS, {f"app{HIGH}": "x"}, None),
        ("key and value inside", SQL, {"tags": [{f"a{LOW}": {"b": [f"c{HIGH}"]}}]}, None),
        ("bytes", CDM, {"external-id": "MARK"}, b"\xff\xfe"),
        ("bytes of a surrogate", MRS, {"app_id": "MARK"}, b"\xed\xa0\xbd"),
        ("cut character", SQL, {"statement": "MARK"}, b"\xc3"),
    ),
    indirect=["cloud"],
)
def test_invalid_text_in_details_is_replaced(info, cloud, more, invalid):
    cloud.add("odd", **more)
    cloud.add("good")
    if invalid:
        cloud.override("read", with_bytes(invalid), "odd")
    ended = info(cloud.jobs)
    assert [*ended.jobs] == ["odd", "good"]
    shown = json.dumps(ended.result, ensure_ascii=False)
    assert INVALID in shown
    shown.encode()


@pytest.mark.parametrize(
    ("cloud", "odd"),
    table(
        ("status", SQL, f"RUNNING{HIGH}"),
        ("only surrogates", MRS, HIGH + HIGH),
        ("low half", CDM, f"{LOW}RUNNING"),
    ),
    indirect=["cloud"],
)
def test_status_with_invalid_text_is_unknown(stop, cloud, odd):
    cloud.add("odd", status=odd)
    cloud.add("good")
    ended = stop()
    assert_true(ended, cloud)
    assert_failed(ended, "odd")
    assert INVALID in ended.jobs["odd"]["previous_status"]
    assert ended.outcomes["good"] == "stopped"


@pytest.mark.parametrize(
    ("cloud", "call", "error"),
    table(
        ("message of a reading", SQL, "read", {"error_code": "DLI.0001", "error_msg": f"bad {HIGH}"}),
        ("message of a stop", CDM, "stop", {"errCode": "Cdm.0014", "externalMessage": f"bad {LOW}"}),
        ("code", MRS, "stop", {"error_code": f"0175{HIGH}", "error_msg": "bad"}),
        ("request id", MRS, "read", {"error_code": "0160", "error_msg": "bad", "request_id": f"7{HIGH}"}),
        ("message of a refusal", SQL, "stop", {"is_success": False, "message": f"bad {HIGH}"}),
    ),
    indirect=["cloud"],
)
def test_error_with_invalid_text_is_shown(stop, cloud, call, error):
    cloud.add("odd", "good")
    cloud.override(call, answer(error, 200 if "is_success" in error else 400), "odd", effect=False)
    ended = stop()
    assert_true(ended, cloud)
    assert_failed(ended, "odd")
    assert ended.outcomes["good"] == "stopped"


@pytest.mark.parametrize("name", [f"load{HIGH}", LOW, "caf\u00e9"], ids=["high half", "low half", "valid"])
@pytest.mark.parametrize("cloud", [CDM, SQL], indirect=True, ids=lambda service: service.name)
def test_id_with_invalid_text_hides_no_job(info, cloud, name):
    cloud.add("first", name, "last", listed=True)
    ended = info()
    shown = name.replace(HIGH, INVALID).replace(LOW, INVALID)
    assert {"first", "last"} <= {*ended.jobs} <= {"first", shown, "last"}


@pytest.mark.parametrize("cloud", [SQL, CDM], indirect=True, ids=lambda service: service.name)
def test_ansible_shows_jobs_with_invalid_text(ad_hoc, cloud):
    cloud.add("value", **{f"key{LOW}": f"value{HIGH}"})
    cloud.add("status", status=f"RUNNING{HIGH}")
    cloud.add("error", "good")
    cloud.override("stop", answer({**cloud.service.unknown, "error_msg": f"bad {LOW}"}, 403), "error", effect=False)
    ended = ad_hoc(cloud.jobs)
    assert_true(ended, cloud)
    assert ended.outcomes == {"value": "stopped", "status": "failed", "error": "failed", "good": "stopped"}


def test_ansible_shows_details_with_invalid_text(ad_hoc, cloud):
    cloud.add("odd", "good", **{f"key{LOW}": [f"value{HIGH}"]}, listed=True)
    ended = ad_hoc(info=True)
    assert [*ended.jobs] == ["odd", "good"]
    assert INVALID in json.dumps(ended.result, ensure_ascii=False)


# A2: interim answers


def assert_dropped(cloud, call, id):
    """Check that no other request came on the connection on which the first request of a call was answered wrongly."""
    first = cloud.calls(call, id)[0]
    later = cloud.requests[cloud.requests.index(first) + 1 :]
    assert later
    assert all(seen.connection != first.connection for seen in later)


@pytest.mark.parametrize(
    ("cloud", "call", "status", "final"),
    table(
        ("103 before the reading", SQL, "read", 103, True),
        ("102 before the reading", CDM, "read", 102, True),
        ("102 as the reading", MRS, "read", 102, False),
        ("101 as the reading", SQL, "read", 101, False),
        ("199 before the reading", MRS, "read", 199, True),
    ),
    indirect=["cloud"],
)
def test_interim_answer_is_no_reading(stop, cloud, call, status, final):
    cloud.add("a", ended=True)
    cloud.add("b")
    cloud.override(call, interim(status, final), "a", times=1)
    ended = stop(concurrency=1, request_timeout=2)
    assert_true(ended, cloud)
    assert ended.outcomes == {"a": "already_ended", "b": "stopped"}
    assert_dropped(cloud, "read", "a")


@pytest.mark.parametrize(
    ("cloud", "call", "status", "final"),
    table(
        ("103 before the stop answer", SQL, "stop", 103, True),
        ("102 as the stop answer", CDM, "stop", 102, False),
        ("102 before the stop answer", MRS, "stop", 102, True),
        ("103 before the last reading", CDM, "reread", 103, True),
        ("102 as the last reading", SQL, "reread", 102, False),
    ),
    indirect=["cloud"],
)
def test_stop_is_confirmed_despite_interim_answers(stop, cloud, call, status, final):
    cloud.add("a", "b")
    cloud.override(call, interim(status, final), "a", times=1)
    ended = stop(concurrency=1, request_timeout=2)
    assert_true(ended, cloud)
    assert ended.outcomes == {"a": "stopped", "b": "stopped"}


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
@pytest.mark.parametrize(
    ("cloud", "status"),
    table(("102 dli", SQL, 102), ("103 mrs", MRS, 103), ("199 dli", SQL, 199)),
    indirect=["cloud"],
)
def test_interim_answer_accepts_no_stop(stop, cloud, status, times):
    cloud.add("a")
    cloud.override("stop", interim(status, final=False), "a", times=times, effect=False)
    ended = stop(wait=False, request_timeout=2, retries=1)
    assert_true(ended, cloud)
    assert ended.outcomes["a"] in (("stopped", "stop_requested") if times else ("failed",))
    assert_dropped(cloud, "stop", "a")


@each_service
def test_interim_answers_alone_fail_one_job(stop, cloud):
    cloud.add("a", "b")
    cloud.override("read", interim(103, final=False), "a")
    ended = stop(concurrency=1, request_timeout=2)
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    assert ended.outcomes["b"] == "stopped"
    assert not cloud.calls("stop", "a")


def test_continue_before_answer_is_skipped(stop, cloud):
    cloud.add("a", "b")
    for call in ("read", "stop", "reread"):
        cloud.override(call, lambda exchange: [b"HTTP/1.1 100 Continue\r\n\r\n", *right(exchange)])
    assert stop(concurrency=1).outcomes == {"a": "stopped", "b": "stopped"}


# A5: bodies that end too early

TRUNCATED = [
    pytest.param(truncated(End.CLOSE), id="closed"),
    pytest.param(truncated(End.HOLD), id="open"),
    pytest.param(truncated(End.CLOSE, missing=1), id="one byte missing"),
    pytest.param(truncated_chunks, id="last chunk missing"),
    pytest.param(gzip_without_end, id="end of gzip missing"),
]


@pytest.mark.parametrize("script", TRUNCATED)
@pytest.mark.parametrize("cloud", [CDM], indirect=True, ids=lambda service: service.name)
def test_truncated_stop_answer_is_not_claimed(stop, cloud, script, libraries):
    cloud.add("a", "b")
    cloud.override("stop", script, "a", effect=False)
    ended = stop(wait=False, request_timeout=1, retries=0, libraries=libraries)
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    assert ended.outcomes["b"] in ("stopped", "stop_requested")


@pytest.mark.parametrize("cloud", [SQL, CDM, MRS], indirect=True, ids=lambda service: service.name)
def test_truncated_stop_answer_is_resolved(stop, cloud, libraries):
    cloud.add("a")
    cloud.override("stop", truncated(End.CLOSE), "a")
    ended = stop(request_timeout=1, libraries=libraries)
    assert_true(ended, cloud)
    assert ended.outcomes == {"a": "stopped"}
    assert len(cloud.calls("stop", "a")) == 1


@pytest.mark.parametrize("script", TRUNCATED)
def test_truncated_reading_is_repeated(stop, cloud, script, libraries):
    cloud.add("a", "b")
    ended_record = cloud.service.body(Job("a", cloud.service.words[2]))
    cloud.override("read", lambda exchange: script(replace_body(exchange, ended_record)), "a", times=1)
    ended = stop(request_timeout=1, libraries=libraries)
    assert_true(ended, cloud)
    assert ended.outcomes == {"a": "stopped", "b": "stopped"}


@pytest.mark.parametrize("cloud", [SQL, CDM], indirect=True, ids=lambda service: service.name)
def test_truncated_last_reading_confirms_nothing(stop, cloud, libraries):
    cloud.add("a")
    stopped_record = cloud.service.body(Job("a", cloud.service.words[1]))
    cloud.override("stop", right, "a", effect=False)
    cloud.override("reread", lambda exchange: truncated(End.CLOSE)(replace_body(exchange, stopped_record)), "a")
    ended = stop(wait_timeout=2, request_timeout=1, retries=0, libraries=libraries)
    assert ended.outcomes["a"] in ("stop_requested", "failed")
    assert ended.code


# Content encodings


@pytest.mark.parametrize("encoding", ["br", "x-unknown", "gzip"])
@pytest.mark.parametrize("cloud", [CDM], indirect=True, ids=lambda service: service.name)
def test_unrequested_encoding_accepts_no_stop(stop, cloud, encoding):
    cloud.add("a", "b")
    cloud.override("stop", encoded_as(encoding), "a", effect=False)
    ended = stop(wait=False, retries=0)
    assert_true(ended, cloud)
    assert_failed(ended, "a")


@pytest.mark.parametrize("encoding", ["br", "x-unknown"])
@pytest.mark.parametrize("cloud", [MRS], indirect=True, ids=lambda service: service.name)
def test_unrequested_encoding_is_no_reading(stop, cloud, encoding):
    cloud.add("a", "b")
    cloud.override("read", encoded_as(encoding), "a")
    ended = stop()
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    assert ended.outcomes["b"] == "stopped"


def test_requested_encoding_is_read(stop, cloud):
    cloud.add("a", "b")
    for call in ("read", "reread", "stop"):
        cloud.override(call, gzip_if_asked)
    assert stop().outcomes == {"a": "stopped", "b": "stopped"}


# A8: JSON under other content types

TYPES = {
    "html": "text/html",
    "plain": "text/plain",
    "latin-1": "application/json; charset=ISO-8859-1",
    "utf-16": "text/html; charset=utf-16",
    "unknown charset": "application/json; charset=no-such-charset",
    "binary": "application/octet-stream",
    "none": None,
}


def in_utf8(content_type):
    """Send the correct answer in UTF-8 without escapes, under a content type."""

    def script(exchange):
        content = json.dumps(exchange.right.body, ensure_ascii=False).encode()
        yield replace_body(exchange, content).right.head(Content_Type=content_type) + content

    return script


@pytest.mark.parametrize("content_type", TYPES.values(), ids=[*TYPES])
@pytest.mark.parametrize("cloud", [CDM], indirect=True, ids=lambda service: service.name)
def test_json_is_utf8_whatever_the_header_says(info, cloud, content_type):
    cloud.add("\u00e9", "\u65e5\u672c", listed=True)
    cloud.override("list", in_utf8(content_type))
    assert [*info().jobs] == ["\u00e9", "\u65e5\u672c"]


def test_found_job_with_accent_is_stopped(info, stop, cloud):
    cloud.add("caf\u00e9", listed=True)
    for call in ("list", "read", "reread"):
        cloud.override(call, in_utf8("text/html"))
    assert stop([*info().jobs]).outcomes == {"caf\u00e9": "stopped"}


# Records of other jobs


@pytest.mark.parametrize(
    ("cloud", "word"),
    table(
        ("active dli", SQL, 0),
        ("ended dli", SQL, 2),
        ("stopped cdm", CDM, 1),
        ("active cdm", CDM, 0),
        ("ended mrs", MRS, 2),
        ("stopped mrs", MRS, 1),
    ),
    indirect=["cloud"],
)
def test_record_of_another_job_is_no_reading(stop, cloud, word):
    cloud.add("a", "b")
    cloud.override("read", answer(cloud.service.body(Job("other", cloud.service.words[word]))), "a")
    ended = stop()
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    assert not cloud.calls("stop", "a")
    assert ended.outcomes["b"] == "stopped"


@each_service
def test_record_of_another_job_is_read_again(stop, cloud):
    cloud.add("a", "b")
    cloud.override("read", answer(cloud.service.body(Job("b", cloud.service.words[2]))), "a", times=1)
    ended = stop()
    assert_true(ended, cloud)
    assert ended.outcomes == {"a": "stopped", "b": "stopped"}


@pytest.mark.parametrize(
    ("cloud", "word"),
    table(("stopped dli", SQL, 1), ("ended cdm", CDM, 2), ("stopped mrs", MRS, 1)),
    indirect=["cloud"],
)
def test_record_of_another_job_confirms_nothing(stop, cloud, word):
    cloud.add("a")
    cloud.override("stop", right, "a", effect=False)
    cloud.override("reread", answer(cloud.service.body(Job("other", cloud.service.words[word]))), "a")
    ended = stop(wait_timeout=2)
    assert ended.outcomes["a"] in ("stop_requested", "failed")
    assert ended.code
