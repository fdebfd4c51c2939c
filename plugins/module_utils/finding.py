# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding jobs, by their ids or by what the service's list call can select, and the result that tells of them."""

from __future__ import annotations

from typing import Any

from .errors import ApiError, InvalidInput, JobUnknown
from .job import Job, Phase, Service
from .reading import Reader

# By what services select exactly, and what their records tell as well.
_EXACT = ("owner", "queue")
Result = tuple[dict[str, Any], bool]  # as modules return it, and whether the task has failed


def find(reader: Reader, ids: list[str] | None, filters: dict[str, Any], limit: int | None) -> Result:
    """Read the jobs that the ids name or, without ids, those that the filters select, so many at the most.

    :param filters: values of the options that select jobs; with ids there can be none.
    :raises InvalidInput: the service cannot select jobs in this way. Nothing was sent.
    :raises ApiError: it has passed over a filter, as some do with parameters that they do not know.
    """
    if ids is None:
        result, failed = _result(reader.service, reader.find(_parameters(reader, filters), limit or 10**9), [], {})
        _check(result["jobs"], filters)
        return result, failed
    if filters:
        raise InvalidInput(f"{reader.service.ids_option} and {', '.join(filters)} exclude each other")
    once = list(dict.fromkeys(ids))
    found = dict(reader.read(once))
    readings = {id: found[id] for id in once}  # in the order asked for
    jobs = [reading for reading in readings.values() if isinstance(reading, Job)]
    missing = [id for id, reading in readings.items() if isinstance(reading, JobUnknown)]
    errors = {id: reading for id, reading in readings.items() if not isinstance(reading, (Job, JobUnknown))}
    return _result(reader.service, jobs[:limit], missing, errors)


def _parameters(reader: Reader, filters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the list call that the options stand for."""
    listing = reader.service.listing
    if not listing:
        raise InvalidInput("there is no list of these jobs without cluster_id: give it, or ids")
    for name, value in filters.items():
        if value == "":  # else an empty variable selected every job
            raise InvalidInput(f"{name} is empty: leave it out, or say what to select")
    unknown = [name for name in filters if name not in listing.filters]
    if unknown:
        known = f"; it can by {', '.join(listing.filters)}" if listing.filters else ""
        raise InvalidInput(f"the service cannot select these jobs by {', '.join(unknown)}{known}")
    return {listing.filters[name]: value for name, value in filters.items()}


def _check(entries: list[dict[str, Any]], filters: dict[str, Any]) -> None:
    for name in (name for name in _EXACT if name in filters):
        for entry in entries:
            if entry[name] is not None and str(entry[name]).lower() != str(filters[name]).lower():
                told = f"it told of {entry['id']}, whose {name} is {entry[name]}"
                raise ApiError(f"the service does not select by {name}: {told}. Select by something else, or by ids")


def _result(service: Service, jobs: list[Job], missing: list[str], errors: dict[str, Any]) -> Result:
    entries = [_entry(service, job) for job in jobs]
    active = sum(job.phase is Phase.ACTIVE for job in jobs)
    msg = f"Found {len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}, {active} active."
    if errors:
        complaints = [f"{id}: {error}." for id, error in errors.items()]
        msg = " ".join([msg, f"{len(errors)} could not be read.", *complaints[:5]])
    return {"msg": msg, "jobs": entries, "missing": missing}, bool(errors)


def _entry(service: Service, job: Job) -> dict[str, Any]:
    details = job.details
    return {
        "id": job.id,
        "status": job.status,
        "active": None if job.phase is Phase.UNKNOWN else job.phase is Phase.ACTIVE,
        **{fact: service.fact(details, fact) for fact in ("name", "owner", "queue", "started")},
        "details": details,
    }
