# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets stay out of outputs and away from other hosts, for every authentication method, in success and failure."""

from __future__ import annotations

import json
import pathlib

import pytest
from auth_methods import AGENCY, AUTH_METHODS, AWX, KEY, PASSWORD, PROFILE, TEMPORARY, TOKEN, clouds_yaml, profile
from job_kinds import KINDS

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
SECRETS = (
    *("password", "token", "secret_key", "temporary_secret_key", "security_token"),
    *("mfa_password", "mfa_passcode"),
)
WRONG = "Wrong-but-secret-1"


@pytest.fixture
def leaks(simulator):
    """Return the names of the valid and invalid secrets that a text contains."""

    def search(text):
        secrets = {name: simulator.ready[name] for name in SECRETS} | {"wrong": WRONG, "issued token": "MII"}
        return [name for name, secret in secrets.items() if secret in text]

    return search


def login_options(ready):
    """Return the options of every authentication method, with the names of its secret options."""
    where = {"auth_url": ready["iam"], "region": "eu-de"}
    user = {"username": ready["username"], "domain_name": ready["domain_name"], "password": ready["password"]}
    passcode = {"user_id": ready["mfa_user_id"], "password": ready["mfa_password"], "passcode": ready["mfa_passcode"]}
    temporary = {
        "access_key": ready["temporary_access_key"],
        "secret_key": ready["temporary_secret_key"],
        "security_token": ready["security_token"],
    }
    return [
        ({**where, "token": ready["token"]}, ["token"]),
        ({**where, **user}, ["password"]),
        ({**where, **passcode}, ["password", "passcode"]),
        ({**where, "access_key": ready["access_key"], "secret_key": ready["secret_key"]}, ["secret_key"]),
        ({**where, **temporary}, ["secret_key", "security_token"]),
    ]


def option_cases(ready, foreign_url):
    """Return options with valid and invalid credentials, and how the message of each begins."""
    cases = []
    for options, secret_names in login_options(ready):
        cases.append((options, "Stopped 1 of 1 job"))
        for name in secret_names:
            # a wrong secret, and an invalid header value
            cases += [({**options, name: WRONG}, ""), ({**options, name: f"{WRONG}\n"}, "")]
        cases += [
            ({**options, "token": WRONG, "secret_key": WRONG, "password": WRONG}, "Conflicting credentials: token, "),
            ({**options, "endpoint": foreign_url}, "Credentials are not sent to"),
            ({**options, "endpoint": "https://user@host"}, "endpoint must be a URL"),
        ]
    return cases


def environment_cases(ready, metadata, folder):
    """Return environments with valid and invalid credentials, and how the message of each begins."""
    cases = []
    for secret, begin in (({}, "Stopped 1 of 1 job"), ({"password": WRONG}, "Login at ")):
        file = folder / f"clouds{len(secret)}"
        file.write_text(clouds_yaml(ready, **secret))
        cases.append(({"OS_CLIENT_CONFIG_FILE": str(file)}, begin))
    for secret, begin in ((None, "Stopped 1 of 1 job"), (WRONG, "Stopped 0 of 1 job")):
        file = folder / f"profile{secret is None}"
        file.write_text(profile(ready, secret))
        cases.append(({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(file)}, begin))
    return [*cases, ({"HW_PROJECT_ID": ready["project_id"], **metadata.variables}, "Stopped 1 of 1 job")]


def test_runner_artifacts_hold_no_secret(simulator, run_playbook, leaks, foreign_host, metadata, tmp_path):
    ready = simulator.ready
    # a host that is not on this machine, over plain HTTP
    foreign_url = foreign_host.url.replace("127.0.0.2", "192.0.2.1")
    cases = [(options, {}, begin) for options, begin in option_cases(ready, foreign_url)]
    cases += [({}, environment, begin) for environment, begin in environment_cases(ready, metadata, tmp_path)]
    ids = [job["id"] for job in simulator.seed("dli_sql", count=len(cases))]
    tasks = [
        {
            "dataops.huaweicloud.dli_job": {"endpoint": ready["dli"], "job_id": id, "retries": 0, **options},
            "ignore_errors": True,
            "environment": environment,
        }
        for id, (options, environment, _begin) in zip(ids, cases)
    ]

    playbook_run = run_playbook(tasks, "-vvv", "--diff", variables={})
    assert len(playbook_run.results) == len(tasks)
    for result, (*case, begin) in zip(playbook_run.results, cases):
        assert result["msg"].startswith(begin), (case, result)
        assert result["failed"] is not result["msg"].startswith("Stopped 1"), (case, result)
    artifacts = "".join(file.read_text() for file in playbook_run.artifacts.rglob("*") if file.is_file())
    assert "AnsiballZ_dli_job.py" in artifacts and len(artifacts) > 100_000
    assert leaks(artifacts) == []
    assert foreign_host.requests == [] and metadata.foreign == []


@pytest.mark.parametrize("end", ["accepted", "refused", "repeated"])
@pytest.mark.parametrize("auth_method", [TOKEN, PASSWORD, AWX, KEY, TEMPORARY, PROFILE, AGENCY], ids=str)
def test_verbose_output_holds_no_secret(simulator, run_ad_hoc, environment, metadata, leaks, auth_method, end):
    ready = dict(simulator.ready)
    if end == "refused":
        ready.update(dict.fromkeys(("password", "token", "secret_key", "temporary_secret_key"), WRONG))
        metadata.credential["secret"] = WRONG
    variables = auth_method.prepare(ready, pathlib.Path(environment["HOME"])) | metadata.variables
    if end == "repeated":
        # gateways quote parts of the request in their error messages
        known = json.dumps([variables, auth_method.files(ready), metadata.credential if auth_method.agency else None])
        text = " ".join(ready[name] for name in SECRETS if ready[name] in known)
        body = {"error_code": "APIGW.0301", "error_msg": f"begin {text} end"}
        simulator.fault(meaning=SQL.read, kind="status", status=401, body=body, times=9)
    id = simulator.seed("dli_sql")[0]["id"]
    completed = run_ad_hoc("dli_job", f"job_id={id}", "-vvvv", "--diff", variables=variables)
    assert (completed.exit_code == 0) is (end == "accepted"), completed.output
    assert end != "repeated" or ("begin " in completed.output and text not in completed.output)
    assert leaks(completed.output) == []


@pytest.mark.parametrize("auth_method", AUTH_METHODS, ids=str)
@pytest.mark.parametrize("meaning", ["*", SQL.read], ids=["IAM", "the service"])
def test_redirect_carries_no_secret(
    simulator, set_credentials, run_stop_module, foreign_host, leaks, auth_method, meaning
):
    foreign_host.respond_with(200, {"status": "RUNNING"})
    simulator.fault(meaning=meaning, kind="redirect", location=foreign_host.url, times=9)
    set_credentials(auth_method)
    result = run_stop_module(SQL, default_login=False, retries=0)
    assert result["failed"] and foreign_host.netloc in result["msg"], result
    assert foreign_host.requests == [] and leaks(str(result)) == []
