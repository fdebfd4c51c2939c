# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of jobs that the modules stop, with their names in the simulator and in the modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    :param service: name of the kind in the simulator.
    :param module: name of the module that stops these jobs.
    :param ids_option: option of the module that selects jobs by id.
    :param read: meaning of the request that reads one job, as the simulator's journal records it.
    :param stop: meaning of the request that stops a job.
    :param list: meaning of the request for one page of the list; None if the service has no list.
    :param statuses: status of a running job and status of a stopped job.
    """

    service: str
    module: str
    ids_option: str
    read: str
    stop: str
    list: str | None
    statuses: tuple[str, str]

    def __str__(self) -> str:
        return self.service

    def options(self, ready: dict) -> dict:
        """Return the options that the module requires besides the ids.

        :param ready: addresses and examples of a running simulator.
        """
        return {
            "mrs_v2": {"cluster_id": ready["examples"]["mrs_cluster_id"]},
            "cdm": {"cluster_id": ready["examples"]["cdm_cluster_id"]},
            "dli_spark": {"kind": "spark"},
            "dli_flink": {"kind": "flink"},
            "ges": {"graph_name": ready["examples"]["ges_graph_name"], "graph_address": ready["ges_service"]},
        }.get(self.service, {})

    def unknown_id(self) -> str:
        """Return a valid id that no job has."""
        return "999999" if self.service == "dli_flink" else "00000000-0000-0000-0000-000000000000"


KINDS = (
    JobKind(
        "mrs",
        "mrs_job_execution",
        "job_execution_ids",
        "mrs.job_exe.show",
        "mrs.job_execution.cancel",
        None,
        ("Running", "Terminated"),
    ),
    JobKind(
        "mrs_v2",
        "mrs_job_execution",
        "job_execution_ids",
        "mrs.v2.job.show",
        "mrs.v2.job.kill",
        "mrs.v2.job.list",
        ("RUNNING", "KILLED"),
    ),
    JobKind("cdm", "cdm_job", "job_names", "cdm.job.status", "cdm.job.stop", "cdm.job.list", ("RUNNING", "STOPPED")),
    JobKind(
        "dli_sql",
        "dli_job",
        "job_ids",
        "dli.sql.status",
        "dli.sql.cancel",
        "dli.sql.list",
        ("RUNNING", "CANCELLED"),
    ),
    JobKind(
        "dli_spark", "dli_job", "job_ids", "dli.spark.show", "dli.spark.cancel", "dli.spark.list", ("running", "dead")
    ),
    JobKind(
        "dli_flink",
        "dli_job",
        "job_ids",
        "dli.flink.show",
        "dli.flink.stop",
        "dli.flink.list",
        ("job_running", "job_cancel_success"),
    ),
    JobKind("ges", "ges_job", "job_ids", "ges.job.status", "ges.job.cancel", "ges.job.list", ("running", "failed")),
)


def seed_jobs(simulator: Any, kind: JobKind, **spec: Any) -> list[str]:
    """Create jobs of a kind in the simulator and return their ids."""
    return [str(job["id"]) for job in simulator.seed(kind.service, **spec)]


def request_meanings(simulator: Any, mutating: bool | None = None) -> list[str]:
    """Return the meanings of the requests in the simulator's journal, oldest first.

    :param mutating: True returns only mutating requests, False only all others.
    """
    return [request["meaning"] for request in simulator.journal(mutating)]
