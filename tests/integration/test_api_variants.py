# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variants that the services' documentation leaves open or contradicts: the modules handle each of them."""

from __future__ import annotations

import pytest
from job_kinds import KINDS

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS


def outcome(result):
    """Return the outcome of the only job."""
    return result["jobs"][0]["outcome"]


# switches that do not affect the stop of a running job
HARMLESS = [
    (MRS, {"mrs_numbers": "string"}),
    (MRS, {"mrs_cancel_shows": "after"}),
    (MRS, {"mrs_info": "oozie"}),
    (MRS, {"mrs_refresh_status": "present"}),
    (MRS_V2, {"mrs_kill_answer": 200}),
    (MRS_V2, {"mrs_v2_read_code": 202}),
    (MRS_V2, {"mrs_v2_texts": "structured"}),
    (CDM, {"cdm_stop_answer": "empty"}),
    (CDM, {"cdm_stop_answer": "none"}),
    (CDM, {"cdm_stop_answer": "warning"}),
    (CDM, {"cdm_dates": "strings"}),
    (CDM, {"cdm_update_user": "last-update-user", "cdm_stoping_increment": "boolean"}),
    (SPARK, {"dli_spark_state": "capitalised"}),
    (SPARK, {"dli_spark_cancelled": "gone"}),
    (FLINK, {"dli_flink_answer": "object"}),
    (FLINK, {"dli_flink_is_success": "bool"}),
    (GES, {"ges_cancelled": "gone"}),
]


@pytest.mark.parametrize(("kind", "switches"), HARMLESS, ids=str)
def test_running_job_is_stopped(simulator, run_stop_module, kind, switches):
    simulator.switches(**switches)
    id = simulator.seed(kind.service)[0]["id"]
    result = run_stop_module(kind, id)
    assert (outcome(result), result["changed"], result["failed"]) == ("stopped", True, False), result["msg"]
    assert simulator.truth(kind.service, id)["stopped_by_us"]


def test_successful_batch_is_not_claimed(simulator, run_stop_module):
    simulator.switches(dli_spark_cancelled="success")
    result = run_stop_module(SPARK, simulator.seed("dli_spark")[0]["id"])
    assert (outcome(result), result["changed"]) == ("ended_first", False)


UNKNOWN = [
    (MRS, {"mrs_cancel_unknown": "mrs"}),
    (MRS, {"mrs_cancel_unknown": "sahara"}),
    (MRS, {"mrs_dialect": "sahara"}),
    (MRS_V2, {"mrs_error_class": 400}),
    (MRS_V2, {"mrs_error_class": 500}),
    (CDM, {"cdm_unknown_job": "Cdm.0100", "cdm_unknown_job_status": 500}),
    (CDM, {"cdm_unknown_job": "Cdm.0054", "cdm_unknown_job_status": 400}),
    (SQL, {"dli_unknown_job": "DLI.0002"}),
    (SQL, {"dli_unknown_job": "DLI.0023"}),
    (GES, {}),
]


@pytest.mark.parametrize(("kind", "switches"), UNKNOWN, ids=str)
def test_unknown_job_is_missing(simulator, run_stop_module, kind, switches):
    simulator.switches(**switches)
    result = run_stop_module(kind, kind.unknown_id())
    assert (outcome(result), result["failed"]) == ("missing", True), result["msg"]
    assert simulator.journal(mutating=True) == []
    assert run_stop_module(kind, kind.unknown_id(), missing="ignore")["failed"] is False


ENDS_BEFORE_THE_STOP = [
    (MRS, {"mrs_cancel_ended": "unchanged"}),
    (MRS, {"mrs_cancel_ended": "refused"}),
    (MRS_V2, {"mrs_kill_ended": "refused", "mrs_error_class": 400}),
    (MRS_V2, {"mrs_kill_ended": "refused", "mrs_error_class": 500}),
    (MRS_V2, {"mrs_kill_ended": "accepted"}),
    (CDM, {}),
    (SQL, {"dli_cancel_ended": "is_success_false"}),
    (SQL, {"dli_cancel_ended": "DLI.0007"}),
    (SPARK, {"dli_spark_cancel_ended": "DLI.0007"}),
    (FLINK, {}),
    (GES, {}),
]


@pytest.mark.parametrize("ends_as", ["finished", "failed"])
@pytest.mark.parametrize(("kind", "switches"), ENDS_BEFORE_THE_STOP, ids=str)
def test_job_ending_before_stop_is_unchanged(simulator, run_stop_module, kind, switches, ends_as):
    simulator.switches(**switches)
    id = simulator.seed(kind.service, ends_after=3600, ends_as=ends_as)[0]["id"]
    simulator.fault(meaning=kind.stop, kind="advance_before", seconds=7200)
    result = run_stop_module(kind, id)
    assert (outcome(result), result["changed"], result["failed"]) == ("ended_first", False, False), result["msg"]
    assert not simulator.truth(kind.service, id)["stopped_by_us"]


@pytest.mark.parametrize("runs_again", ["off", "on"])
def test_sahara_status_lag_is_handled(simulator, run_stop_module, runs_again):
    simulator.switches(mrs_dialect="sahara", sahara_lag=45, sahara_runs_again=runs_again)
    id = simulator.seed("mrs", stop_takes=1)[0]["id"]
    result = run_stop_module(MRS, id)
    (job,) = result["jobs"]
    assert (job["outcome"], job["previous_status"], job["status"]) == ("stopped", "RUNNING", "KILLED")
    assert isinstance(job["details"]["info"], dict)


@pytest.mark.parametrize("api", ["security_cluster", "newer_cluster"])
def test_cluster_without_v1_is_explained(simulator, run_stop_module, api):
    simulator.switches(mrs_v1_api=api)
    result = run_stop_module(MRS, simulator.seed("mrs")[0]["id"])
    assert outcome(result) == "failed"
    assert "Set cluster_id, so that API v2 is used" in result["msg"]
    assert simulator.journal(mutating=True) == []


def test_cdm_refusal_with_200_fails(simulator, run_stop_module):
    simulator.switches(cdm_stop_refused="validation_result")
    id = simulator.seed("cdm", refuses=True)[0]["id"]
    result = run_stop_module(CDM, id)
    assert outcome(result) == "failed"
    assert result["jobs"][0]["error"]["http_status"] == 200


@pytest.mark.parametrize("prefix", ["APIGW", "APIG"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_wrong_token_is_recognized(simulator, run_stop_module, kind, prefix):
    simulator.switches(gateway_prefix=prefix)
    result = run_stop_module(kind, "1", token="wrong-token", missing="ignore")
    assert result["failed"]
    assert "The token is invalid, has expired or belongs to another project" in result["msg"]


@pytest.mark.parametrize(
    ("kind", "switches"),
    [
        (MRS, {"mrs_bad_token": "12000001"}),
        (MRS, {"mrs_bad_token": "130000002"}),
        (SQL, {"dli_bad_token": "DLI.0013"}),
        (SQL, {"dli_bad_token": "DLI.0015"}),
        (GES, {"ges_auth_status": 401}),
    ],
    ids=str,
)
def test_wrong_token_variants_are_recognized(simulator, run_stop_module, kind, switches):
    simulator.switches(**switches)
    result = run_stop_module(kind, "1", token="wrong-token")
    assert "The token is invalid, has expired or belongs to another project" in result["msg"]
    assert len(simulator.journal()) == 1
