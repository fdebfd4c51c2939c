# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches: one for each point that the documents leave open and that the simulated operations show.

The first choice of a switch is its default. If the documents have an example, the default follows the example. The
marks in brackets are those of the registers in docs/api: D if documents disagree, NF if no document answers the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SECONDS = "a number of seconds, 0 or more"


@dataclass(frozen=True)
class Switch:
    """One switch.

    * ``about``: the point that it decides
    * ``choices``: the allowed values, of which the first is the default; or ``SECONDS``, with a default in ``seconds``
    """

    about: str
    choices: tuple[Any, ...] | str
    seconds: float = 0

    @property
    def default(self) -> Any:
        """The value at start and after a reset."""
        return self.seconds if self.choices == SECONDS else self.choices[0]

    def accepts(self, value: Any) -> bool:
        """Return whether a value is allowed. Its type must match, too."""
        if self.choices == SECONDS:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        return any(value == choice and type(value) is type(choice) for choice in self.choices)


SWITCHES: dict[str, Switch] = {
    # Gateway and IAM (docs/api, sections 6 and 8)
    "gateway_prefix": Switch("prefix of the gateway's error codes [D-42]", ("APIGW", "APIG")),
    "retry_after": Switch("Retry-After header in a 429 response [NF-27]", ("off", "on")),
    "wrong_project": Switch(
        "error for a project of another tenant: the service's own code, or 403 from the gateway", ("service", "gateway")
    ),
    "mrs_bad_token": Switch(
        "error for an invalid token in MRS: from the gateway, or a code of MRS (docs/api, section 1.6)",
        ("gateway", "12000001", "130000002"),
    ),
    "dli_bad_token": Switch(
        "error for an invalid token in DLI: from the gateway, or a code of DLI (docs/api, section 3.5)",
        ("gateway", "DLI.0013", "DLI.0014", "DLI.0015"),
    ),
    "iam_login_refused": Switch(
        "form of a refused login: Keystone's, or IAM's own with a code (docs/api, section 6.2)", ("keystone", "native")
    ),
    "iam_totp_user": Switch(
        "how a login with a passcode names the user: by id or by name, or only by id (docs/api, section 8.1)",
        ("any", "id"),
    ),
    "iam_catalog": Switch(
        "services in the catalog: MRS and identity as recorded, or also CDM and DLI [NF-28]", ("recorded", "all")
    ),
    # The job lists of all services
    "list_totals": Switch("total number of items in a list: returned (told) or absent", ("told", "absent")),
    "list_page_most": Switch("maximum number of items on a page; 0: as many as requested", (0, 7, 25)),
    # MRS (docs/api, section 1)
    "mrs_dialect": Switch(
        "v1.1 API: Huawei's MRS, or OpenStack Sahara as observed (docs/api, section 1.8)", ("mrs", "sahara")
    ),
    "mrs_v1_api": Switch(
        "v1.1 API on this cluster: served, refused with 12000064, or refused with 12000085 [D-1]",
        ("served", "security_cluster", "newer_cluster"),
    ),
    "mrs_cancel_ended": Switch("v1.1 cancel of an ended execution [NF-4]", ("unchanged", "refused")),
    "mrs_cancel_shows": Switch(
        "record in the v1.1 cancel response: from before or after the stop (docs/api, section 1.6)", ("before", "after")
    ),
    "mrs_cancel_unknown": Switch("v1.1 error for an unknown id: MRS envelope or Sahara's [NF-4]", ("mrs", "sahara")),
    "mrs_info": Switch("`info` of the Sahara record [D-4]", ("null", "oozie")),
    "mrs_refresh_status": Switch("v1.1 refresh-status in the mrs dialect [D-2]", ("absent", "present")),
    "mrs_submit_answer": Switch("v1.1 submit-job response [D-6]", ("wrapped", "flat")),
    "mrs_submit_times": Switch("unit of times in the v1.1 submit-job response [D-9]", ("milliseconds", "seconds")),
    "mrs_numbers": Switch("type of numbers in job-exes [D-10]", ("int", "string")),
    "mrs_v2_filters": Switch(
        "filters of the v2 list: all, or only those that OTC documents (docs/api, section 1.4)",
        ("all", "otc"),
    ),
    "mrs_kill_answer": Switch("v2 kill response: 202 without a body, or 200 with a result [D-7, D-8]", (202, 200)),
    "mrs_kill_ended": Switch("v2 kill of an ended job: refused or accepted [NF-32]", ("refused", "accepted")),
    "mrs_v2_read_code": Switch("HTTP status of v2 list and show [D-15]", (200, 202)),
    "mrs_v2_texts": Switch("type of the v2 fields `arguments` and `properties` [D-16]", ("string", "structured")),
    "mrs_error_class": Switch("HTTP status of MRS's four-digit codes [D-19]", (400, 500)),
    "mrs_no_cluster_key": Switch("key of the code 12000003 [D-11]", ("errorCode", "error_code")),
    "mrs_sql_cancel_failure": Switch("HTTP status of a failed v2 SQL cancel [D-18]", (400, 500)),
    "sahara_lag": Switch("seconds by which Sahara's show call lags behind the engine (docs/api, section 1.8)", SECONDS),
    "sahara_runs_again": Switch(
        "whether Sahara shows RUNNING again in the second half of a stop (docs/api, section 1.8)", ("off", "on")
    ),
    # CDM (docs/api, section 2)
    "cdm_stop_answer": Switch(
        "body of an accepted stop: the submission as in the documents' example, an empty object, no body, or a "
        "validation result with a warning [D-13]",
        ("submissions", "empty", "none", "warning"),
    ),
    "cdm_stop_refused": Switch(
        "refused stop: 400 with a code, or 200 with a validation result [D-13]", ("error", "validation_result")
    ),
    "cdm_unknown_job": Switch("code for an unknown job (docs/api, section 2.5)", ("Cdm.0100", "Cdm.0054")),
    "cdm_unknown_job_status": Switch("HTTP status for an unknown job [D-26]", (400, 500)),
    "cdm_unknown_cluster": Switch("code for an unknown cluster [NF-10]", ("Cdm.0001", "Cdm.0201")),
    "cdm_dates": Switch("type of dates in a submission [D-22]", ("numbers", "strings")),
    "cdm_update_user": Switch("key of the last user [D-23]", ("last-udpate-user", "last-update-user")),
    "cdm_stoping_increment": Switch("type of isStopingIncrement [D-24]", ("string", "boolean")),
    "cdm_list_stopped": Switch("status of a stopped job in the job list [D-25]", ("STOPPED", "FAILED")),
    "cdm_show_total": Switch("`total` in the response for one job (docs/api, section 2.1)", (0, 1)),
    # DLI (docs/api, section 3)
    "dli_cancel_ended": Switch("SQL cancel of an ended job [NF-15]", ("is_success_false", "DLI.0007")),
    "dli_unknown_job": Switch(
        "error for an unknown SQL or Spark id: 400 DLI.0002 or 404 DLI.0023 [NF-15]", ("DLI.0002", "DLI.0023")
    ),
    "dli_unknown_queue": Switch("code for an unknown queue [D-34]", ("DLI.0002", "DLI.0008")),
    "dli_spark_cancelled": Switch("state of a cancelled batch [NF-14]", ("dead", "success", "gone")),
    "dli_spark_cancel_ended": Switch("Spark cancel of an ended batch (docs/api, section 3.2)", ("DLI.0007", "deleted")),
    "dli_spark_state": Switch("spelling of the batch state in `/state` [D-31]", ("lower", "capitalised")),
    "dli_flink_answer": Switch("response of Flink stop and run [D-32]", ("array", "object")),
    "dli_flink_is_success": Switch("type of is_success in Flink responses [D-33]", ("string", "bool")),
    "dli_flink_unknown": Switch(
        "Flink stop with an unknown id: the whole request is refused, or one element is an error",
        ("refused", "element"),
    ),
    # GES (docs/api, section 4)
    "ges_authentication": Switch(
        "authentication in the service plane: only tokens, or also access keys [D-37]", ("token", "token_or_signature")
    ),
    "ges_auth_status": Switch("HTTP status of GES.8007 and GES.8006 [D-41]", (400, 401)),
    "ges_cancellable": Switch("number of kinds of jobs that can be cancelled [D-38]", ("four", "five", "seven")),
    "ges_unsupported": Switch("code of Unsupported Operation [NF-22]", ("GES.8303", "GES.7009")),
    "ges_cancelled": Switch("status of a cancelled job: failed, or unknown to the graph [NF-20]", ("failed", "gone")),
    "ges_unknown_graph": Switch(
        "service-plane error for an unknown graph name [NF-24]", ("GES.8000", "GES.8402", "404")
    ),
    "ges_management_keys": Switch("keys of errors in the management plane [D-21]", ("errorCode", "errCode")),
    "ges_job_name": Switch("type of jobName [D-39]", ("string", "array")),
    # Jobs that are started or submitted through a service's own call
    "submitted_starts_after": Switch("seconds until a submitted job runs", SECONDS, 1),
    "submitted_ends_after": Switch("seconds until a submitted job ends by itself; 0: never", SECONDS),
}
