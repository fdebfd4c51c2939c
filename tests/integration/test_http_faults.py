# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failed requests: which ones the module retries, and what happened to the job according to the simulator."""

from __future__ import annotations

import socket
import threading

import pytest
from job_kinds import KINDS, request_meanings

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS


def request_sequence(simulator, kind):
    """Return the order of the requests as a string: r for a reading, s for a stop."""
    letters = {kind.read: "r", kind.stop: "s"}
    return "".join(letters[request["meaning"]] for request in simulator.journal())


@pytest.mark.smoke
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_lost_stop_answer_is_not_claimed(simulator, run_stop_module, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.fault(meaning=kind.stop, kind="drop_after")
    result = run_stop_module(kind, id)
    assert request_sequence(simulator, kind) == "rsr"
    # some services have one status for stopped and failed jobs: no stop is claimed
    ambiguous = kind in (SPARK, GES)
    assert result["jobs"][0]["outcome"] == ("ended_first" if ambiguous else "stopped")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_lost_stop_request_is_repeated(simulator, run_stop_module, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.fault(meaning=kind.stop, kind="drop_before")
    result = run_stop_module(kind, id)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert request_sequence(simulator, kind) == "rsrsr"
    assert [request["effect"] for request in simulator.journal(mutating=True)].count(True) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway_error_on_stop_is_resolved(simulator, run_stop_module, status):
    id = simulator.seed("mrs")[0]["id"]
    simulator.fault(meaning=MRS.stop, kind="status", status=status, body="<html/>", content_type="text/html")
    result = run_stop_module(MRS, id)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert request_sequence(simulator, MRS) == "rsrsr"


def test_unanswered_stop_fails(simulator, run_stop_module):
    id = simulator.seed("mrs")[0]["id"]
    simulator.fault(meaning=MRS.stop, kind="drop_before", times=99)
    result = run_stop_module(MRS, id, retries=2, wait_timeout=2)
    job = result["jobs"][0]
    assert (job["outcome"], job["changed"], job["status"]) == ("failed", False, "Running")
    assert job["error"]["message"].startswith("No response: ")
    assert len(simulator.journal(mutating=True)) == 3


def test_late_stop_answer_is_resolved(simulator, run_stop_module):
    id = simulator.seed("mrs_v2")[0]["id"]
    simulator.fault(meaning=MRS_V2.stop, kind="delay", seconds=10)
    result = run_stop_module(MRS_V2, id, request_timeout=1)
    assert result["jobs"][0]["outcome"] == "stopped"
    assert len(simulator.journal(mutating=True)) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_failed_read_is_retried(simulator, run_stop_module, status):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=status, body={"error_code": "X", "error_msg": "busy"})
    assert run_stop_module(SQL, id)["jobs"][0]["outcome"] == "stopped"
    assert request_sequence(simulator, SQL) == "rrsr"


@pytest.mark.parametrize("retry_after", ["on", "off"])
def test_throttled_stops_are_retried(simulator, run_stop_module, retry_after):
    ids = [job["id"] for job in simulator.seed("mrs_v2", count=4)]
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=MRS_V2.stop, limit=2, window=1)
    result = run_stop_module(MRS_V2, *ids)
    assert [job["outcome"] for job in result["jobs"]] == ["stopped"] * 4
    statuses = [request["status"] for request in simulator.journal(mutating=True)]
    assert statuses.count(202) == 4
    assert 429 in statuses


def test_throttled_stop_fails_without_retries(simulator, run_stop_module):
    id = simulator.seed("mrs_v2")[0]["id"]
    simulator.throttle(meaning=MRS_V2.stop, limit=0, window=60)
    result = run_stop_module(MRS_V2, id, retries=0)
    error = result["jobs"][0]["error"]
    assert (error["code"], error["http_status"]) == ("APIGW.0308", 429)
    assert not simulator.truth("mrs_v2", id)["stopped_by_us"]


def password_options(ready, **more):
    """Return options that authenticate with a password instead of the token."""
    options = {"auth_url": ready["iam"], "username": ready["username"], "password": ready["password"]}
    return {**options, "domain_name": ready["domain_name"], "token": None, "project_id": None, **more}


@pytest.mark.smoke
@pytest.mark.parametrize("project", ["project_id", "project_name"])
def test_password_login_happens_once(simulator, run_stop_module, project):
    id = simulator.seed("dli_sql")[0]["id"]
    result = run_stop_module(SQL, id, **password_options(simulator.ready, **{project: simulator.ready[project]}))
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = request_meanings(simulator)
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, SQL.read]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 429, "headers": {"Retry-After": "0"}}, {"kind": "status", "status": 503}],
    ids=["throttled", "in maintenance"],
)
def test_failed_login_is_retried(simulator, run_stop_module, fault):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="iam.token.create", **fault)
    result = run_stop_module(SQL, id, **password_options(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    meanings = request_meanings(simulator)
    assert meanings[:2] == ["iam.token.create", "iam.token.create"] and len(meanings) == 5


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "body", "body": None, "status": 201}, "Login at 127.0.0.1"),
        (
            {"kind": "body", "body": "null", "content_type": "application/json", "status": 201},
            "failed: the response contains no token of a project. Check that auth_url is the address of IAM.",
        ),
        (
            {"kind": "body", "body": {"token": None}, "status": 201, "headers": {"X-Subject-Token": "MIIx"}},
            "failed: the response contains no token of a project. Check that auth_url is the address of IAM.",
        ),
        ({"kind": "redirect", "location": "https://evil.example/v3"}, "Login at 127.0.0.1"),
        ({"kind": "status", "status": 500, "times": 9}, "HTTP 500"),
        ({"kind": "drop_before", "times": 9}, "Login at 127.0.0.1"),
    ],
)
def test_invalid_iam_answer_is_reported(simulator, run_stop_module, fault, text):
    simulator.fault(meaning="iam.token.create", **fault)
    login = password_options(simulator.ready, project_id=simulator.ready["project_id"])
    result = run_stop_module(SQL, "x", retries=1, **login)
    assert result["failed"] and text in result["msg"], result["msg"]
    assert {request["meaning"] for request in simulator.journal()} == {"iam.token.create"}


def test_login_respects_the_deadline(simulator, run_stop_module):
    simulator.fault(meaning="iam.token.create", kind="delay", seconds=30, times=9)
    login = password_options(simulator.ready, project_id=simulator.ready["project_id"])
    result = run_stop_module(SQL, "x", wait_timeout=1, retries=9, **login)
    assert result["failed"] and "Login at 127.0.0.1" in result["msg"]
    assert len(simulator.journal()) <= 2


def test_netrc_is_not_read(simulator, run_stop_module, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("default login me password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    id = simulator.seed("dli_sql")[0]["id"]
    run_stop_module(SQL, id, **password_options(simulator.ready, project_id=simulator.ready["project_id"]))
    assert not [request for request in simulator.journal() if "authorization" in request["headers"]]


class BreakingProxy(threading.Thread):
    """A forward proxy that records each request and closes the connection."""

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


def test_broken_proxy_repeats_no_stop_blindly(simulator, run_stop_module, monkeypatch):
    from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.dli import SqlJobApi

    id = simulator.seed("dli_sql")[0]["id"]
    proxy = BreakingProxy()
    proxy.start()
    send = SqlJobApi.stop

    def through_the_proxy(self, id):
        with monkeypatch.context() as for_stops:
            for_stops.setitem(vars(self.client), "_settings", {"proxies": {"http": proxy.url}})
            send(self, id)

    monkeypatch.setattr(SqlJobApi, "stop", through_the_proxy)
    result = run_stop_module(SQL, id, retries=2, wait_timeout=2)
    proxy.listener.close()
    assert result["jobs"][0]["outcome"] == "failed"
    assert proxy.seen == ["DELETE"] * 3
    # the module repeated the stop only after a reading that showed an active job
    assert request_sequence(simulator, SQL).startswith("rrrr")


def test_missing_proxy_is_reported(simulator, run_stop_module, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    result = run_stop_module(SQL, "x", retries=0, allow_http=True)
    assert "No connection to the proxy: " in result["msg"], result["msg"]


def test_stray_404_fails_only_one_job(simulator, run_stop_module):
    ids = [job["id"] for job in simulator.seed("mrs", count=4)]
    body = {"error_code": "APIGW.0103", "error_msg": "Backend not found"}
    simulator.fault(meaning=MRS.read, kind="status", status=404, body=body)
    result = run_stop_module(MRS, *ids, concurrency=1)
    assert [job["outcome"] for job in result["jobs"]].count("stopped") == 3


def test_throttled_read_back_keeps_waiting(simulator, run_stop_module):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=429, headers={"Retry-After": "1"}, after=1, times=2)
    assert run_stop_module(SQL, id, retries=1)["jobs"][0]["outcome"] == "stopped"


@pytest.mark.parametrize("code", ["APIGW.0601", None])
def test_gateway_500_on_stop_is_resolved(simulator, run_stop_module, code):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.stop, kind="status", status=500, body={"error_code": code, "error_msg": "internal"})
    assert run_stop_module(SQL, id)["jobs"][0]["outcome"] == "stopped"
    assert request_sequence(simulator, SQL) == "rsrsr"


def test_expired_token_is_renewed_once(simulator, run_stop_module):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.stop, kind="status", status=401, body={"error_code": "APIGW.0307", "error_msg": "old"})
    result = run_stop_module(SQL, id, **password_options(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = request_meanings(simulator)
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, "iam.token.create", SQL.stop, SQL.read]


@pytest.mark.parametrize("meaning", ["dli.sql.list", "*"], ids=["service refuses", "service and identity refuse"])
def test_repeated_refusal_ends_the_task(simulator, run_stop_module, meaning):
    ids = [str(job["id"]) for job in simulator.seed("dli_sql", count=50)]
    first = 1 if meaning == "*" else 0  # the first login succeeds
    body = {"error_code": "APIGW.0301"}
    simulator.fault(meaning=meaning, kind="status", status=401, body=body, times=999, after=first)
    result = run_stop_module(SQL, *ids, **password_options(simulator.ready, project_id=simulator.ready["project_id"]))
    assert result["failed"]
    assert {job["outcome"] for job in result["jobs"]} == {"failed"}
    meanings = request_meanings(simulator)
    # at most eight requests run at once
    assert meanings.count("iam.token.create") == 2
    assert meanings.count(SQL.read) <= 16


def test_expired_token_keeps_partial_result(simulator, run_stop_module):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning=SQL.read, kind="status", status=401, body={"error_code": "APIGW.0307"}, after=1, times=9)
    result = run_stop_module(SQL, id)
    assert result["failed"] and result["changed"]
    assert result["jobs"][0]["outcome"] == "stop_requested"
    assert "The stop was accepted but not confirmed: The credentials were refused: " in result["msg"]
    assert "has expired" in result["msg"] and "The last status is RUNNING." in result["msg"]
    assert request_sequence(simulator, SQL) == "rsr"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_expired_token_is_explained(simulator, run_stop_module, kind):
    id = simulator.seed(kind.service)[0]["id"]
    simulator.expire_tokens()
    result = run_stop_module(kind, id, missing="ignore")
    assert result["failed"] and not result["changed"]
    assert "The token is invalid, has expired or belongs to another project. Get a new token" in result["msg"]
    assert request_sequence(simulator, kind) == "r"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"password": "wrong-password"}, "Check user, password"),
        ({"project_name": "no-such-project"}, "Check user, password, passcode, domain and project"),
        ({"domain_name": "NoSuchDomain"}, "Check user, password, passcode, domain and project"),
    ],
)
def test_refused_login_is_not_repeated(simulator, run_stop_module, wrong, text):
    name = {"project_name": simulator.ready["project_name"]}
    result = run_stop_module(SQL, "x", **password_options(simulator.ready, **{**name, **wrong}))
    assert result["failed"] and "jobs" not in result
    assert "Login at 127.0.0.1" in result["msg"] and text in result["msg"]
    assert "wrong-password" not in str(result)
    assert request_meanings(simulator) == ["iam.token.create"]
