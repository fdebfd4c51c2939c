# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to log in, by what is in the environment: how many requests it takes, and what it is refused for."""

from __future__ import annotations

import pathlib

import pytest
from kinds import KINDS
from ways import AGENCY, AWX, CLOUD, CLOUDS, KEY, PASSWORD, PROFILE, TEMPORARY, TOKEN, WAYS, profile

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
STOPPED = [SQL.read, SQL.stop, SQL.read]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_one_task_logs_in_once_and_stops_its_job(enter, run, way):
    enter(way)
    result, asked = run()
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert asked == [*way.requests, *STOPPED]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
@pytest.mark.parametrize("way", [KEY, TEMPORARY, PASSWORD], ids=lambda way: way.name)
def test_every_service_accepts_it(simulator, enter, run, kind, way):
    simulator.switches(ges_authentication="token_or_signature")
    enter(way)
    result, _asked = run(kind)
    assert result["jobs"][0]["outcome"] == "stopped", result


def test_a_graph_that_takes_only_tokens_is_named_as_a_reason(enter, run):
    enter(KEY)
    result, asked = run(GES)
    assert "graphs of GES may take tokens only" in result["msg"] and asked == [GES.read]


REAL = [TOKEN, PASSWORD, CLOUDS, PROFILE, AGENCY, *(pytest.param(way, marks=pytest.mark.smoke) for way in (AWX, KEY))]


@pytest.mark.parametrize("way", REAL, ids=lambda way: way.name)
def test_real_ansible_finds_it_in_the_environment_and_in_the_home(simulator, ad_hoc, environment, way, request):
    variables = way.enter(simulator.ready, pathlib.Path(environment["HOME"]))
    if way.agency:
        variables |= request.getfixturevalue("metadata").variables
    ran = ad_hoc("dli_job", f"job_id={simulator.ready['examples']['dli_sql_job_id']}", variables=variables)
    assert ran.code == 0 and "stopped" in ran.outcomes.values(), ran.output


CATALOG = {"HW_ENDPOINT": None}


@pytest.mark.parametrize("way", [TOKEN, PASSWORD, CLOUD], ids=lambda way: way.name)
@pytest.mark.parametrize("kind", [MRS, MRS_V2], ids=lambda kind: kind.service)
def test_without_an_endpoint_the_catalog_of_the_token_says_where_the_service_is(enter, run, kind, way):
    enter(way, **CATALOG)
    result, asked = run(kind)
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert asked[1:] == [kind.read, kind.stop, kind.read]


def test_a_catalog_that_lacks_the_service_leaves_it_to_the_region(enter, run):
    enter(PASSWORD, **CATALOG, HW_REGION_NAME="eu-de", HW_CLOUD="otc.invalid")
    result, asked = run(retries=0)
    assert "dli.eu-de.otc.invalid" in result["msg"] and asked == ["iam.token.create"]


def test_a_catalog_that_has_all_services_serves_all(simulator, enter, run):
    simulator.switches(iam_catalog="all")
    enter(PASSWORD, **CATALOG)
    for kind in (MRS, CDM, SQL):
        assert run(kind)[0]["jobs"][0]["outcome"] == "stopped"


def test_a_token_of_another_project_is_refused_before_any_job_is_read(simulator, enter, run):
    enter(TOKEN, **CATALOG, HW_PROJECT_ID=simulator.ready["second_project_id"])
    result, asked = run()
    assert (
        "the token is of the project eu-de (37caa80116e1403ab603e5eeb48a2f74), which project_id (from" in result["msg"]
    )
    assert asked == ["iam.token.validate"]
    enter(TOKEN, HW_PROJECT_ID=None, HW_PROJECT_NAME="eu-de_second")
    assert "which project_name (from HW_PROJECT_NAME) contradicts" in run()[0]["msg"]


@pytest.mark.parametrize("gone", [True, False], ids=["expired", "never issued"])
def test_a_token_that_iam_does_not_know_says_to_get_a_new_one(simulator, enter, run, gone):
    enter(TOKEN, HW_PROJECT_ID=None, **({} if gone else {"HW_AUTH_TOKEN": "MIIwrong"}))
    if gone:
        simulator.expire_tokens()
    result, asked = run()
    assert "has expired, or is of another project: get a new one" in result["msg"]
    assert asked == ["iam.token.validate"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HW_PASSCODE": "000000"}, "check user, password, passcode, domain and project"),
        ({"HW_PASSCODE": None}, "check user, password, passcode, domain and project"),
    ],
)
def test_a_missing_or_wrong_passcode_is_a_refused_login(enter, run, changes, message):
    (way,) = (way for way in WAYS if way.name == "passcode")
    enter(way, **changes)
    result, asked = run()
    assert message in result["msg"] and asked == ["iam.token.create"]


def test_a_login_that_iam_refuses_in_its_own_words_keeps_its_code(simulator, enter, run):
    simulator.switches(iam_login_refused="native")
    enter(PASSWORD, OS_PASSWORD="wrong")
    assert "IAM.0" in run()[0]["msg"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("no-such-project", "no project no-such-project; set project_id"), ("eu", "no project eu; set project_id")],
)
def test_a_project_is_found_by_its_exact_name_only(enter, run, name, message):
    enter(KEY, HW_PROJECT_ID=None, HW_PROJECT_NAME=name)
    result, asked = run()
    assert result["msg"].startswith(message) and asked == ["iam.project.list"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"projects": [{"id": "1", "name": "eu-de"}, {"id": "2", "name": "eu-de"}]},
            "the name eu-de: 1, 2; set project_id",
        ),
        ({"projects": {}}, "the answer has no projects"),
        ({"projects": ["eu-de", {"name": "eu-de"}]}, "no project eu-de; set project_id"),
    ],
)
def test_an_odd_list_of_projects_is_no_project(simulator, enter, run, body, message):
    enter(KEY, HW_PROJECT_ID=None, HW_REGION_NAME="eu-de")
    simulator.fault(meaning="iam.project.list", kind="body", body=body)
    assert message in run()[0]["msg"]


@pytest.mark.parametrize(
    ("way", "changes"),
    [
        (KEY, {"HW_SECRET_KEY": "wrong-secret"}),
        (KEY, {"HW_ACCESS_KEY": "WRONGKEY"}),
        (TEMPORARY, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": None}),
        (TEMPORARY, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "wrong-token"}),
    ],
)
def test_a_refused_signature_says_what_to_check_and_is_sent_once(enter, run, way, changes):
    enter(way, **changes)
    result, asked = run()
    assert "is the secret key its own, has a temporary one its security_token" in result["msg"]
    assert asked == [SQL.read]
    assert "wrong-" not in str(result)


@pytest.mark.parametrize("id", ["a b", "50%", "äöü", "~-._", "a+b", "a=b&c", "job%2Fx", "*'()!"])
def test_a_signature_covers_every_character_of_a_path(simulator, enter, run, id):
    enter(KEY)
    result, asked = run(CDM, id)
    # the service knows no such job, and knows the signature: the gateway had refused it before
    assert result["jobs"][0]["outcome"] == "missing", result
    assert len(asked) == 1


def test_keys_of_the_agency_that_have_expired_are_fetched_anew(simulator, enter, run, metadata):
    old = dict(metadata.credential)
    enter(AGENCY)
    metadata.credential = {**old, "access": "EXPIRED"}

    def answer(handler, seen, real=metadata.answer):
        real(handler, seen)
        if seen.line.startswith("GET"):
            metadata.credential = old

    metadata.answer = answer
    result, asked = run()
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert asked == [SQL.read, *STOPPED]
    assert metadata.asked.count("GET /openstack/latest/securitykey") == 2


def test_keys_of_the_agency_that_stay_refused_are_asked_for_twice_and_no_more(enter, run, metadata):
    enter(AGENCY)
    metadata.credential["secret"] = "wrong"
    result, asked = run()
    assert "the keys that the vendor's credential chain found were refused" in result["msg"]
    assert asked == [SQL.read]


@pytest.mark.parametrize("way", [KEY, AGENCY, TOKEN], ids=lambda way: way.name)
def test_a_refused_login_is_tried_by_one_request_however_many_jobs_there_are(
    simulator, enter, run_module, metadata, way
):
    enter(way, HW_SECRET_KEY="wrong", HW_AUTH_TOKEN="MIIwrong" if way is TOKEN else None)
    if way is AGENCY:
        enter(way, HW_SECRET_KEY=None)
        metadata.credential["secret"] = "wrong"
    elif way is TOKEN:
        enter(way, HW_SECRET_KEY=None, HW_AUTH_TOKEN="MIIwrong")
    # in check mode and through single reads, as kinds without a list have it
    result = run_module("mrs_job_execution", job_execution_ids=[f"id{n}" for n in range(20)], check_mode=True)
    assert {job["outcome"] for job in result["jobs"]} == {"failed"}
    assert len(simulator.journal()) == 1
    assert metadata.asked.count("GET /openstack/latest/securitykey") == (2 if way is AGENCY else 0)


def test_a_project_that_would_name_another_path_is_refused(simulator, enter, run, tmp_path):
    (tmp_path / "odd").write_text(profile(simulator.ready).replace(simulator.ready["project_id"], ".."))
    enter(PROFILE, HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(tmp_path / "odd"))
    result, asked = run()
    assert "project_id holds '..', which would name another path" in result["msg"] and asked == []


@pytest.mark.parametrize("odd", [[], {"credential": []}, {"credential": {"access": 1, "secret": 2}}, "x", None])
def test_a_metadata_service_that_answers_oddly_is_no_crash(enter, run, metadata, odd):
    enter(AGENCY)
    metadata.answer = lambda handler, seen: handler.reply(200, odd)
    result, asked = run()
    assert result["failed"] and ("No way to log in is given" in result["msg"] or "were refused" in result["msg"])
    assert len(asked) <= 1


@pytest.mark.parametrize(
    ("trouble", "message"),
    [({"credential": None}, "Please configure Cloud Service Agency first"), ({"refuses": 503}, "refused")],
)
def test_a_machine_without_an_agency_is_no_way_to_log_in(simulator, enter, run, metadata, trouble, message):
    enter(AGENCY)
    vars(metadata).update(trouble)
    result, asked = run()
    assert result["msg"].startswith("No way to log in is given: ") and message in result["msg"]
    assert asked == [] and metadata.foreign == []


@pytest.mark.parametrize("variable", ["HW_AUTH_URL", "HW_ENDPOINT"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_credentials_go_over_plain_http_to_another_host(enter, run, way, variable):
    enter(way, **{variable: "http://192.0.2.1"})
    result, asked = run()
    if way in (AWX, CLOUD) and variable == "HW_AUTH_URL":
        # the file has its own
        assert result["changed"]
    else:
        assert "credentials are not sent to 192.0.2.1 over plain http" in result["msg"] and asked == []
