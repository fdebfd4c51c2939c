# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ad-hoc commands, as they are typed in a hurry."""

from __future__ import annotations

import pytest
from kinds import KINDS


@pytest.mark.smoke
@pytest.mark.parametrize(
    "text",
    ["job_id={0}", "id={0}", "job_ids={0}", "job_ids={0},{1}", "kind=sql job_id={0} wait=no"],
)
def test_one_line_stops_jobs(simulator, ad_hoc, text):
    first, second = (job["id"] for job in simulator.seed("dli_sql", count=2))
    ran = ad_hoc("dli_job", text.format(first, second))
    assert ran.code == 0, ran.output
    expected = "stop_requested" if "wait=no" in text else "stopped"
    assert ran.outcomes == dict.fromkeys([first, second] if "{1}" in text else [first], expected)
    assert simulator.truth("dli_sql", first)["stopped_by_us"]


def test_check_mode_sends_nothing_that_changes_a_job_although_the_mrs_cancel_is_a_get(simulator, ad_hoc, examples):
    ran = ad_hoc("mrs_job_execution", f"id={examples['mrs_job_execution_id']}", "--check", "--diff")
    assert ran.code == 0, ran.output
    assert "CHANGED" in ran.output
    assert '-    "2de74673-1a78-48af-a95b-e1fec4a4ae9c": "Running"' in ran.output
    assert [request["meaning"] for request in simulator.journal()] == ["mrs.job_exe.show"]


def test_a_number_is_an_id_too(simulator, ad_hoc):
    id = simulator.seed("dli_flink")[0]["id"]
    ran = ad_hoc("dli_job", {"kind": "flink", "job_id": int(id)})
    assert ran.outcomes == {str(id): "stopped"}


def test_the_variables_of_every_tool_log_in_and_empty_ones_do_not_count(simulator, ad_hoc, examples):
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
    ran = ad_hoc("dli_job", f"job_id={examples['dli_sql_job_id']}", variables=openstack)
    assert ran.outcomes == {examples["dli_sql_job_id"]: "stopped"}, ran.output


def test_variables_that_are_no_texts_are_read_as_what_they_are(simulator, ad_hoc, login):
    id = simulator.seed("dli_sql")[0]["id"]
    simulator.fault(meaning="dli.sql.status", kind="status", status=503, times=9)
    ran = ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_MAX_RETRIES": "1", "OS_INSECURE": "true"})
    assert len(simulator.journal()) == 2
    ran = ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_MAX_RETRIES": "many"})
    assert "retries" in ran.result["msg"] and ran.code != 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_no_secret_is_shown_at_the_highest_verbosity_whatever_happens(simulator, ad_hoc, kind):
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
    options = {**kind.options(ready), kind.ids: [id]}
    issued = []
    for login in (password, {}, {**password, "password": "WrongPassword1"}):
        variables = {} if login else None
        ran = ad_hoc(kind.module, {**options, **login}, "-vvv", "--diff", variables=variables)
        issued += [ready["password"], ready["token"], "WrongPassword1"]
        assert not [secret for secret in issued if secret in ran.output]
    assert "MII" not in ran.output
