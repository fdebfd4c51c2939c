# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Cloud Data Migration: the jobs of one cluster.

Source: the DataArts Migration API references of both clouds, v1.1; docs/api, section 2.
"""

from __future__ import annotations

import re

from .._http.responses import Response
from .._records import Record
from .base import Job, JobApi, status_phases
from .listing import Filter, Listing
from .service import LocationKind, Service

# The documents also have UNKNOWN without its meaning. It is not listed, so that it stays unknown.
_PHASES = status_phases(
    active="pending booting running",
    stopped="stopped",
    ended="succeeded failed failure_on_submit never_executed new",
)


class MigrationJobApi(JobApi):
    """Jobs by name. The service runs and stops the latest submission of a job."""

    name = "cdm"
    root = "v1.1/{project}/clusters/{location}/cdm/job"
    location_option = "cluster_id"
    ids_option = "job_names"
    id_key = "job-name"
    not_found = re.compile(r"Cdm\.(0100|0054) ")
    listing = Listing(
        path=("all",),
        items=("jobs",),
        total=("total",),
        id="name",
        size=("page_size", 100),
        start=("page_no", 1),
        by_page=True,
        filters={"filter": Filter("filter", ("name",), "contains"), "job_type": Filter("jobType", ("job_type",))},
    )
    attribute_keys = {
        "name": ("job_name", "name"),
        "owner": ("creation_user",),
        "started": ("execute_date", "execute_start_date"),
    }

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that its latest submission describes, or its entry in the list, which has the same status."""
        return Job.from_record(id, record.get("status"), _PHASES, record)

    def fetch_record(self, id: str) -> Record:
        """Return the latest submission of a job."""
        return self.request_record(id, id, "status", extract=_latest_submission)

    def stop(self, id: str) -> None:
        """Stop one job. A 200 may contain nothing, a submission, or an error."""
        response = self.send("PUT", id, "stop", mutating=True)
        results = response.record().get("validation-result") or [] if response.body else []
        for item in [results] if isinstance(results, dict) else results:
            if str(item.get("status")).upper() == "ERROR":
                raise response.error(str(item.get("message") or "The service reports an error without a reason."))


def _latest_submission(response: Response) -> Record:
    submissions = response.record().get("submissions") or []
    return max((item for item in submissions if isinstance(item, dict)), key=_submission_order, default={})


def _submission_order(submission: Record) -> list[int]:
    """Return a sort key that puts the latest submission last. Documents show numbers also as strings."""
    numbers = (str(submission.get(key)) for key in ("submission-id", "creation-date"))
    return [int(number) if number.isdigit() else 0 for number in numbers]


_CLUSTERS = LocationKind(
    service="cdm",
    root="v1.1/{project}",
    listing=Listing(path=("clusters",), items=("clusters",), id="id"),
    name_key="name",
    status_key="status",
    statuses={
        "100": "creating",
        "200": "normal",
        "300": "failed",
        "303": "creation_failed",
        "500": "restarting",
        "800": "frozen",
        "900": "stopped",
        "910": "stopping",
        "920": "starting",
    },
)
CDM = Service(
    name="cdm",
    kinds=(MigrationJobApi,),
    select_kind=lambda options: MigrationJobApi,
    id_options=("job_names", "job_name", "name"),
    state="stopped",
    arguments={"cluster_id": {"type": "str", "required": True}},
    locations=_CLUSTERS,
)
