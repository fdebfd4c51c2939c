# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of simulated jobs over time."""

from __future__ import annotations

from typing import Any

import pytest


def test_job_starts_and_ends_by_itself(simulator: Any) -> None:
    simulator.seed("dli_sql", id="job", starts_after=5, ends_after=8, ends_as="failed")
    seen = [simulator.truth("dli_sql", "job")["status"]]
    for _round in range(2):
        simulator.advance(5)
        seen.append(simulator.truth("dli_sql", "job")["status"])
    assert seen == ["LAUNCHING", "RUNNING", "FAILED"]
    truth = simulator.truth("dli_sql", "job")
    assert [event["event"] for event in truth["history"]] == ["submitted", "start", "end"]
    assert truth["history"][2]["at"] - truth["history"][0]["at"] == pytest.approx(8)
    assert truth["stopped_by_us"] is False


def test_early_end_is_not_our_stop(cloud: Any, simulator: Any) -> None:
    simulator.seed("dli_sql", id="job", ends_after=5, stop_takes=10)
    assert cloud.send("DELETE", cloud.sql_job("job")).json["is_success"] is True
    simulator.advance(20)
    truth = simulator.truth("dli_sql", "job")
    assert (truth["state"], truth["stopped_by_us"]) == ("finished", False)


def test_ignored_stop_changes_nothing(cloud: Any, simulator: Any) -> None:
    simulator.seed("mrs_v2", id="job", ignores_stop=True, ends_after=30)
    assert cloud.send("POST", cloud.v2_job("job", "/kill")).status == 202
    assert simulator.journal(mutating=True)[-1]["effect"] is False
    simulator.advance(40)
    assert cloud.send("GET", cloud.v2_job("job")).json["job_detail"]["job_state"] == "FINISHED"


def test_undocumented_status_lasts_until_stop(cloud: Any, simulator: Any) -> None:
    simulator.seed("cdm", id="job", status="HIBERNATING", statuses={"stopped": "BURIED"})
    status = cloud.cdm_job("job")
    assert cloud.send("GET", status).json["submissions"][0]["status"] == "HIBERNATING"
    cloud.send("PUT", cloud.cdm_job("job", "/stop"))
    assert cloud.send("GET", status).json["submissions"][0]["status"] == "BURIED"


@pytest.mark.parametrize(
    ("service", "status", "state"),
    [
        ("cdm", "FAILURE_ON_SUBMIT", "failed"),
        ("cdm", "NEVER_EXECUTED", "new"),
        ("dli_flink", "job_arrearage_stopped", "failed"),
        ("dli_sql", "SCALING", "running"),
        ("mrs", 5, "failed"),
        ("mrs_v2", "NEW_SAVING", "submitted"),
        ("ges", "partiallyFailed", "finished"),
    ],
)
def test_documented_status_sets_the_state(simulator: Any, service: str, status: Any, state: str) -> None:
    (job,) = simulator.seed(service, status=status)
    truth = simulator.truth(service, job["id"])
    assert (truth["status"], truth["state"]) == (status, state)
