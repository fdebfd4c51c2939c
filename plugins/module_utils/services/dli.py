# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Lake Insight: SQL, Spark and Flink jobs. Source: the DLI API references of both clouds, v1.0 and v2.0."""

from __future__ import annotations

import re
from typing import Any

from ..arguments import Options
from ..client import Response
from ..errors import AnswerLost, Error, InvalidInput
from ..job import Job, Listing, Phase, Service, phases
from ..records import Record


class SqlJob(Service):
    """SQL jobs."""

    name = "dli"
    path = "v1.0/{project}/jobs"
    unknown_job = re.compile(r"DLI\.(0002|0023|16001) ")
    _reading: tuple[str, ...] = ("status",)  # where below a job's path its record is read
    _record: str | None = None  # under which key of the answer it is
    _word = "status"  # and what it calls the status
    _statuses = phases(active="launching running scaling", stopped="cancelled", ended="finished finish failed")
    listing = Listing(
        path=(),
        jobs=("jobs",),
        total=("job_count",),
        id="job_id",
        size=("page-size", 100),
        start=("current-page", 1),
        by_page=True,
        filters={
            "status": "job-status",
            "job_type": "job-type",
            "queue": "queue_name",
            "owner": "owner",
            "sql_pattern": "sql_pattern",
            "started_after": "start",
            "started_before": "end",
        },
    )
    facts = {"owner": ("owner",), "queue": ("queue_name",), "started": ("start_time",)}

    def send(self, method: str, *path: str, **how: Any) -> Response:
        """Send a request; DLI may say within a 200 that it failed."""
        answer = super().send(method, *path, **how)
        refusal = _refusal(answer, answer.body)
        if refusal:
            raise refusal
        return answer

    def job(self, id: str, record: Record) -> Job:
        """A job out of a record, which is the same in a list."""
        return Job.from_record(id, record.get(self._word), self._statuses, record)

    def get(self, id: str) -> Job:
        """Read one job."""
        return self.job(id, self.send("GET", id, *self._reading).record(self._record))

    def stop(self, id: str) -> None:
        """Cancel one job; asynchronous."""
        self.send("DELETE", id, mutates=True)


class SparkJob(SqlJob):
    """Spark batch jobs. The state of a cancelled batch is in no document; clients in use see it C{dead} or gone."""

    path = "v2.0/{project}/batches"
    gone = Phase.HALTED
    _reading = ()
    _word = "state"
    _statuses = phases(active="starting running recovering", halted="dead", ended="success")
    listing = Listing(
        path=(),
        jobs=("sessions",),
        total=("total",),
        id="id",
        size=("size", 100),
        start=("from", 0),
        filters={"name": "job_name", "status": "state", "queue": "queue_name", "owner": "owner"},
    )
    # a batch is started when it is created
    facts = {"name": ("name",), "owner": ("owner",), "queue": ("queue", "cluster_name"), "started": ("create_time",)}


class FlinkJob(SqlJob):
    """Flink jobs, whose ids are numbers."""

    path = "v1.0/{project}/streaming/jobs"
    _reading = ()
    _record = "job_detail"
    _statuses = phases(
        active="job_submitting job_running job_savepointing job_downloading job_idle"
        " job_arrearage_recovering job_canceling",
        stopped="job_cancel_success",
        stop_failed="job_cancel_fail",
        ended="job_init job_submit_fail job_finish job_running_exception job_arrearage_stopped",
    )
    listing = Listing(
        path=(),
        jobs=("job_list", "jobs"),
        total=("job_list", "total_count"),
        id="job_id",
        size=("limit", 100),
        start=("offset", 0),
        filters={
            "name": "name",
            "status": "status",
            "job_type": "job_type",
            "queue": "queue_name",
            "owner": "user_name",
        },
    )
    # create_time is when the job was written, perhaps years before it was started
    facts = {"name": ("name",), "owner": ("user_name",), "queue": ("queue_name",), "started": ("start_time",)}
    batch = 100

    def check_id(self, id: str) -> None:
        """Refuse what is not a number."""
        super().check_id(id)
        if not re.fullmatch("0|[1-9][0-9]*", id):
            raise InvalidInput(f"{self.ids_option} holds {id!r}, but the ids of Flink jobs are numbers")

    def stop(self, id: str) -> None:
        """Stop one job without a savepoint; asynchronous."""
        for refusal in self.stop_batch([id]):
            if refusal:
                raise refusal

    def stop_batch(self, ids: list[str]) -> list[Error | None]:
        """Stop several jobs without a savepoint. One object in place of one for each means all of them."""
        body = {"job_ids": [int(id) for id in ids], "trigger_savepoint": False}
        answer = super(SqlJob, self).send("POST", "stop", mutates=True, json=body)
        items = answer.body if isinstance(answer.body, list) else [answer.body] * len(ids)
        if len(ids) > 1 and items[0] is answer.body and _refusal(answer, answer.body):
            raise AnswerLost("the answer does not say which of the jobs it refuses")
        if len(items) != len(ids):
            raise AnswerLost(f"the answer has {len(items)} results for {len(ids)} jobs")
        return [_refusal(answer, item) for item in items]


def _refusal(answer: Response, item: Any) -> Error | None:
    """The error that a part of an answer is, which says so as a boolean or as a string."""
    if isinstance(item, dict) and str(item.get("is_success", True)).lower() == "false":
        return answer.error(str(item.get("message") or "the service reports a failure without a reason"))
    return None


_KINDS = {"sql": SqlJob, "spark": SparkJob, "flink": FlinkJob}


def service_for(options: Options) -> Service:
    """The kind of job that a task's options call for."""
    return _KINDS[options["kind"]](options)
