# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MapReduce Service: job executions, through API v1.1 and, where a cluster is named, API v2.

Source: MRS API references of both clouds; for the Sahara dialect the API of OpenStack Sahara, which v1.1 follows.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..arguments import Options
from ..errors import ApiError, JobUnknown
from ..job import Job, Listing, Service, phases
from ..records import Record

_ONLY_V2 = ("12000064", "12000085")  # clusters with Kerberos, newer clusters
# job_state of a v1.1 job, under the documents' own words
_JOB_STATES = {"-1": "Terminated", "1": "Starting", "2": "Running", "3": "Completed", "4": "Abnormal", "5": "Error"}
_V1_STATUSES = phases(active="starting running", stopped="terminated", ended="completed abnormal error")
_V2_STATUSES = phases(active="new new_saving submitted accepted running", stopped="killed", ended="finished failed")
# info.status of a Sahara job execution
_SAHARA_STATUSES = phases(
    active="readytorun pending prep running suspended prepsuspended tobekilled tobesuspended",
    stopped="killed",
    ended="succeeded failed donewitherror suspendfailed",
)


class JobExecution(Service):
    """Job executions through API v1.1, in MRS's own dialect and in Sahara's.

    MRS tells the state in C{job-exes} only; Sahara has no such call, and tells it in C{info.status}.
    """

    name = "mrs"
    path = "v1.1/{project}"
    ids_option = "job_execution_ids"
    unknown_job = re.compile(r"(0176|0201|NOT_FOUND) ")
    facts = {"name": ("job_name",), "started": ("start_time",)}
    # Where a job may be read, best first. Sahara's plain record may be 45 seconds old; the refreshed one is not.
    _readings: tuple[str, ...] = ("job-exes/{}", "job-executions/{}/refresh-status", "job-executions/{}")

    def get(self, id: str) -> Job:
        """Read by the way that worked last; a job is unknown, or without a status, only if it is so by every way."""
        failures: list[ApiError] = []
        job: Job | None = None
        for reading in self._readings:
            try:
                answer = self.send("GET", *(part.format(id) for part in reading.split("/")))
                job = self.job(id, answer.record("job_execution"))
            except ApiError as error:
                if error.code in _ONLY_V2:
                    raise replace(error, message=f"{error.message}; give cluster_id, for API v2") from error
                # any other 404: this call is missing here, not the job
                if not isinstance(error, JobUnknown) and error.http_status != 404:
                    raise
                failures.append(error)
            if job and job.status:
                # the way that worked goes first, so that most readings cost one request
                self._readings = (reading, *(other for other in self._readings if other != reading))
                return job
        if job:
            return job
        raise next((error for error in failures if isinstance(error, JobUnknown)), failures[0])

    def stop(self, id: str) -> None:
        """Cancel; the answer says nothing about the effect."""
        self.send("GET", "job-executions", id, "cancel", mutates=True)

    def job(self, id: str, record: Record) -> Job:
        """A job out of either dialect's record."""
        if record.get("job_state") is not None:
            state = str(record["job_state"])
            cancelled = record.get("job_final_status") in (3, "3")
            return Job.from_record(id, _JOB_STATES.get(state, state), _V1_STATUSES, record, cancelled)
        info = record.get("info")
        status = info.get("status") if isinstance(info, dict) else None
        return Job.from_record(id, status, _SAHARA_STATUSES, record)


class ClusterJobExecution(Service):
    """Job executions of one cluster through API v2."""

    name = "mrs"
    path = "v2/{project}/clusters/{place}/job-executions"
    place_option = "cluster_id"
    ids_option = "job_execution_ids"
    unknown_job = re.compile(r"(0176|0201) ")
    listing = Listing(
        path=(),
        jobs=("job_list",),
        total=("total_record",),
        id="job_id",
        size=("limit", 100),
        start=("offset", 1),
        by_page=True,
        filters={
            "name": "job_name",
            "status": "job_state",
            "result": "job_result",
            "job_type": "job_type",
            "owner": "user",
            "queue": "queue",
            "submitted_after": "submitted_time_begin",
            "submitted_before": "submitted_time_end",
        },
        not_everywhere=("owner", "queue"),  # Open Telekom Cloud documents neither
    )
    facts = {"name": ("job_name",), "owner": ("user",), "queue": ("queue",), "started": ("started_time",)}

    def job(self, id: str, record: Record) -> Job:
        """A job out of a record; the state follows YARN's, so that a finished job may have been killed."""
        return Job.from_record(id, record.get("job_state"), _V2_STATUSES, record, record.get("job_result") == "KILLED")

    def get(self, id: str) -> Job:
        """Read one job."""
        return self.job(id, self.send("GET", id).record("job_detail"))

    def stop(self, id: str) -> None:
        """Kill; asynchronous."""
        answer = self.send("POST", id, "kill", mutates=True)
        result = answer.record().get("result", "succeeded") if answer.body else "succeeded"
        if result != "succeeded":
            raise answer.error(f"the service answered {result!r}")


def service_for(options: Options) -> Service:
    """The API generation that a task's options call for."""
    return (JobExecution if options["cluster_id"] is None else ClusterJobExecution)(options)
