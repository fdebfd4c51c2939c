# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service repeats or invents: secrets across a cut, control characters, endless codes, cookies."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from conftest import assert_failed, assert_true, by_access_key, by_password, by_token_alone
from server import CDM, MRS, SQL, Cloud, answer, with_headers

FRAGMENT = 8  # characters of a secret that must not be shown in a row
TOKEN = "".join(hashlib.sha256(b"%d" % number).hexdigest() for number in range(11))[:700]
PASSWORD = "Tr0ub4dor and 7 correct horses on a battery-powered staple of 64 m"


def table(*rows):
    """Parametrize a cloud and other arguments; each row starts with its id and its service."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def assert_hidden(ended, secret):
    """Check that no part of a secret is shown."""
    shown = ended.output + ended.errors
    parts = (secret[start : start + FRAGMENT] for start in range(len(secret) - FRAGMENT + 1))
    leaked = sum(part in shown for part in parts)
    assert not leaked, f"{leaked + FRAGMENT - 1} of {len(secret)} characters are shown"


# D1: secrets across a cut


def leaks(service, text):
    """Return ways in which a service repeats a text, by the id of a job: call, answer."""
    code, message = (*service.unknown,)
    return {
        "message": ("read", answer({code: "X.0001", message: text}, 400)),
        "stop": ("stop", answer({code: "X.0001", message: text}, 400)),
        "plain": ("read", answer(text.encode(), 400, Content_Type="text/plain")),
        "code": ("read", answer({code: text, message: "bad"}, 400)),
        "reason": ("read", answer(b"", 400, reason=text.encode())),
        "request": ("read", answer({code: "X.0001", message: "bad"}, 400, X_Request_Id=text)),
        "location": ("read", answer(b"", 302, Location=f"https://{text}/")),
        "type": ("read", answer(b"<html>", 200, Content_Type=f"text/{text}")),
        "refusal": ("stop", answer(refusal(service, text))),
    }


def refusal(service, text):
    """Return the body by which a service refuses a stop under the HTTP status 200."""
    return {
        "dli": {"is_success": False, "message": text},
        "cdm": {"validation-result": [{"status": "ERROR", "message": text}]},
        "mrs": {"result": text},
    }[service.name]


@pytest.mark.parametrize(
    ("cloud", "before", "flags"),
    table(
        ("dli", SQL, "bad token ", ()),
        ("cdm", CDM, "bad token ", ()),
        ("mrs at the cut", MRS, "x" * 480 + " ", ()),
        ("dli at the cut", SQL, "x" * 480 + " ", ("-vvv",)),
    ),
    indirect=["cloud"],
)
def test_repeated_token_is_never_shown(ad_hoc, cloud, before, flags):
    for id, (call, script) in leaks(cloud.service, before + TOKEN).items():
        cloud.add(id)
        cloud.override(call, script, id, effect=False)
    cloud.add("status", status=before + TOKEN)
    ended = ad_hoc(cloud.jobs, *flags, token=TOKEN)
    assert_hidden(ended, TOKEN)
    assert set(ended.outcomes.values()) == {"failed"}


def test_fetched_token_is_never_shown(ad_hoc, cloud):
    cloud.token = TOKEN
    for id, (call, script) in leaks(cloud.service, f"bad token {TOKEN}").items():
        cloud.add(id)
        cloud.override(call, script, id, effect=False)
    ended = ad_hoc(cloud.jobs, **by_password(cloud))
    assert cloud.calls("read", "message")[0].header("X-Auth-Token") == TOKEN
    assert_hidden(ended, TOKEN)


def test_password_repeated_by_login_is_never_shown(ad_hoc, cloud):
    cloud.add("a")
    text = "x" * 470 + f" password {PASSWORD}"
    cloud.override("login", answer({"error": {"message": text, "code": 401}}, 401))
    ended = ad_hoc(cloud.jobs, **{**by_password(cloud), "password": PASSWORD})
    assert_hidden(ended, PASSWORD)
    assert ended.code


FORMS = {
    "single": "password='{}'",
    "double": 'password="{}"',
    "json": '{{"password": "{}"}}',
    "escaped": '{{\\"password\\": \\"{}\\"}}',
    "option": "--password '{}'",
    "identified": "IDENTIFIED BY '{}'",
    "url": "jdbc:mysql://user:{}@host/db",
    "bearer": "Authorization: Bearer {}",
}


@pytest.mark.parametrize("cloud", [CDM], indirect=True, ids=lambda service: service.name)
def test_password_across_the_cut_is_never_shown(ad_hoc, cloud):
    """Each job's error text has a password in another form, at another distance from the cut at 500 characters."""
    code, message = (*cloud.service.unknown,)
    for form, pattern in FORMS.items():
        secret = PASSWORD if form not in ("url", "bearer") else PASSWORD.replace(" ", "")
        for missing in (20, 40, 60):
            lead = "x" * (500 - len(pattern.partition("{}")[0].replace("{{", "{")) - missing - 1)
            cloud.add(f"{form}{missing}")
            text = f"{lead} {pattern.format(secret)} is wrong"
            cloud.override("read", answer({code: "X.0001", message: text}, 400), f"{form}{missing}")
    ended = ad_hoc(cloud.jobs)
    assert set(ended.outcomes.values()) == {"failed"}
    for secret in (PASSWORD, PASSWORD.replace(" ", "")):
        assert_hidden(ended, secret)


# D4: control characters and lengths

SEQUENCES = {
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "c1": "\x9b2J",
    "backspace": "ok\x08\x08no",
    "return": "no\rok",
    "null": "a\x00b",
    "delete": "a\x7fb",
}


def assert_harmless(text):
    """Check that a text has no control characters but line breaks and tabs."""
    found = {character for character in text if unicodedata.category(character) == "Cc"} - {"\n", "\t"}
    assert not found, [line for line in text.splitlines() if found & {*line}][:3]


@pytest.mark.parametrize("cloud", [SQL, CDM], indirect=True, ids=lambda service: service.name)
def test_control_characters_of_errors_are_replaced(ad_hoc, cloud):
    code, message = (*cloud.service.unknown,)
    for name, sequence in SEQUENCES.items():
        bodies = {"message": ("X.0001", f"bad {sequence}"), "code": (f"X{sequence}", "bad")}
        for place, (first, second) in bodies.items():
            cloud.add(f"{name}-{place}")
            cloud.override("read", answer({code: first, message: second}, 400), f"{name}-{place}")
    ended = ad_hoc(cloud.jobs)
    assert_harmless(ended.output + ended.errors)
    assert_harmless(ended.result["msg"])
    for job in ended.jobs.values():
        assert_harmless(job["error"]["message"])
        assert_harmless(job["error"]["code"] or "")


def test_control_characters_in_other_places_are_replaced(ad_hoc, cloud):
    sequence = SEQUENCES["clear"]
    scripts = {
        "reason": answer(b"", 400, reason=b"bad \x1b[2J"),
        "location": answer(b"", 302, Location=f"https://host{sequence}/"),
        "type": answer(b"<html>", 200, Content_Type=f"text/{sequence}"),
        "request": answer({"error_code": "X", "error_msg": "bad"}, 400, X_Request_Id=f"7{sequence}"),
        "body": answer({"error_code": "X", "error_msg": "bad", "request_id": f"7{sequence}"}, 400),
    }
    for id, script in scripts.items():
        cloud.add(id)
        cloud.override("read", script, id)
    cloud.add("status", status=f"RUNNING{sequence}")
    ended = ad_hoc(cloud.jobs)
    assert_harmless(ended.output + ended.errors)
    for job in ended.jobs.values():
        assert_harmless(job["error"]["message"])
        assert_harmless(job["error"]["request_id"] or "")


def test_control_characters_of_records_reach_no_terminal(ad_hoc, cloud):
    for name, sequence in SEQUENCES.items():
        cloud.add(name, statement=f"select '{sequence}'", owner=sequence, listed=True)
    assert_harmless(ad_hoc(info=True).output)


def assert_short(ended):
    """Check the length of the message of the task."""
    length = len(ended.result["msg"])
    assert length <= 3000


@pytest.mark.parametrize(
    ("cloud", "call", "script"),
    table(
        ("code of a reading", SQL, "read", answer({"error_code": "9" * 100_000, "error_msg": "bad"}, 400)),
        ("code of a stop", CDM, "stop", answer({"errCode": "C" * 100_000, "externalMessage": "bad"}, 400)),
        ("number", MRS, "read", answer({"error_code": int("9" * 4000), "error_msg": "bad"}, 400)),
        ("object", MRS, "read", answer({"error_code": {"a" * 100_000: 1}, "error_msg": ["b" * 100_000]}, 400)),
        ("message", SQL, "stop", answer({"error_code": "X.0001", "error_msg": "m" * 100_000}, 400)),
        ("refusal", SQL, "stop", answer({"is_success": False, "message": "m" * 100_000})),
        ("reason", CDM, "read", answer(b"", 400, reason=b"r" * 60_000)),
        ("content type", MRS, "read", answer(b"<", 200, Content_Type="t" * 60_000)),
        ("location", CDM, "read", answer(b"", 302, Location="https://" + "l" * 60_000)),
        ("request id", SQL, "read", answer({"error_code": "X"}, 400, X_Request_Id="i" * 60_000)),
        ("request id of the body", MRS, "read", answer({"error_code": "X", "request_id": "i" * 100_000}, 400)),
    ),
    indirect=["cloud"],
)
def test_parts_of_an_error_are_bounded(stop, cloud, call, script):
    cloud.add("a")
    cloud.override(call, script, effect=False)
    ended = stop()
    assert_true(ended, cloud)
    assert_failed(ended, "a")
    error = ended.jobs["a"]["error"]
    lengths = {key: len(str(error[key])) for key in ("code", "request_id", "message")}
    assert lengths["code"] <= 500
    assert lengths["request_id"] <= 500
    assert lengths["message"] <= 2000
    assert_short(ended)


def test_message_with_a_long_status_is_bounded(stop, cloud):
    cloud.add("a", status="S" * 100_000)
    ended = stop()
    assert_failed(ended, "a")
    assert_short(ended)


# D5: cookies

COOKIE = "session=cookie-of-the-tests; Path=/; HttpOnly"


def assert_no_cookies(server):
    """Check in the journal that no request had a cookie."""
    assert not [f"{seen.method} {seen.target}" for seen in server.requests if seen.header("Cookie")]


@pytest.mark.parametrize(
    "login",
    [
        pytest.param(by_password, id="password"),
        pytest.param(by_access_key, id="access key"),
        pytest.param(by_token_alone, id="token"),
    ],
)
def test_cookie_of_iam_is_sent_nowhere(stop, cloud, login):
    cloud.add("a", "b")
    with Cloud(SQL) as iam:
        iam.override("login", with_headers(Set_Cookie=COOKIE))
        ended = stop(**{**login(cloud), "auth_url": f"{iam.url}/v3"})
        assert ended.outcomes == {"a": "stopped", "b": "stopped"}
        assert iam.requests[0].path.startswith("/v3/")
        assert_no_cookies(iam)
    assert_no_cookies(cloud)


@pytest.mark.parametrize(
    ("cloud", "call"),
    table(
        ("reading", SQL, "read"),
        ("list", CDM, "list"),
        ("stop", MRS, "stop"),
        ("last reading", SQL, "reread"),
    ),
    indirect=["cloud"],
)
def test_cookie_of_a_service_is_not_returned(stop, cloud, call):
    cloud.add("a", "b")
    cloud.override(call, with_headers(Set_Cookie=COOKIE))
    ended = stop(concurrency=1)
    assert ended.outcomes == {"a": "stopped", "b": "stopped"}
    assert_no_cookies(cloud)


def test_cookie_of_a_refusal_is_not_returned(stop, cloud):
    cloud.add("a", "b")
    refusal = answer({"error_code": "APIGW.0301", "error_msg": "token expired"}, 401, Set_Cookie=COOKIE)
    cloud.override("read", refusal, "a", times=1)
    ended = stop(**by_password(cloud))
    assert ended.outcomes == {"a": "stopped", "b": "stopped"}
    assert len([seen for seen in cloud.requests if "/v3/" in seen.path]) == 2
    assert_no_cookies(cloud)
