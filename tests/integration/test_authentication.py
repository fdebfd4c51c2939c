# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every authentication method from the environment: how many requests it takes, and how failures are reported."""

from __future__ import annotations

import pathlib

import pytest
from auth_methods import (
    AGENCY,
    AUTH_METHODS,
    AWX,
    CLOUD,
    CLOUDS,
    KEY,
    PASSCODE,
    PASSWORD,
    PROFILE,
    TEMPORARY,
    TOKEN,
    profile,
)
from job_kinds import KINDS, request_meanings

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
STOPPED = [SQL.read, SQL.stop, SQL.read]


@pytest.fixture(autouse=True)
def no_retries(monkeypatch):
    """Let failed requests fail at once."""
    monkeypatch.setenv("HW_MAX_RETRIES", "0")


@pytest.mark.parametrize("auth_method", AUTH_METHODS, ids=str)
def test_task_logs_in_once(simulator, set_credentials, run_stop_module, auth_method):
    set_credentials(auth_method)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert requests == [*auth_method.requests, *STOPPED]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("auth_method", [KEY, TEMPORARY, PASSWORD], ids=str)
def test_every_service_accepts_credentials(simulator, set_credentials, run_stop_module, kind, auth_method):
    simulator.switches(ges_authentication="token_or_signature")
    set_credentials(auth_method)
    result = run_stop_module(kind, default_login=False)
    assert result["jobs"][0]["outcome"] == "stopped", result


def test_token_only_graph_is_explained(simulator, set_credentials, run_stop_module):
    set_credentials(KEY)
    result = run_stop_module(GES, default_login=False)
    requests = request_meanings(simulator)
    assert "Graphs of GES may accept tokens only." in result["msg"] and requests == [GES.read]


IN_REAL_COMMANDS = [
    TOKEN,
    PASSWORD,
    CLOUDS,
    PROFILE,
    AGENCY,
    *(pytest.param(method, marks=pytest.mark.smoke) for method in (AWX, KEY)),
]


@pytest.mark.parametrize("auth_method", IN_REAL_COMMANDS, ids=str)
def test_credentials_reach_real_command(simulator, run_ad_hoc, environment, auth_method, request):
    variables = auth_method.prepare(simulator.ready, pathlib.Path(environment["HOME"]))
    if auth_method.agency:
        variables |= request.getfixturevalue("metadata").variables
    completed = run_ad_hoc("dli_job", f"job_id={simulator.ready['examples']['dli_sql_job_id']}", variables=variables)
    assert completed.exit_code == 0 and "stopped" in completed.outcomes.values(), completed.output


# Without an endpoint, the module reads it from the catalog of the token.
CATALOG = {"HW_ENDPOINT": None}


@pytest.mark.parametrize("auth_method", [TOKEN, PASSWORD, CLOUD], ids=str)
@pytest.mark.parametrize("kind", [MRS, MRS_V2], ids=str)
def test_catalog_provides_mrs_endpoint(simulator, set_credentials, run_stop_module, kind, auth_method):
    set_credentials(auth_method, **CATALOG)
    result = run_stop_module(kind, default_login=False)
    requests = request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert requests[1:] == [kind.read, kind.stop, kind.read]


def test_missing_catalog_entry_uses_region(simulator, set_credentials, run_stop_module):
    set_credentials(PASSWORD, **CATALOG, HW_REGION_NAME="eu-de", HW_CLOUD="otc.invalid")
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert "dli.eu-de.otc.invalid" in result["msg"] and requests == ["iam.token.create"]


def test_full_catalog_serves_all_services(simulator, set_credentials, run_stop_module):
    simulator.switches(iam_catalog="all")
    set_credentials(PASSWORD, **CATALOG)
    for kind in (MRS, CDM, SQL):
        assert run_stop_module(kind, default_login=False)["jobs"][0]["outcome"] == "stopped"


def test_token_of_other_project_is_refused(simulator, set_credentials, run_stop_module):
    set_credentials(TOKEN, **CATALOG, HW_PROJECT_ID=simulator.ready["second_project_id"])
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["msg"] == (
        "The token belongs to the project eu-de (37caa80116e1403ab603e5eeb48a2f74). "
        "project_id (from HW_PROJECT_ID) names another one."
    )
    assert requests == ["iam.token.validate"]
    set_credentials(TOKEN, HW_PROJECT_ID=None, HW_PROJECT_NAME="eu-de_second")
    result = run_stop_module(SQL, default_login=False)
    assert result["msg"].endswith(" project_name (from HW_PROJECT_NAME) names another one.")


@pytest.mark.parametrize("expired", [True, False], ids=["expired", "never issued"])
def test_unknown_token_asks_for_new_one(simulator, set_credentials, run_stop_module, expired):
    set_credentials(TOKEN, HW_PROJECT_ID=None, **({} if expired else {"HW_AUTH_TOKEN": "MIIwrong"}))
    if expired:
        simulator.expire_tokens()
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    advice = "The token is invalid, has expired or belongs to another project. Get a new token."
    assert result["msg"].endswith(f" {advice}"), result["msg"]
    assert requests == ["iam.token.validate"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HW_PASSCODE": "000000"}, "Check user, password, passcode, domain and project."),
        ({"HW_PASSCODE": None}, "Check user, password, passcode, domain and project."),
    ],
)
def test_wrong_passcode_is_refused(simulator, set_credentials, run_stop_module, changes, message):
    set_credentials(PASSCODE, **changes)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert message in result["msg"] and requests == ["iam.token.create"]


def test_native_iam_error_keeps_its_code(simulator, set_credentials, run_stop_module):
    simulator.switches(iam_login_refused="native")
    set_credentials(PASSWORD, OS_PASSWORD="wrong")
    assert "IAM.0" in run_stop_module(SQL, default_login=False)["msg"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (name, f"IAM does not know a project {name}. Check project_name, or set project_id.")
        for name in ("no-such-project", "eu")
    ],
)
def test_project_name_must_match_exactly(simulator, set_credentials, run_stop_module, name, message):
    set_credentials(KEY, HW_PROJECT_ID=None, HW_PROJECT_NAME=name)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["msg"] == message and requests == ["iam.project.list"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"projects": [{"id": "1", "name": "eu-de"}, {"id": "2", "name": "eu-de"}]},
            "Several projects have the name eu-de: 1, 2. Set project_id.",
        ),
        ({"projects": {}}, "The response cannot be used: it has no projects (GET 127.0.0.1"),
        (
            {"projects": ["eu-de", {"name": "eu-de"}]},
            "IAM does not know a project eu-de. Check project_name, or set project_id.",
        ),
    ],
)
def test_invalid_project_list_is_refused(simulator, set_credentials, run_stop_module, body, message):
    set_credentials(KEY, HW_PROJECT_ID=None, HW_REGION_NAME="eu-de")
    simulator.fault(meaning="iam.project.list", kind="body", body=body)
    assert message in run_stop_module(SQL, default_login=False)["msg"]


@pytest.mark.parametrize(
    ("auth_method", "changes"),
    [
        (KEY, {"HW_SECRET_KEY": "wrong-secret"}),
        (KEY, {"HW_ACCESS_KEY": "WRONGKEY"}),
        (TEMPORARY, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": None}),
        (TEMPORARY, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "wrong-token"}),
    ],
)
def test_refused_signature_is_sent_once(simulator, set_credentials, run_stop_module, auth_method, changes):
    set_credentials(auth_method, **changes)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert "that secret_key belongs to it, that a temporary key has its security_token" in result["msg"]
    assert requests == [SQL.read]
    assert "wrong-" not in str(result)


@pytest.mark.parametrize("id", ["a b", "50%", "äöü", "~-._", "a+b", "a=b&c", "job%2Fx", "*'()!"])
def test_signature_covers_special_characters(simulator, set_credentials, run_stop_module, id):
    set_credentials(KEY)
    result = run_stop_module(CDM, id, default_login=False)
    requests = request_meanings(simulator)
    # The gateway verifies the signature before the service looks for the job.
    assert result["jobs"][0]["outcome"] == "missing", result
    assert len(requests) == 1


def test_expired_agency_keys_are_renewed(simulator, set_credentials, run_stop_module, metadata):
    old = dict(metadata.credential)
    set_credentials(AGENCY)
    metadata.credential = {**old, "access": "EXPIRED"}

    def answer(handler, seen, real=metadata.answer):
        real(handler, seen)
        if seen.line.startswith("GET"):
            metadata.credential = old

    metadata.answer = answer
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["jobs"][0]["outcome"] == "stopped", result
    assert requests == [SQL.read, *STOPPED]
    assert metadata.asked.count("GET /openstack/latest/securitykey") == 2


def test_refused_agency_keys_end_the_task(simulator, set_credentials, run_stop_module, metadata):
    set_credentials(AGENCY)
    metadata.credential["secret"] = "wrong"
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert "The service refused the keys of the vendor's credential chain." in result["msg"]
    assert requests == [SQL.read]


@pytest.mark.parametrize("auth_method", [KEY, AGENCY, TOKEN], ids=str)
def test_refused_login_is_tried_once(simulator, set_credentials, run_module, metadata, monkeypatch, auth_method):
    changes = {"access key": {"HW_SECRET_KEY": "wrong"}, "token": {"HW_AUTH_TOKEN": "MIIwrong"}}
    set_credentials(auth_method, **changes.get(auth_method.name, {}))
    metadata.credential["secret"] = "wrong"
    monkeypatch.delenv("HW_MAX_RETRIES")
    # MRS without a cluster has no list: each job needs a request of its own.
    result = run_module("mrs_job_execution", job_execution_ids=[f"id{n}" for n in range(20)], check_mode=True)
    assert {job["outcome"] for job in result["jobs"]} == {"failed"}
    assert len(simulator.journal()) == 1
    assert metadata.asked.count("GET /openstack/latest/securitykey") == (2 if auth_method is AGENCY else 0)


def test_unsafe_project_id_is_refused(simulator, set_credentials, run_stop_module, tmp_path):
    (tmp_path / "credentials").write_text(profile(simulator.ready).replace(simulator.ready["project_id"], ".."))
    set_credentials(PROFILE, HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(tmp_path / "credentials"))
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["msg"] == "project_id must not be '..', which refers to another path." and requests == []


@pytest.mark.parametrize("body", [[], {"credential": []}, {"credential": {"access": 1, "secret": 2}}, "x", None])
def test_invalid_metadata_is_reported(simulator, set_credentials, run_stop_module, metadata, body):
    set_credentials(AGENCY)
    metadata.answer = lambda handler, seen: handler.reply(200, body)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["failed"] and ("No credentials found" in result["msg"] or "were refused" in result["msg"])
    assert len(requests) <= 1


@pytest.mark.parametrize(
    ("failure", "message"),
    [({"credential": None}, "Please configure Cloud Service Agency first"), ({"refuses": 503}, "refused")],
)
def test_machine_without_agency_is_reported(simulator, set_credentials, run_stop_module, metadata, failure, message):
    set_credentials(AGENCY)
    vars(metadata).update(failure)
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    assert result["msg"].startswith("No credentials found: ") and message in result["msg"]
    assert requests == [] and metadata.foreign == []


@pytest.mark.parametrize("variable", ["HW_AUTH_URL", "HW_ENDPOINT"])
@pytest.mark.parametrize("auth_method", AUTH_METHODS, ids=str)
def test_plain_http_carries_no_credentials(simulator, set_credentials, run_stop_module, auth_method, variable):
    set_credentials(auth_method, **{variable: "http://192.0.2.1"})
    result = run_stop_module(SQL, default_login=False)
    requests = request_meanings(simulator)
    if auth_method in (AWX, CLOUD) and variable == "HW_AUTH_URL":
        # clouds.yaml has a URL of its own
        assert result["changed"]
    else:
        assert "Credentials are not sent to 192.0.2.1 over plain HTTP" in result["msg"] and requests == []
