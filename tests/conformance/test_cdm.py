# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Data Migration: the case table of docs/api, section 2.5, and each switch both ways."""

from __future__ import annotations

from typing import Any

import pytest

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("switches", "texts"),
    [
        pytest.param({}, ["submissions", "STOPPED"], id="default"),
        pytest.param({"cdm_stop_answer": "submissions"}, ["submissions", "STOPPED"], id="submissions"),
        pytest.param({"cdm_stop_answer": "empty"}, ["{}"], id="empty object"),
        pytest.param({"cdm_stop_answer": "none"}, [], id="no body"),
        pytest.param({"cdm_stop_answer": "warning"}, ["validation-result", "WARNING"], id="warning"),
    ],
)
def test_stop_returns_each_documented_body(
    cloud: Any, simulator: Any, switches: dict[str, str], texts: list[str]
) -> None:
    simulator.switches(**switches)
    got = cloud.send("PUT", cloud.cdm_job(more="/stop"))
    assert got.status == 200
    assert all(text in got.text for text in texts) if texts else got.text == ""
    assert simulator.truth("cdm", cloud.examples["cdm_job_name"])["stopped_by_us"]


def test_refused_stop_has_two_forms(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="refusing", refuses=True)
    for name, code in (("mysql2dws", "Cdm.0053"), ("refusing", "Cdm.0000")):
        simulator.switches(cdm_stop_refused="error")
        answer = cloud.send("PUT", cloud.cdm_job(name, "/stop"))
        assert (answer.status, answer.json["errCode"]) == (400, code)
        simulator.switches(cdm_stop_refused="validation_result")
        answer = cloud.send("PUT", cloud.cdm_job(name, "/stop"))
        assert (answer.status, answer.json["validation-result"][0]["status"]) == (200, "ERROR")


def test_unknown_job_gets_each_documented_error(cloud: Any, simulator: Any) -> None:
    for code in ("Cdm.0100", "Cdm.0054"):
        for status in (400, 500):
            simulator.switches(cdm_unknown_job=code, cdm_unknown_job_status=status)
            answer = cloud.send("PUT", cloud.cdm_job("nope", "/stop"))
            assert (answer.status, answer.json["errCode"]) == (status, code)
            assert "nope" in answer.json["externalMessage"]


def test_unknown_cluster_gets_each_documented_error(cloud: Any, simulator: Any) -> None:
    for code in ("Cdm.0001", "Cdm.0201"):
        simulator.switches(cdm_unknown_cluster=code)
        answer = cloud.send("PUT", cloud.cdm_job(cluster=UNKNOWN_ID, more="/stop"))
        assert (answer.status, answer.json["errCode"]) == (400, code)


def test_submission_fields_have_two_spellings(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="one")
    (record,) = cloud.send("GET", cloud.cdm_job("one")).json["submissions"]
    assert isinstance(record["creation-date"], int)
    assert "last-udpate-user" in record
    assert record["isStopingIncrement"] == ""
    simulator.switches(cdm_dates="strings", cdm_update_user="last-update-user", cdm_stoping_increment="boolean")
    (record,) = cloud.send("GET", cloud.cdm_job("one")).json["submissions"]
    assert isinstance(record["creation-date"], str)
    assert "last-update-user" in record
    assert record["isStopingIncrement"] is False


def test_job_list_filters_and_validates(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", status="NEVER_EXECUTED", id="new")
    simulator.switches(cdm_show_total=1)
    (job,) = cloud.send("GET", cloud.cdm_job("all", "?filter=new")).json["jobs"]
    assert (job["name"], job["status"]) == ("new", "NEW")
    assert cloud.send("GET", cloud.cdm_job("new", "")).json["total"] == 1
    for query in ("?page_size=9", "?page_size=101", "?page_no=0"):
        assert cloud.send("GET", cloud.cdm_job("all", query)).json["errCode"] == "Cdm.0014"
    assert cloud.send("GET", cloud.cdm_job().rpartition("/cdm/")[0] + "/cdm/submissions").json["errCode"] == "Cdm.0014"


def test_job_list_shows_stopped_or_failed(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", state="stopped", id="stopped")
    for value in ("STOPPED", "FAILED"):
        simulator.switches(cdm_list_stopped=value)
        (job,) = cloud.send("GET", cloud.cdm_job("all", "?filter=stopped")).json["jobs"]
        assert job["status"] == value
        assert cloud.send("GET", cloud.cdm_job("stopped")).json["submissions"][0]["status"] == "STOPPED"


def test_start_of_running_job_is_refused(cloud: Any) -> None:
    answer = cloud.send("PUT", cloud.cdm_job(more="/start"))
    assert (answer.status, answer.json["errCode"]) == (400, "Cdm.0052")
