# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be used is refused with a message that says what and why, before anything is sent."""

from __future__ import annotations

import pytest
from kinds import KINDS

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS


def results_of(play, tasks, **more):
    """Play tasks that may all fail, and return each one's result."""
    played = play([{"ignore_errors": True, **task} for task in tasks], **more)
    assert len(played.results) == len(tasks), played.stdout
    return played.results


def one(module, **options):
    return {"name": module, f"dataops.huaweicloud.{module}": options}


BAD_IDS = {
    "": "which is empty",
    ".": "which would name another path",
    "..": "which would name another path",
    " x": "which begins or ends with a blank",
    "x\n": "which begins or ends with a blank",
    "a\x00b": "a control character",
    "a\x1bb": "a control character",
    "a\u200bb": "an invisible one",
    "a\u202eb": "an invisible one",
}


def test_ids_that_can_be_no_job_are_refused_before_anything_is_sent(simulator, play):
    tasks = [one("dli_job", job_ids=["good", id]) for id in BAD_IDS]
    tasks += [one(kind.module, **{kind.ids: [".."]}, **kind.options(simulator.ready)) for kind in KINDS]
    results = results_of(play, tasks)
    for result, (id, reason) in zip(results, BAD_IDS.items()):
        assert result["failed"]
        assert result["msg"] == f"job_ids holds {id!r}, {result['msg'].partition(', ')[2]}"
        assert reason in result["msg"]
    for result, kind in zip(results[len(BAD_IDS) :], KINDS):
        assert result["msg"] == f"{kind.ids} holds '..', which would name another path"
    assert simulator.journal() == []


@pytest.mark.parametrize("kind", [MRS, MRS_V2, CDM, SQL, SPARK, GES], ids=lambda kind: kind.service)
def test_an_id_with_any_other_character_stays_one_segment_of_the_path(simulator, stop, kind):
    ids = ["a/b", "..%2f..", "a%2Fb", "j\u00f6b \u540d", "a b", "a?b#c", "x;y", "1,2", "{id}"]
    for id in ids:
        simulator.seed(kind.service, id=id)
    simulator.clear_journal()
    result = stop(kind, *ids)
    assert [job["id"] for job in result["jobs"]] == ids
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    assert all(simulator.truth(kind.service, id)["stopped_by_us"] for id in ids)


def test_other_options_that_cannot_be_used(simulator, play):
    cases = [
        (one("dli_job", job_id="x", wait_timeout=0), "wait_timeout must be at least 1, not 0"),
        (one("dli_job", job_id="x", wait_sleep=0), "wait_sleep must be at least 0.01, not 0.0"),
        (one("dli_job", job_id="x", wait_sleep=-1), "wait_sleep must be at least 0.01, not -1.0"),
        (one("dli_job", job_id="x", concurrency=0), "concurrency must be from 1 to 64, not 0"),
        (one("dli_job", job_id="x", concurrency=65), "concurrency must be from 1 to 64, not 65"),
        (one("dli_job", job_id="x", retries=-1), "retries must be at least 0, not -1"),
        (one("dli_job", job_id="x", request_timeout=0), "request_timeout must be at least 1, not 0"),
        (one("dli_job", job_id="x", client_key="/k"), "client_key is given, but client_cert is missing"),
        (one("dli_job", job_id="x", project_id=".."), "project_id holds '..', which would name another path"),
        (one("dli_job", kind="flink", job_id="abc"), "job_ids holds 'abc', but the ids of Flink jobs are numbers"),
        (one("cdm_job", cluster_id="", job_name="x"), "cluster_id holds '', which is empty"),
        (one("mrs_job_execution", cluster_id="", id="x"), "cluster_id holds '', which is empty"),
        (one("ges_job", graph_name="..", job_id="x"), "graph_name holds '..', which would name another path"),
        (
            one("ges_job", graph_name="g", job_id="x", graph_address="10.0.0.1"),
            "graph_address must be a URL of scheme, host and perhaps path: https://host",
        ),
        (
            one("dli_job", job_id="x", endpoint="https://me:pass@host"),
            "endpoint must be a URL of scheme, host and perhaps path: https://host",
        ),
        (
            one("dli_job", job_id="x", endpoint="http://a..b"),
            "endpoint must be a URL of scheme, host and perhaps path: https://host",
        ),
        (
            one("dli_job", job_id="x", endpoint="https://host:port"),
            "endpoint must be a URL of scheme, host and perhaps path: https://host",
        ),
        (one("dli_job", token="x"), "missing required arguments: job_ids"),
        (one("dli_job", job_id="x", state="absent"), "value of state must be one of: cancelled, got: absent"),
        (one("cdm_job", cluster_id="c", job_name="x", state="cancelled"), "must be one of: stopped, got: cancelled"),
    ]
    results = results_of(play, [task for task, _message in cases])
    for result, (task, message) in zip(results, cases):
        assert result["failed"], task
        assert message in result["msg"], task
    assert simulator.journal() == []


def test_an_endpoint_from_the_environment_is_named_as_such(simulator, play):
    variables = {"HW_ENDPOINT": "somewhere", "HW_AUTH_TOKEN": "tok-en", "HW_PROJECT_ID": "p"}
    (result,) = results_of(play, [one("dli_job", job_id="x")], variables=variables)
    assert "endpoint (from HW_ENDPOINT) must be a URL" in result["msg"]


@pytest.mark.smoke
def test_credentials_that_contradict_each_other_or_are_not_there(simulator, play):
    cases = [
        ({}, "No way to log in is given: set token, or username, password and domain_name, or access_key"),
        ({"token": "t0", "password": "p0", "project_id": "p"}, "token and password are 2 ways to log in"),
        ({"token": "t0"}, "token is given without project_id or auth_url or region"),
        ({"username": "u0"}, "username is given without password and domain_name or domain_id or user_id and"),
        ({"access_key": "k0", "region": "r"}, "access_key is given without secret_key"),
        ({"cloud": "none"}, "no clouds can be read from clouds.yaml"),
    ]
    tasks = [one("dli_job", job_id="x", endpoint=simulator.ready["dli"], **options) for options, _message in cases]
    results = results_of(play, tasks, variables={"HW_AUTH_TOKEN": "", "OS_PASSWORD": ""})
    for result, (_options, message) in zip(results, cases):
        assert message in result["msg"]
        assert not {"t0", "p0"} & set(result["msg"].split())
    assert simulator.journal() == []


def test_a_contradiction_names_the_variables_that_it_came_from(simulator, play):
    variables = {"OS_TOKEN": "t0", "HW_USER_PASSWORD": "p0", "HW_REGION_NAME": "eu-de"}
    (result,) = results_of(play, [one("dli_job", job_id="x")], variables=variables)
    assert "token (from OS_TOKEN) and password (from HW_USER_PASSWORD) are 2 ways to log in" in result["msg"]


def test_without_endpoint_and_region_nobody_knows_where_the_service_is(simulator, play):
    (result,) = results_of(play, [one("dli_job", job_id="x", token="t0", project_id="p")], variables={})
    assert "where dli is cannot be told: set region, or endpoint" in result["msg"]


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
def test_a_region_and_a_domain_that_make_no_host_are_refused(simulator, stop, options):
    result = stop(SQL, "x", endpoint=None, **options)
    assert "region and cloud_domain give" in result["msg"] and "which is no name of a host" in result["msg"]


@pytest.mark.parametrize("token", ["MIISECRET\n", " MIISECRET", "MII SECRET", "MIISECRET\u2026"])
def test_a_token_that_none_can_be_is_refused_and_not_shown(simulator, play, token):
    (result,) = results_of(play, [one("dli_job", job_id="x", token=token)])
    assert "the token holds a blank, a line break or another character that no token has" in result["msg"]
    assert "SECRET" not in str(result)
    assert simulator.journal() == []


def test_hosts_that_do_not_answer_as_they_should(simulator, play):
    plain = simulator.ready["dli"]
    common = {"job_id": "x", "retries": 0}
    cases = [
        ({"endpoint": "http://127.0.0.1:9"}, "no connection: ", "Connection refused"),
        ({"endpoint": "https://nowhere.invalid"}, "no connection: ", "nowhere.invalid"),
        ({"endpoint": plain.replace("http", "https")}, "no secure connection: ", "SSL"),
        ({"endpoint": f"{plain}/elsewhere"}, "APIGW.0101", "HTTP 404"),
    ]
    results = results_of(play, [one("dli_job", **common, **options) for options, _begin, _end in cases])
    for result, (options, begin, end) in zip(results, cases):
        assert result["failed"], options
        assert begin in result["msg"] and end in result["msg"], result["msg"]
        assert result["jobs"][0]["outcome"] == "failed"
        assert "GET " in result["msg"]


WIRE = [
    (
        {"kind": "body", "body": "<html>Service</html>", "content_type": "text/html", "status": 200},
        "the answer is not JSON (text/html): is the endpoint right? (GET 127.0.0.1",
    ),
    (
        {"kind": "body", "body": "<html>secret page</html>", "content_type": "text/html", "status": 404},
        "Not Found; the answer is not JSON (text/html) (GET 127.0.0.1",
    ),
    (
        {"kind": "redirect", "location": "https://login.example/x?y=z"},
        "the answer is a redirection to login.example, which is never followed",
    ),
    (
        {"kind": "body", "body": "{not", "content_type": "application/json", "status": 200},
        "the answer is not JSON (application/json): is the endpoint right?",
    ),
    (
        {"kind": "redirect", "location": "https://me:secret page@login.example/x"},
        "the answer is a redirection to login.example, which is never followed",
    ),
    (
        {"kind": "redirect", "location": "me:secret@login.example/x"},
        "the answer is a redirection to login.example, which is never followed",
    ),
    ({"kind": "redirect", "location": "http://[::1"}, "the address, or that of the proxy, is none"),
    ({"kind": "status", "status": 418, "body": {}}, "HTTP 418"),
    ({"kind": "body", "body": [], "status": 200}, "the answer has no JSON object"),
]


@pytest.mark.parametrize(
    ("fault", "message"), WIRE, ids=lambda item: item.get("kind") if isinstance(item, dict) else ""
)
def test_answers_that_are_none_say_what_came_and_from_where(simulator, stop, fault, message):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="dli.sql.status", **fault)
    result = stop(SQL, id)
    assert result["failed"]
    assert message in result["msg"], result["msg"]
    assert "secret page" not in str(result)
    assert simulator.journal(mutating=True) == []


def test_a_wrong_project_is_refused_in_the_words_of_the_service(simulator, play):
    foreign = simulator.ready["foreign_project_id"]
    tasks = [
        one(kind.module, **{kind.ids: ["1"]}, **kind.options(simulator.ready), project_id=foreign, missing="ignore")
        for kind in KINDS
    ]
    for result, kind in zip(results_of(play, tasks), KINDS):
        assert result["failed"], kind
        assert result["jobs"][0]["outcome"] == "failed"
        assert result["jobs"][0]["error"]["http_status"] in (400, 401, 403)
    assert simulator.journal(mutating=True) == []


def test_an_unknown_cluster_or_graph_is_no_missing_job(simulator, play):
    ready = simulator.ready
    tasks = [
        one("mrs_job_execution", id="x", cluster_id="no-such-cluster", missing="ignore"),
        one("cdm_job", job_name="x", cluster_id="no-such-cluster", missing="ignore"),
        one("ges_job", job_id="x", graph_name="nograph", graph_address=ready["ges_service"], missing="ignore"),
    ]
    for result in results_of(play, tasks):
        assert result["failed"]
        assert result["jobs"][0]["outcome"] == "failed"
