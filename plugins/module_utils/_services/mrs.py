# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""MapReduce Service: job executions, through API v1.1 and, if a cluster is named, API v2.

Sources: the MRS API references of both clouds and the API of OpenStack Sahara, which v1.1 follows; docs/api, section 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._errors import ApiError, JobNotFound
from .._records import Record
from .base import Job, JobApi, status_phases
from .listing import Filter, Listing
from .service import LocationKind, Service

_REQUIRES_V2 = ("12000064", "12000085")  # clusters with Kerberos, newer clusters
# The codes in job_state of API v1.1, in the words of the documents.
_JOB_STATES = {"-1": "Terminated", "1": "Starting", "2": "Running", "3": "Completed", "4": "Abnormal", "5": "Error"}
_V1_PHASES = status_phases(active="starting running", stopped="terminated", ended="completed abnormal error")
_V2_PHASES = status_phases(
    active="new new_saving submitted accepted running", stopped="killed", ended="finished failed"
)
# The statuses in info.status of a Sahara job execution.
_SAHARA_PHASES = status_phases(
    active="readytorun pending prep running suspended prepsuspended tobekilled tobesuspended",
    stopped="killed",
    ended="succeeded failed donewitherror suspendfailed",
)


class JobExecutionApi(JobApi):
    """Job executions through API v1.1, in the dialects of MRS and of Sahara.

    MRS has the state only in ``job-exes``. Sahara has no such call and reports the state in ``info.status``.
    """

    name = "mrs"
    root = "v1.1/{project}"
    ids_option = "job_execution_ids"
    not_found = re.compile(r"(0176|0201|NOT_FOUND) ")
    attribute_keys = {"name": ("job_name",), "started": ("start_time",)}
    # The calls that read a job, best first. Sahara's plain record may be 45 seconds old, the refreshed one is not.
    _read_calls: tuple[str, ...] = ("job-exes/{}", "job-executions/{}/refresh-status", "job-executions/{}")

    def fetch_record(self, id: str) -> Record:
        """Read a job by the call that worked last. A job is unknown only if it is unknown to every call."""
        failures: list[ApiError] = []
        record: Record | None = None
        for call in self._read_calls:
            try:
                path = (part.format(id) for part in call.split("/"))
                record = self.request_record(id, *path, extract=lambda response: response.record("job_execution"))
            except ApiError as error:
                if error.code in _REQUIRES_V2:
                    raise replace(error, advice="Set cluster_id, so that API v2 is used.") from error
                # any other 404 means that this call does not exist here
                if not isinstance(error, JobNotFound) and error.http_status != 404:
                    raise
                failures.append(error)
                continue
            if self.parse_job(id, record).status:
                # with this call first, most readings take one request
                self._read_calls = (call, *(other for other in self._read_calls if other != call))
                return record
        if record is not None:
            return record
        raise next((error for error in failures if isinstance(error, JobNotFound)), failures[0])

    def stop(self, id: str) -> None:
        """Cancel a job. The response does not show the effect."""
        self.send("GET", "job-executions", id, "cancel", mutating=True)

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that a record of either dialect describes."""
        if record.get("job_state") is not None:
            state = str(record["job_state"])
            cancelled = record.get("job_final_status") in (3, "3")
            return Job.from_record(id, _JOB_STATES.get(state, state), _V1_PHASES, record, cancelled)
        info = record.get("info")
        status = info.get("status") if isinstance(info, dict) else None
        return Job.from_record(id, status, _SAHARA_PHASES, record)


class ClusterJobExecutionApi(JobApi):
    """Job executions of one cluster through API v2."""

    name = "mrs"
    root = "v2/{project}/clusters/{location}/job-executions"
    location_option = "cluster_id"
    ids_option = "job_execution_ids"
    id_key = "job_id"
    not_found = re.compile(r"(0176|0201) ")
    listing = Listing(
        path=(),
        items=("job_list",),
        total=("total_record",),
        id="job_id",
        size=("limit", 100),
        start=("offset", 1),
        by_page=True,
        filters={
            "name": Filter("job_name", ("job_name",)),
            "status": Filter("job_state", ("job_state",)),
            "result": Filter("job_result", ("job_result",)),
            "job_type": Filter("job_type"),  # a SparkPython job has the type SparkSubmit in its record
            "owner": Filter("user", ("user",), everywhere=False),  # not documented by Open Telekom Cloud
            "queue": Filter("queue", ("queue",), everywhere=False),  # not documented by Open Telekom Cloud
            "submitted_after": Filter("submitted_time_begin", ("submitted_time",), "least"),
            "submitted_before": Filter("submitted_time_end", ("submitted_time",), "most"),
        },
    )
    attribute_keys = {"name": ("job_name",), "owner": ("user",), "queue": ("queue",), "started": ("started_time",)}

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that a record describes. The state follows YARN: a finished job may have been killed."""
        return Job.from_record(id, record.get("job_state"), _V2_PHASES, record, record.get("job_result") == "KILLED")

    def fetch_record(self, id: str) -> Record:
        """Return the record of one job."""
        return self.request_record(id, id, extract=lambda response: response.record("job_detail"))

    def stop(self, id: str) -> None:
        """Kill a job. The service does that asynchronously."""
        response = self.send("POST", id, "kill", mutating=True)
        result = response.record().get("result", "succeeded") if response.body else "succeeded"
        if result != "succeeded":
            raise response.error(f"The service answered {result!r}.")


def _select_kind(options: Mapping[str, Any]) -> type[JobApi]:
    """Return the jobs of the API generation that the options of a task require."""
    return JobExecutionApi if options["cluster_id"] is None else ClusterJobExecutionApi


_CLUSTERS = LocationKind(
    service="mrs",
    root="v1.1/{project}",
    listing=Listing(
        path=("cluster_infos",),
        items=("clusters",),
        id="clusterId",
        total=("clusterTotal",),
        size=("pageSize", 1000),
        start=("currentPage", 1),
        by_page=True,
    ),
    name_key="clusterName",
    status_key="clusterState",
    deleted_status="terminated",
)
MRS = Service(
    name="mrs",
    kinds=(ClusterJobExecutionApi, JobExecutionApi),
    select_kind=_select_kind,
    id_options=("job_execution_ids", "job_execution_id", "id"),
    state="cancelled",
    arguments={"cluster_id": {"type": "str"}},
    locations=_CLUSTERS,
)
