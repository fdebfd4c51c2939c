# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Data Migration: the jobs of one cluster. Source: the DataArts Migration API references of both clouds, v1.1."""

from __future__ import annotations

import re

from ..job import Job, Listing, Service, phases
from ..records import Record

# UNKNOWN is in the documents too, and undecided there: left out, it stays unknown.
_STATUSES = phases(
    active="pending booting running",
    stopped="stopped",
    ended="succeeded failed failure_on_submit never_executed new",
)


class MigrationJob(Service):
    """Jobs by name; what runs and is stopped is a job's latest submission."""

    name = "cdm"
    path = "v1.1/{project}/clusters/{place}/cdm/job"
    place_option = "cluster_id"
    ids_option = "job_names"
    unknown_job = re.compile(r"Cdm\.(0100|0054) ")
    listing = Listing(
        path=("all",),
        jobs=("jobs",),
        total=("total",),
        id="name",
        size=("page_size", 100),
        start=("page_no", 1),
        by_page=True,
        filters={"filter": "filter", "job_type": "jobType"},
    )
    facts = {
        "name": ("job_name", "name"),
        "owner": ("creation_user",),
        "started": ("execute_date", "execute_start_date"),
    }

    def job(self, id: str, record: Record) -> Job:
        """A job out of its latest submission, or out of the list, whose status is that of the same."""
        return Job.from_record(id, record.get("status"), _STATUSES, record)

    def get(self, id: str) -> Job:
        """Read one job's status."""
        submissions = self.send("GET", id, "status").record().get("submissions") or []
        return self.job(id, max((item for item in submissions if isinstance(item, dict)), key=_age, default={}))

    def stop(self, id: str) -> None:
        """Stop one job. A 200 may hold nothing, a submission, or what went wrong."""
        answer = self.send("PUT", id, "stop", mutates=True)
        results = answer.record().get("validation-result") or [] if answer.body else []
        for item in [results] if isinstance(results, dict) else results:
            if str(item.get("status")).upper() == "ERROR":
                raise answer.error(str(item.get("message") or "the service reports an error without a reason"))


def _age(submission: Record) -> list[int]:
    """Sorts a job's submissions, the latest last. Documents give numbers as numbers and as strings."""
    numbers = (str(submission.get(key)) for key in ("submission-id", "creation-date"))
    return [int(number) if number.isdigit() else 0 for number in numbers]


service_for = MigrationJob
