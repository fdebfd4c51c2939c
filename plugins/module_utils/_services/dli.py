# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Data Lake Insight: SQL, Spark and Flink jobs.

Source: the DLI API references of both clouds, v1.0 and v2.0; docs/api, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._errors import ApiError, Error, InvalidOption, ResponseLost
from .._http.responses import Response
from .._records import Record
from .base import Job, JobApi, Phase, status_phases
from .listing import Filter, Listing
from .service import LocationKind, Service


class DliJobApi(JobApi):
    """The common part of all kinds of jobs.

    :cvar phases: the phase of each status.
    """

    name = "dli"
    not_found = re.compile(r"DLI\.(0002|0023|16001) ")
    phases: Mapping[str, Phase]
    _status_key = "status"

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that a record describes, its own record or one of a list."""
        return Job.from_record(id, record.get(self._status_key), self.phases, record)

    def fetch_record(self, id: str) -> Record:
        """Return the record of one job."""
        return self.request_record(id, id)

    def stop(self, id: str) -> None:
        """Cancel one job. The service does that asynchronously."""
        self.send("DELETE", id, mutating=True)


class SqlJobApi(DliJobApi):
    """SQL jobs."""

    kind = "sql"

    root = "v1.0/{project}/jobs"
    id_key = "job_id"
    phases = status_phases(active="launching running scaling", stopped="cancelled", ended="finished finish failed")
    listing = Listing(
        path=(),
        items=("jobs",),
        total=("job_count",),
        id="job_id",
        size=("page-size", 100),
        start=("current-page", 1),
        by_page=True,
        filters={
            "status": Filter("job-status", ("status",)),
            "job_type": Filter("job-type", ("job_type",)),
            "queue": Filter("queue_name", ("queue_name",)),
            "owner": Filter("owner", ("owner",)),
            "sql_pattern": Filter("sql_pattern"),
            "started_after": Filter("start", ("start_time",), "least"),
            "started_before": Filter("end", ("start_time",), "most"),
        },
    )
    attribute_keys = {"owner": ("owner",), "queue": ("queue_name",), "started": ("start_time",)}

    def fetch_record(self, id: str) -> Record:
        """Return the status of one job."""
        return self.request_record(id, id, "status")


class SparkJobApi(DliJobApi):
    """Spark batch jobs. No document names the state of a cancelled batch. Clients see it ``dead`` or not at all."""

    kind = "spark"

    root = "v2.0/{project}/batches"
    phase_if_missing = Phase.STOPPED_OR_FAILED
    _status_key = "state"
    phases = status_phases(active="starting running recovering", stopped_or_failed="dead", ended="success")
    listing = Listing(
        path=(),
        items=("sessions",),
        total=("total",),
        id="id",
        size=("size", 100),
        start=("from", 0),
        filters={
            "name": Filter("job_name", ("name",)),
            "status": Filter("state", ("state",)),
            "queue": Filter("queue_name", ("queue", "cluster_name")),
            "owner": Filter("owner", ("owner",)),
        },
    )
    attribute_keys = {
        "name": ("name",),
        "owner": ("owner",),
        "queue": ("queue", "cluster_name"),
        "started": ("create_time",),  # a batch starts when it is created
    }


class FlinkJobApi(DliJobApi):
    """Flink jobs. Their ids are numbers."""

    kind = "flink"

    root = "v1.0/{project}/streaming/jobs"
    id_key = "job_id"
    phases = status_phases(
        active="job_submitting job_running job_savepointing job_downloading job_idle"
        " job_arrearage_recovering job_canceling",
        stopped="job_cancel_success",
        stop_failed="job_cancel_fail",
        ended="job_init job_submit_fail job_finish job_running_exception job_arrearage_stopped",
    )
    listing = Listing(
        path=(),
        items=("job_list", "jobs"),
        total=("job_list", "total_count"),
        id="job_id",
        size=("limit", 100),
        start=("offset", 0),
        filters={
            "name": Filter("name", ("name",), "contains"),
            "status": Filter("status", ("status",)),
            "job_type": Filter("job_type", ("job_type",)),
            "queue": Filter("queue_name", ("queue_name",)),
            "owner": Filter("user_name", ("user_name",)),
        },
    )
    attribute_keys = {
        "name": ("name",),
        "owner": ("user_name",),
        "queue": ("queue_name",),
        "started": ("start_time",),  # create_time is the time at which the job was defined
    }
    batch_size = 100

    def validate_id(self, id: str) -> None:
        """Refuse an id that is not a number."""
        super().validate_id(id)
        if not re.fullmatch("0|[1-9][0-9]*", id):
            raise InvalidOption(f"{self.ids_option} contains {id!r}. The ids of Flink jobs are numbers.")

    def fetch_record(self, id: str) -> Record:
        """Return the record of one job."""
        return self.request_record(id, id, extract=lambda response: response.record("job_detail"))

    def stop(self, id: str) -> None:
        """Stop one job without a savepoint. The service does that asynchronously."""
        for refusal in self.stop_batch([id]):
            if refusal:
                raise refusal

    def stop_batch(self, ids: list[str]) -> list[Error | None]:
        """Stop several jobs without a savepoint. One success instead of a list applies to all of them."""
        body = {"job_ids": [int(id) for id in ids], "trigger_savepoint": False}
        try:
            response = self.send("POST", "stop", mutating=True, json=body)
        except ApiError as refusal:
            if len(ids) > 1 and (refusal.http_status or 0) < 300:
                raise ResponseLost(
                    "The response does not show which of the jobs the service refuses to stop."
                ) from refusal
            raise
        items = response.body if isinstance(response.body, list) else [response.body] * len(ids)
        if len(items) != len(ids):
            raise ResponseLost(f"The response has {len(items)} results for {len(ids)} jobs.")
        return [_refusal(response, item) for item in items]


def _refusal(response: Response, item: Any) -> Error | None:
    """Return why one result does not confirm that the service accepted the stop of a job, or None if it does."""
    if not isinstance(item, dict) or "is_success" not in item:
        return response.unusable("it does not show whether the service accepted the stop")
    return response.refusal(item)


_KINDS: Mapping[str, type[DliJobApi]] = {"sql": SqlJobApi, "spark": SparkJobApi, "flink": FlinkJobApi}
# The kinds of jobs that a queue runs, by its type. The documents disagree on queues of other types.
_KINDS_BY_QUEUE_TYPE = {"sql": ("sql",), "general": ("spark", "flink")}


def _targets(record: Record) -> list[dict[str, Any]]:
    kinds = _KINDS_BY_QUEUE_TYPE.get(str(record.get("queue_type")), tuple(_KINDS))
    return [{"kind": kind, "filters": {"queue": str(record["queue_name"])}} for kind in kinds]


_QUEUES = LocationKind(
    service="dli",
    root="v1.0/{project}",
    listing=Listing(
        path=("queues",),
        items=("queues",),
        id="queue_name",
        params={"queue_type": "all"},  # by default the list contains SQL queues only
    ),
    name_key="queue_name",
    status_key="is_restarting",
    statuses={"true": "restarting", "false": ""},
    targets=_targets,
)
DLI = Service(
    name="dli",
    kinds=tuple(_KINDS.values()),
    select_kind=lambda options: _KINDS[options["kind"]],
    id_options=("job_ids", "job_id", "id"),
    state="cancelled",
    arguments={"kind": {"type": "str", "choices": list(_KINDS), "default": "sql"}},
    locations=_QUEUES,
)
