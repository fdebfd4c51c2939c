# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ad-hoc commands."""

from __future__ import annotations

import pytest
from job_kinds import KINDS, request_meanings


@pytest.mark.smoke
@pytest.mark.parametrize(
    "text",
    ["job_id={0}", "id={0}", "job_ids={0}", "job_ids={0},{1}", "kind=sql job_id={0} wait=no"],
)
def test_one_line_stops_jobs(simulator, run_ad_hoc, text):
    first, second = (job["id"] for job in simulator.seed("dli_sql", count=2))
    completed = run_ad_hoc("dli_job", text.format(first, second))
    assert completed.exit_code == 0, completed.output
    expected = "stop_requested" if "wait=no" in text else "stopped"
    assert completed.outcomes == dict.fromkeys([first, second] if "{1}" in text else [first], expected)
    assert simulator.truth("dli_sql", first)["stopped_by_us"]


def test_check_mode_sends_no_stop(simulator, run_ad_hoc, examples):
    completed = run_ad_hoc("mrs_job_execution", f"id={examples['mrs_job_execution_id']}", "--check", "--diff")
    assert completed.exit_code == 0, completed.output
    assert "CHANGED" in completed.output
    assert '-    "2de74673-1a78-48af-a95b-e1fec4a4ae9c": "Running"' in completed.output
    assert request_meanings(simulator) == ["mrs.job_exe.show"]


def test_numeric_id_is_accepted(simulator, run_ad_hoc):
    id = simulator.seed("dli_flink")[0]["id"]
    completed = run_ad_hoc("dli_job", {"kind": "flink", "job_id": int(id)})
    assert completed.outcomes == {str(id): "stopped"}


def test_empty_variables_are_ignored(simulator, run_ad_hoc, examples):
    ready = simulator.ready
    openstack = {
        "OS_AUTH_URL": ready["iam"],
        "OS_USERNAME": ready["username"],
        "OS_PASSWORD": ready["password"],
        "OS_USER_DOMAIN_NAME": ready["domain_name"],
        "OS_PROJECT_NAME": ready["project_name"],
        "HW_ENDPOINT": ready["mrs"],
        "HW_AUTH_TOKEN": "",
        "HW_PROJECT_NAME": "",
    }
    completed = run_ad_hoc("dli_job", f"job_id={examples['dli_sql_job_id']}", variables=openstack)
    assert completed.outcomes == {examples["dli_sql_job_id"]: "stopped"}, completed.output


def test_typed_variables_are_parsed(simulator, run_ad_hoc, login):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="dli.sql.status", kind="status", status=503, times=9)
    completed = run_ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_MAX_RETRIES": "1", "OS_INSECURE": "true"})
    assert len(simulator.journal()) == 2
    completed = run_ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_MAX_RETRIES": "many"})
    assert completed.result["msg"] == "The environment variable HW_MAX_RETRIES must be of type int."
    assert completed.exit_code != 0


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_verbose_output_holds_no_secret(simulator, run_ad_hoc, kind):
    ready = simulator.ready
    password = {
        "auth_url": ready["iam"],
        "username": ready["username"],
        "password": ready["password"],
        "domain_name": ready["domain_name"],
        "project_name": ready["project_name"],
        "endpoint": ready["mrs"],
    }
    id = str(simulator.seed(kind.service)[0]["id"])
    options = {**kind.options(ready), kind.ids_option: [id]}
    issued = []
    for login in (password, {}, {**password, "password": "WrongPassword1"}):
        variables = {} if login else None
        completed = run_ad_hoc(kind.module, {**options, **login}, "-vvv", "--diff", variables=variables)
        issued += [ready["password"], ready["token"], "WrongPassword1"]
        assert not [secret for secret in issued if secret in completed.output]
    assert "MII" not in completed.output
