# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches: one for each point that the contract leaves open and that these endpoints show.

The numbers in brackets are those of the contract's registers: D = documents disagree, NF = not found anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SECONDS = "a number of seconds, 0 or more"


@dataclass(frozen=True)
class Switch:
    """`choices` is a tuple of allowed values (the first is the default), or SECONDS (`seconds` is the default)."""

    about: str
    choices: tuple[Any, ...] | str
    seconds: float = 0

    @property
    def default(self) -> Any:
        return self.seconds if self.choices == SECONDS else self.choices[0]

    def takes(self, value: Any) -> bool:
        if self.choices == SECONDS:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        return any(value == choice and type(value) is type(choice) for choice in self.choices)


SWITCHES: dict[str, Switch] = {
    # In front of the services (contract, section 6)
    "gateway_prefix": Switch("prefix of the gateway's error codes [D-42]", ("APIGW", "APIG")),
    "retry_after": Switch("Retry-After header with a 429 [NF-27]", ("off", "on")),
    "wrong_project": Switch(
        "project of another tenant: the service's own code, or the gateway's 403", ("service", "gateway")
    ),
    "mrs_bad_token": Switch("who refuses a bad token: the gateway, or MRS (1.6)", ("gateway", "12000001", "130000002")),
    "dli_bad_token": Switch(
        "who refuses a bad token: the gateway, or DLI (3.5)", ("gateway", "DLI.0013", "DLI.0014", "DLI.0015")
    ),
    "iam_login_refused": Switch(
        "a login that is refused: Keystone's form, or IAM's own with a code (6.2)", ("keystone", "native")
    ),
    "iam_totp_user": Switch("user of a passcode: by id or by name, or only by id (8.1)", ("any", "id")),
    "iam_catalog": Switch("catalog: MRS and identity as recorded, or CDM and DLI too [NF-28]", ("recorded", "all")),
    # The lists of jobs of all services
    "list_totals": Switch("whether a list tells how many jobs are on all its pages", ("told", "absent")),
    "list_page_most": Switch("the most jobs on a page, however many are asked for; 0 = as asked", (0, 7, 25)),
    # MRS (contract, section 1)
    "mrs_dialect": Switch("v1.1: Huawei's MRS, or OpenStack Sahara as observed (1.8)", ("mrs", "sahara")),
    "mrs_v1_api": Switch(
        "v1.1 on this cluster: served, 12000064, or 12000085 [D-1]", ("served", "security_cluster", "newer_cluster")
    ),
    "mrs_cancel_ended": Switch("v1.1 cancel of an ended execution [NF-4]", ("unchanged", "refused")),
    "mrs_cancel_shows": Switch("v1.1 cancel answers the record as before or after (1.6)", ("before", "after")),
    "mrs_cancel_unknown": Switch("v1.1 unknown id: MRS envelope or Sahara's body [NF-4]", ("mrs", "sahara")),
    "mrs_info": Switch("`info` of the Sahara record [D-4]", ("null", "oozie")),
    "mrs_refresh_status": Switch("v1.1 refresh-status in the mrs dialect [D-2]", ("absent", "present")),
    "mrs_submit_answer": Switch("v1.1 submit-job answer [D-6]", ("wrapped", "flat")),
    "mrs_submit_times": Switch("v1.1 submit-job times [D-9]", ("milliseconds", "seconds")),
    "mrs_numbers": Switch("numbers in job-exes [D-10]", ("int", "string")),
    "mrs_v2_filters": Switch(
        "v2 list: whether it knows job_id, user and queue, which OTC does not list (1.4)", ("all", "otc")
    ),
    "mrs_kill_answer": Switch("v2 kill: 202 without body, or 200 with a result [D-7, D-8]", (202, 200)),
    "mrs_kill_ended": Switch("v2 kill of an ended job: 0175, or accepted [NF-32]", ("refused", "accepted")),
    "mrs_v2_read_code": Switch("v2 list and show success code [D-15]", (200, 202)),
    "mrs_v2_texts": Switch("v2 `arguments` and `properties` [D-16]", ("string", "structured")),
    "mrs_error_class": Switch("HTTP status of MRS's four-digit codes [D-19]", (400, 500)),
    "mrs_no_cluster_key": Switch("key of the code 12000003 [D-11]", ("errorCode", "error_code")),
    "mrs_sql_cancel_failure": Switch("HTTP status of a failed v2 SQL cancel [D-18]", (400, 500)),
    "sahara_lag": Switch("seconds by which Sahara's plain show lags behind (1.8)", SECONDS),
    "sahara_runs_again": Switch("Sahara shows RUNNING again in the second half of stopping (1.8)", ("off", "on")),
    # CDM (contract, section 2)
    "cdm_stop_answer": Switch("body of an accepted stop [D-13]", ("submissions", "empty", "none", "warning")),
    "cdm_stop_refused": Switch(
        "a stop that is refused: 400 with a code, or ERROR in a 200 [D-13]", ("error", "validation_result")
    ),
    "cdm_unknown_job": Switch("code of an unknown job (2.5)", ("Cdm.0100", "Cdm.0054")),
    "cdm_unknown_job_status": Switch("HTTP status of an unknown job [D-26]", (400, 500)),
    "cdm_unknown_cluster": Switch("code of an unknown cluster [NF-10]", ("Cdm.0001", "Cdm.0201")),
    "cdm_dates": Switch("dates of a submission [D-22]", ("numbers", "strings")),
    "cdm_update_user": Switch("key of the last user [D-23]", ("last-udpate-user", "last-update-user")),
    "cdm_stoping_increment": Switch("type of isStopingIncrement [D-24]", ("string", "boolean")),
    "cdm_list_stopped": Switch("status of a stopped job in the job list [D-25]", ("STOPPED", "FAILED")),
    "cdm_show_total": Switch("`total` when one job was asked for (2.1)", (0, 1)),
    # DLI (contract, section 3)
    "dli_cancel_ended": Switch("SQL cancel of an ended job [NF-15]", ("is_success_false", "DLI.0007")),
    "dli_unknown_job": Switch(
        "unknown SQL or Spark id: 400 DLI.0002 or 404 DLI.0023 [NF-15]", ("DLI.0002", "DLI.0023")
    ),
    "dli_unknown_queue": Switch("code of an unknown queue [D-34]", ("DLI.0002", "DLI.0008")),
    "dli_spark_cancelled": Switch("what a cancelled batch becomes [NF-14]", ("dead", "success", "gone")),
    "dli_spark_cancel_ended": Switch("Spark cancel of an ended batch (3.2)", ("DLI.0007", "deleted")),
    "dli_spark_state": Switch("spelling of the batch state in `/state` [D-31]", ("lower", "capitalised")),
    "dli_flink_answer": Switch("Flink stop and run answer [D-32]", ("array", "object")),
    "dli_flink_is_success": Switch("type of is_success in Flink answers [D-33]", ("string", "bool")),
    "dli_flink_unknown": Switch(
        "Flink stop with an unknown id: refused as a whole, or one element", ("refused", "element")
    ),
    # GES (contract, section 4)
    "ges_authentication": Switch(
        "service plane: token only, or access keys too [D-37]", ("token", "token_or_signature")
    ),
    "ges_auth_status": Switch("HTTP status of GES.8007 and GES.8006 [D-41]", (400, 401)),
    "ges_cancellable": Switch("kinds that can be cancelled, by edition [D-38]", ("four", "five", "seven")),
    "ges_unsupported": Switch("code of Unsupported Operation [NF-22]", ("GES.8303", "GES.7009")),
    "ges_cancelled": Switch("what a cancelled job becomes [NF-20]", ("failed", "gone")),
    "ges_unknown_graph": Switch("service plane, unknown graph name [NF-24]", ("GES.8000", "GES.8402", "404")),
    "ges_management_keys": Switch("keys of management errors [D-21]", ("errorCode", "errCode")),
    "ges_job_name": Switch("type of jobName [D-39]", ("string", "array")),
    # Jobs that are started or submitted through a service's own call
    "submitted_starts_after": Switch("seconds until a submitted job runs", SECONDS, 1),
    "submitted_ends_after": Switch("seconds until a submitted job ends by itself; 0 = never", SECONDS),
}
