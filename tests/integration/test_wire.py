# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble on the wire: what is sent again, what is not, and what the job's own history says became of it."""

from __future__ import annotations

import socket
import threading

import pytest
from kinds import KINDS

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS


def sent(simulator, kind):
    """The requests in order, as r (reading) and s (stop)."""
    letters = {kind.read: "r", kind.stop: "s"}
    return "".join(letters[request["meaning"]] for request in simulator.journal())


@pytest.mark.smoke
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_a_stop_whose_answer_was_lost_after_it_worked_is_read_back_and_not_sent_again(simulator, stop, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.fault(meaning=kind.stop, kind="drop_after")
    result = stop(kind, id)
    assert sent(simulator, kind) == "rsr"
    # where the service has one word for stopped and failed, nothing is claimed
    ambiguous = kind in (SPARK, GES)
    assert result["jobs"][0]["outcome"] == ("ended_first" if ambiguous else "stopped")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_a_stop_that_was_lost_before_it_worked_is_sent_again(simulator, stop, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.fault(meaning=kind.stop, kind="drop_before")
    result = stop(kind, id)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert sent(simulator, kind) == "rsrsr"
    assert [request["effect"] for request in simulator.journal(mutating=True)].count(True) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway_trouble_with_a_stop_is_resolved_by_reading(simulator, stop, status):
    id = simulator.seed("mrs")[0]["id"]
    simulator.fault(meaning=MRS.stop, kind="status", status=status, body="<html/>", content_type="text/html")
    result = stop(MRS, id)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert sent(simulator, MRS) == "rsrsr"


def test_a_stop_that_is_never_answered_and_never_works_is_a_failure_in_the_end(simulator, stop):
    id = simulator.seed("mrs")[0]["id"]
    simulator.fault(meaning=MRS.stop, kind="drop_before", times=99)
    result = stop(MRS, id, retries=2, wait_timeout=2)
    job = result["jobs"][0]
    assert (job["outcome"], job["changed"], job["status"]) == ("failed", False, "Running")
    assert job["error"]["message"].startswith("no answer: ")
    assert len(simulator.journal(mutating=True)) == 3


def test_a_stop_that_answers_too_late_is_resolved_by_reading(simulator, stop):
    id = simulator.seed("mrs_v2")[0]["id"]
    simulator.fault(meaning=MRS_V2.stop, kind="delay", seconds=10)
    result = stop(MRS_V2, id, request_timeout=1)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert len(simulator.journal(mutating=True)) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_reading_is_tried_again(simulator, stop, status):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=status, body={"error_code": "X", "error_msg": "busy"})
    assert stop(SQL, id)["jobs"][0]["outcome"] == "stopped"
    assert sent(simulator, SQL) == "rrsr"


@pytest.mark.parametrize("retry_after", ["on", "off"])
def test_throttled_stops_are_sent_again_when_the_service_says_so(simulator, stop, retry_after):
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=4)]
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=MRS_V2.stop, limit=2, window=1)
    result = stop(MRS_V2, *ids)
    assert [job["outcome"] for job in result["jobs"]] == ["stopped"] * 4
    statuses = [request["status"] for request in simulator.journal(mutating=True)]
    assert statuses.count(202) == 4
    assert 429 in statuses


def test_without_retries_a_throttled_stop_fails_in_the_words_of_the_gateway(simulator, stop):
    id = simulator.seed("mrs_v2")[0]["id"]
    simulator.throttle(meaning=MRS_V2.stop, limit=0, window=60)
    result = stop(MRS_V2, id, retries=0)
    error = result["jobs"][0]["error"]
    assert (error["code"], error["http_status"]) == ("APIGW.0308", 429)
    assert not simulator.truth("mrs_v2", id)["stopped_by_us"]


def password_login(ready, **more):
    """Options that log in with a password, and not with the token."""
    options = {"auth_url": ready["iam"], "username": ready["username"], "password": ready["password"]}
    return {**options, "domain_name": ready["domain_name"], "token": None, "project_id": None, **more}


@pytest.mark.smoke
@pytest.mark.parametrize("project", ["project_id", "project_name"])
def test_one_login_with_a_password_serves_the_whole_task(simulator, stop, project):
    id = simulator.seed("dli_sql")[0]["id"]
    result = stop(SQL, id, **password_login(simulator.ready, **{project: simulator.ready[project]}))
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = [request["meaning"] for request in simulator.journal()]
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, SQL.read]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 429, "headers": {"Retry-After": "0"}}, {"kind": "status", "status": 503}],
    ids=["throttled", "in maintenance"],
)
def test_a_login_is_tried_again_as_any_reading_is(simulator, stop, fault):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="iam.token.create", **fault)
    result = stop(SQL, id, **password_login(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    meanings = [request["meaning"] for request in simulator.journal()]
    assert meanings[:2] == ["iam.token.create", "iam.token.create"] and len(meanings) == 5


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "body", "body": None, "status": 201}, "no login at 127.0.0.1"),
        (
            {"kind": "body", "body": "null", "content_type": "application/json", "status": 201},
            "is auth_url that of IAM?",
        ),
        (
            {"kind": "body", "body": {"token": None}, "status": 201, "headers": {"X-Subject-Token": "MIIx"}},
            "is auth_url that of IAM?",
        ),
        ({"kind": "redirect", "location": "https://evil.example/v3"}, "no login at 127.0.0.1"),
        ({"kind": "status", "status": 500, "times": 9}, "HTTP 500"),
        ({"kind": "drop_before", "times": 9}, "no login at 127.0.0.1"),
    ],
)
def test_an_identity_service_that_answers_oddly_is_named(simulator, stop, fault, text):
    simulator.fault(meaning="iam.token.create", **fault)
    login = password_login(simulator.ready, project_id=simulator.ready["project_id"])
    result = stop(SQL, "x", retries=1, **login)
    assert result["failed"] and text in result["msg"], result["msg"]
    assert {request["meaning"] for request in simulator.journal()} == {"iam.token.create"}


def test_a_login_keeps_to_the_time_budget(simulator, stop):
    simulator.fault(meaning="iam.token.create", kind="delay", seconds=30, times=9)
    login = password_login(simulator.ready, project_id=simulator.ready["project_id"])
    result = stop(SQL, "x", wait_timeout=1, retries=9, **login)
    assert result["failed"] and "no login at 127.0.0.1" in result["msg"]
    assert len(simulator.journal()) <= 2


def test_no_netrc_is_read(simulator, stop, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("default login me password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    id = simulator.seed("dli_sql")[0]["id"]
    stop(SQL, id, **password_login(simulator.ready, project_id=simulator.ready["project_id"]))
    assert not [request for request in simulator.journal() if "authorization" in request["headers"]]


class BreakingProxy(threading.Thread):
    """A forward proxy that takes each request, counts it and breaks the connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.seen = []

    def run(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            with connection:
                self.seen.append(connection.recv(65536).split()[0].decode())


def test_behind_a_proxy_a_stop_whose_answer_was_lost_is_not_sent_again_blindly(simulator, stop, monkeypatch):
    from ansible_collections.dataops.huaweicloud.plugins.module_utils.services.dli import SqlJob

    id = simulator.seed("dli_sql")[0]["id"]
    proxy = BreakingProxy()
    proxy.start()
    send = SqlJob.stop

    def through_the_proxy(self, id):
        with monkeypatch.context() as for_stops:
            for_stops.setitem(vars(self.client), "_settings", {"proxies": {"http": proxy.url}})
            send(self, id)

    monkeypatch.setattr(SqlJob, "stop", through_the_proxy)
    result = stop(SQL, id, retries=2, wait_timeout=2)
    proxy.listener.close()
    assert result["jobs"][0]["outcome"] == "failed"
    assert proxy.seen == ["DELETE"] * 3
    # each further one was sent only after a reading had shown the job still active
    assert sent(simulator, SQL).startswith("rrrr")


def test_a_proxy_that_is_not_there_is_no_connection(simulator, stop, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    result = stop(SQL, "x", retries=0, allow_http=True)
    assert "no connection to the proxy: " in result["msg"], result["msg"]


def test_one_stray_404_does_not_spoil_the_other_jobs(simulator, stop):
    ids = [job["id"] for job in simulator.seed("mrs", count=4)]
    body = {"error_code": "APIGW.0103", "error_msg": "Backend not found"}
    simulator.fault(meaning=MRS.read, kind="status", status=404, body=body)
    result = stop(MRS, *ids, concurrency=1)
    assert [job["outcome"] for job in result["jobs"]].count("stopped") == 3


def test_throttling_while_reading_back_does_not_end_the_wait(simulator, stop):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=429, headers={"Retry-After": "1"}, after=1, times=2)
    assert stop(SQL, id, retries=1)["jobs"][0]["outcome"] == "stopped"


@pytest.mark.parametrize("code", ["APIGW.0601", None])
def test_a_500_of_the_gateway_leaves_open_whether_the_stop_worked(simulator, stop, code):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.stop, kind="status", status=500, body={"error_code": code, "error_msg": "internal"})
    assert stop(SQL, id)["jobs"][0]["outcome"] == "stopped"
    assert sent(simulator, SQL) == "rsrsr"


def test_a_token_that_dies_half_way_is_renewed_once_where_there_is_a_password(simulator, stop):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.stop, kind="status", status=401, body={"error_code": "APIGW.0307", "error_msg": "old"})
    result = stop(SQL, id, **password_login(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = [request["meaning"] for request in simulator.journal()]
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, "iam.token.create", SQL.stop, SQL.read]


@pytest.mark.parametrize("meaning", ["dli.sql.list", "*"], ids=["service refuses", "service and identity refuse"])
def test_a_refusal_after_the_new_login_ends_the_task_without_hammering(simulator, stop, meaning):
    ids = [str(job["id"]) for job in simulator.seed("dli_sql", count=50)]
    first = 1 if meaning == "*" else 0  # the first login succeeds
    body = {"error_code": "APIGW.0301"}
    simulator.fault(meaning=meaning, kind="status", status=401, body=body, times=999, after=first)
    result = stop(SQL, *ids, **password_login(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["failed"]
    assert {job["outcome"] for job in result["jobs"]} == {"failed"}
    meanings = [request["meaning"] for request in simulator.journal()]
    # eight requests may be in flight at once
    assert meanings.count("iam.token.create") == 2
    assert meanings.count(SQL.read) <= 16


def test_a_token_that_dies_half_way_without_a_password_leaves_an_honest_result(simulator, stop):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=401, body={"error_code": "APIGW.0307"}, after=1, times=9)
    result = stop(SQL, id)
    assert result["failed"] and result["changed"]
    assert result["jobs"][0]["outcome"] == "stop_requested"
    assert "the stop was accepted and is not confirmed (" in result["msg"]
    assert "has expired" in result["msg"] and "the job was last seen as RUNNING" in result["msg"]
    assert sent(simulator, SQL) == "rsr"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_an_expired_token_says_what_to_do(simulator, stop, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.expire_tokens()
    result = stop(kind, id, missing="ignore")
    assert result["failed"] and not result["changed"]
    assert "the token is wrong, has expired, or is of another project: get a new one" in result["msg"]
    assert sent(simulator, kind) == "r"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"password": "wrong-password"}, "check user, password"),
        ({"project_name": "no-such-project"}, "check user, password, passcode, domain and project"),
        ({"domain_name": "NoSuchDomain"}, "check user, password, passcode, domain and project"),
    ],
)
def test_a_refused_login_says_what_to_check_and_asks_once(simulator, stop, wrong, text):
    name = {"project_name": simulator.ready["project_name"]}
    result = stop(SQL, "x", **password_login(simulator.ready, **{**name, **wrong}))
    assert result["failed"] and "jobs" not in result
    assert "no login at 127.0.0.1" in result["msg"] and text in result["msg"]
    assert "wrong-password" not in str(result)
    assert [request["meaning"] for request in simulator.journal()] == ["iam.token.create"]
