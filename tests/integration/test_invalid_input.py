# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid options and responses: the messages name the option and the reason."""

from __future__ import annotations

import pytest
from job_kinds import KINDS

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS


def run_failing_tasks(run_playbook, tasks, **more):
    """Run tasks that may all fail, and return the result of each."""
    playbook_run = run_playbook([{"ignore_errors": True, **task} for task in tasks], **more)
    assert len(playbook_run.results) == len(tasks), playbook_run.stdout
    return playbook_run.results


def task_for(module, **options):
    """Return a task that calls a module."""
    return {"name": module, f"dataops.huaweicloud.{module}": options}


BAD_IDS = {
    "": "job_ids must not be empty.",
    ".": "job_ids must not be '.', which refers to another path.",
    "..": "job_ids must not be '..', which refers to another path.",
    " x": "job_ids must not begin or end with a space: ' x'.",
    "x\n": "job_ids must not begin or end with a space: 'x\\n'.",
    "a\x00b": "job_ids must not contain control characters or invisible characters: 'a\\x00b'.",
    "a\x1bb": "job_ids must not contain control characters or invisible characters: 'a\\x1bb'.",
    "a\u200bb": "job_ids must not contain control characters or invisible characters: 'a\\u200bb'.",
    "a\u202eb": "job_ids must not contain control characters or invisible characters: 'a\\u202eb'.",
}


def test_invalid_ids_are_refused(simulator, run_playbook):
    tasks = [task_for("dli_job", job_ids=["good", id]) for id in BAD_IDS]
    tasks += [task_for(kind.module, **{kind.ids_option: [".."]}, **kind.options(simulator.ready)) for kind in KINDS]
    results = run_failing_tasks(run_playbook, tasks)
    for result, message in zip(results, BAD_IDS.values()):
        assert result["failed"]
        assert result["msg"] == message
    for result, kind in zip(results[len(BAD_IDS) :], KINDS):
        assert result["msg"] == f"{kind.ids_option} must not be '..', which refers to another path."
    assert simulator.journal() == []


@pytest.mark.parametrize("kind", [MRS, MRS_V2, CDM, SQL, SPARK, GES], ids=str)
def test_unusual_id_stays_one_path_segment(simulator, run_stop_module, kind):
    ids = ["a/b", "..%2f..", "a%2Fb", "j\u00f6b \u540d", "a b", "a?b#c", "x;y", "1,2", "{id}"]
    for id in ids:
        simulator.seed(kind.service, id=id)
    simulator.clear_journal()
    result = run_stop_module(kind, *ids)
    assert [job["id"] for job in result["jobs"]] == ids
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    assert all(simulator.truth(kind.service, id)["stopped_by_us"] for id in ids)


INVALID_OPTIONS = [
    (task_for("dli_job", job_id="x", wait_timeout=0), "wait_timeout must be at least 1, not 0"),
    (task_for("dli_job", job_id="x", wait_sleep=0), "wait_sleep must be at least 0.01, not 0.0"),
    (task_for("dli_job", job_id="x", wait_sleep=-1), "wait_sleep must be at least 0.01, not -1.0"),
    (task_for("dli_job", job_id="x", concurrency=0), "concurrency must be between 1 and 64, not 0"),
    (task_for("dli_job", job_id="x", concurrency=65), "concurrency must be between 1 and 64, not 65"),
    (task_for("dli_job", job_id="x", retries=-1), "retries must be at least 0, not -1"),
    (task_for("dli_job", job_id="x", request_timeout=0), "request_timeout must be at least 1, not 0"),
    (task_for("dli_job", job_id="x", client_key="/k"), "client_key is set without client_cert"),
    (task_for("dli_job", job_id="x", project_id=".."), "project_id must not be '..', which refers to another path"),
    (task_for("dli_job", kind="flink", job_id="abc"), "job_ids contains 'abc'. The ids of Flink jobs are numbers."),
    (task_for("cdm_job", cluster_id="", job_name="x"), "cluster_id must not be empty"),
    (task_for("mrs_job_execution", cluster_id="", id="x"), "cluster_id must not be empty"),
    (task_for("ges_job", graph_name="..", job_id="x"), "graph_name must not be '..', which refers to another path"),
    (
        task_for("ges_job", graph_name="g", job_id="x", graph_address="10.0.0.1"),
        "graph_address must be a URL such as https://host or https://host/path.",
    ),
    (
        task_for("dli_job", job_id="x", endpoint="https://me:pass@host"),
        "endpoint must be a URL such as https://host or https://host/path.",
    ),
    (
        task_for("dli_job", job_id="x", endpoint="http://a..b"),
        "endpoint must be a URL such as https://host or https://host/path.",
    ),
    (
        task_for("dli_job", job_id="x", endpoint="https://host:port"),
        "endpoint must be a URL such as https://host or https://host/path.",
    ),
    (task_for("dli_job", token="x"), "missing required arguments: job_ids"),
    (task_for("dli_job", job_id="x", state="absent"), "value of state must be one of: cancelled, got: absent"),
    (
        task_for("cdm_job", cluster_id="c", job_name="x", state="cancelled"),
        "must be one of: stopped, got: cancelled",
    ),
]


def test_invalid_options_are_refused(simulator, run_playbook):
    results = run_failing_tasks(run_playbook, [task for task, _message in INVALID_OPTIONS])
    for result, (task, message) in zip(results, INVALID_OPTIONS):
        assert result["failed"], task
        assert message in result["msg"], task
    assert simulator.journal() == []


def test_error_names_endpoint_variable(simulator, run_playbook):
    variables = {"HW_ENDPOINT": "somewhere", "HW_AUTH_TOKEN": "tok-en", "HW_PROJECT_ID": "p"}
    (result,) = run_failing_tasks(run_playbook, [task_for("dli_job", job_id="x")], variables=variables)
    assert "endpoint (from HW_ENDPOINT) must be a URL" in result["msg"]


@pytest.mark.smoke
def test_invalid_credentials_are_refused(simulator, run_playbook):
    cases = [
        ({}, "No credentials found: set token, or username, password and domain_name, or access_key"),
        (
            {"token": "t0", "password": "p0", "project_id": "p"},
            "Conflicting credentials: token and password are set. Set only one.",
        ),
        ({"token": "t0"}, "Incomplete credentials: token is set without project_id or auth_url or region"),
        (
            {"username": "u0"},
            "Incomplete credentials: username is set without password and domain_name or domain_id or user_id and",
        ),
        ({"access_key": "k0", "region": "r"}, "Incomplete credentials: access_key is set without secret_key"),
        ({"cloud": "none"}, "Cannot read any cloud from clouds.yaml"),
    ]
    tasks = [task_for("dli_job", job_id="x", endpoint=simulator.ready["dli"], **options) for options, _message in cases]
    results = run_failing_tasks(run_playbook, tasks, variables={"HW_AUTH_TOKEN": "", "OS_PASSWORD": ""})
    for result, (_options, message) in zip(results, cases):
        assert message in result["msg"]
        assert not {"t0", "p0"} & set(result["msg"].split())
    assert simulator.journal() == []


def test_conflict_names_its_variables(simulator, run_playbook):
    variables = {"OS_TOKEN": "t0", "HW_USER_PASSWORD": "p0", "HW_REGION_NAME": "eu-de"}
    (result,) = run_failing_tasks(run_playbook, [task_for("dli_job", job_id="x")], variables=variables)
    names = "token (from OS_TOKEN) and password (from HW_USER_PASSWORD)"
    assert result["msg"] == f"Conflicting credentials: {names} are set. Set only one."


def test_missing_region_and_endpoint_fails(simulator, run_playbook):
    (result,) = run_failing_tasks(
        run_playbook, [task_for("dli_job", job_id="x", token="t0", project_id="p")], variables={}
    )
    assert result["msg"] == "Cannot determine the DLI endpoint: set region or endpoint."


@pytest.mark.parametrize(
    "options",
    [
        {"region": "evil.example/"},
        {"region": "eu-de", "cloud_domain": "https://otc.t-systems.com"},
        {"region": "eu-de", "cloud_domain": ""},
        {"region": "eu-de.", "cloud_domain": "otc.t-systems.com"},
        {"region": "me@evil"},
    ],
)
def test_invalid_host_name_is_refused(simulator, run_stop_module, options):
    result = run_stop_module(SQL, "x", endpoint=None, **options)
    assert result["msg"].startswith("Cannot determine the DLI endpoint: region and cloud_domain result in ")
    assert result["msg"].endswith(", which is not a host name.")


@pytest.mark.parametrize("token", ["MIISECRET\n", " MIISECRET", "MII SECRET", "MIISECRET\u2026"])
def test_malformed_token_is_not_shown(simulator, run_playbook, token):
    (result,) = run_failing_tasks(run_playbook, [task_for("dli_job", job_id="x", token=token)])
    assert result["msg"] == "The token contains a space, a line break or another character that is not valid."
    assert "SECRET" not in str(result)
    assert simulator.journal() == []


def test_unreachable_hosts_are_reported(simulator, run_playbook):
    plain = simulator.ready["dli"]
    common = {"job_id": "x", "retries": 0}
    cases = [
        ({"endpoint": "http://127.0.0.1:9"}, "No connection to the service: ", "Connection refused"),
        ({"endpoint": "https://nowhere.invalid"}, "No connection to the service: ", "nowhere.invalid"),
        ({"endpoint": plain.replace("http", "https")}, "No secure connection: ", "SSL"),
        ({"endpoint": f"{plain}/elsewhere"}, "APIGW.0101", "HTTP 404"),
    ]
    results = run_failing_tasks(
        run_playbook, [task_for("dli_job", **common, **options) for options, _begin, _end in cases]
    )
    for result, (options, begin, end) in zip(results, cases):
        assert result["failed"], options
        assert begin in result["msg"] and end in result["msg"], result["msg"]
        assert result["jobs"][0]["outcome"] == "failed"
        assert "GET " in result["msg"]


RESPONSES = [
    (
        {"kind": "body", "body": "<html>Service</html>", "content_type": "text/html", "status": 200},
        "The response (text/html) is not JSON (GET 127.0.0.1…]. Check the endpoint.",
    ),
    (
        {"kind": "body", "body": "<html>secret page</html>", "content_type": "text/html", "status": 404},
        "Not Found. The response (text/html) is not JSON (GET 127.0.0.1",
    ),
    (
        {"kind": "redirect", "location": "https://login.example/x?y=z"},
        "The service redirects to login.example (GET 127.0.0.1…]. Redirects are not followed. Check the endpoint.",
    ),
    (
        {"kind": "body", "body": "{not", "content_type": "application/json", "status": 200},
        "The response (application/json) is not JSON (GET 127.0.0.1…]. Check the endpoint.",
    ),
    (
        {"kind": "redirect", "location": "https://me:secret page@login.example/x"},
        "The service redirects to login.example (GET 127.0.0.1…]. Redirects are not followed. Check the endpoint.",
    ),
    (
        {"kind": "redirect", "location": "me:secret@login.example/x"},
        "The service redirects to login.example (GET 127.0.0.1…]. Redirects are not followed. Check the endpoint.",
    ),
    (
        {"kind": "redirect", "location": "http://[::1"},
        "The service redirects to [::1 (GET 127.0.0.1…]. Redirects are not followed. Check the endpoint.",
    ),
    ({"kind": "status", "status": 418, "body": {}}, "HTTP 418"),
    (
        {"kind": "body", "body": [], "status": 200, "times": 2},
        "The response cannot be used: it has no JSON object (GET 127.0.0.1",
    ),
]


@pytest.mark.parametrize(
    ("fault", "message"), RESPONSES, ids=lambda item: item.get("kind") if isinstance(item, dict) else ""
)
def test_invalid_responses_are_reported(simulator, run_stop_module, fault, message):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="dli.sql.status", **fault)
    result = run_stop_module(SQL, id, retries=1)
    assert result["failed"]
    assert all(part in result["msg"] for part in message.split("…")), result["msg"]
    assert "secret page" not in str(result)
    assert simulator.journal(mutating=True) == []


def test_wrong_project_fails_the_job(simulator, run_playbook):
    foreign = simulator.ready["foreign_project_id"]
    tasks = [
        task_for(
            kind.module,
            **{kind.ids_option: ["1"]},
            **kind.options(simulator.ready),
            project_id=foreign,
            missing="ignore",
        )
        for kind in KINDS
    ]
    for result, kind in zip(run_failing_tasks(run_playbook, tasks), KINDS):
        assert result["failed"], kind
        assert result["jobs"][0]["outcome"] == "failed"
        assert result["jobs"][0]["error"]["http_status"] in (400, 401, 403)
    assert simulator.journal(mutating=True) == []


def test_unknown_cluster_is_not_missing_job(simulator, run_playbook):
    ready = simulator.ready
    tasks = [
        task_for("mrs_job_execution", id="x", cluster_id="no-such-cluster", missing="ignore"),
        task_for("cdm_job", job_name="x", cluster_id="no-such-cluster", missing="ignore"),
        task_for("ges_job", job_id="x", graph_name="nograph", graph_address=ready["ges_service"], missing="ignore"),
    ]
    for result in run_failing_tasks(run_playbook, tasks):
        assert result["failed"]
        assert result["jobs"][0]["outcome"] == "failed"
