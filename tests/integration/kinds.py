# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of jobs that the modules stop, as the simulator and the modules name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    :param service: what the simulator calls it.
    :param ids: the module's option that names the jobs.
    :param read: meaning of the reading request in the simulator's journal.
    :param stop: meaning of the stopping request.
    :param list: meaning of the request for a page of all jobs; None where none is used.
    :param words: the status of a running job, and of one that was stopped.
    """

    service: str
    module: str
    ids: str
    read: str
    stop: str
    list: str | None
    words: tuple[str, str]

    def options(self, ready: dict) -> dict:
        """What the module needs besides the ids."""
        return {
            "mrs_v2": {"cluster_id": ready["examples"]["mrs_cluster_id"]},
            "cdm": {"cluster_id": ready["examples"]["cdm_cluster_id"]},
            "dli_spark": {"kind": "spark"},
            "dli_flink": {"kind": "flink"},
            "ges": {"graph_name": ready["examples"]["ges_graph_name"], "graph_address": ready["ges_service"]},
        }.get(self.service, {})

    def unknown_id(self) -> str:
        """An id that no job has."""
        return "999999" if self.service == "dli_flink" else "00000000-0000-0000-0000-000000000000"


KINDS = (
    Kind(
        "mrs",
        "mrs_job_execution",
        "job_execution_ids",
        "mrs.job_exe.show",
        "mrs.job_execution.cancel",
        None,
        ("Running", "Terminated"),
    ),
    Kind(
        "mrs_v2",
        "mrs_job_execution",
        "job_execution_ids",
        "mrs.v2.job.show",
        "mrs.v2.job.kill",
        "mrs.v2.job.list",
        ("RUNNING", "KILLED"),
    ),
    Kind("cdm", "cdm_job", "job_names", "cdm.job.status", "cdm.job.stop", "cdm.job.list", ("RUNNING", "STOPPED")),
    Kind(
        "dli_sql",
        "dli_job",
        "job_ids",
        "dli.sql.status",
        "dli.sql.cancel",
        "dli.sql.list",
        ("RUNNING", "CANCELLED"),
    ),
    Kind(
        "dli_spark", "dli_job", "job_ids", "dli.spark.show", "dli.spark.cancel", "dli.spark.list", ("running", "dead")
    ),
    Kind(
        "dli_flink",
        "dli_job",
        "job_ids",
        "dli.flink.show",
        "dli.flink.stop",
        "dli.flink.list",
        ("job_running", "job_cancel_success"),
    ),
    Kind("ges", "ges_job", "job_ids", "ges.job.status", "ges.job.cancel", "ges.job.list", ("running", "failed")),
)
