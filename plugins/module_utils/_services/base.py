# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""A job, its phases, and what the algorithms that read and stop jobs need from a service."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from .._connection import Connection
from .._endpoints import validate_path_segment
from .._errors import Error
from .._http.responses import Response
from .._records import Record, first_value
from .._redaction import printable
from .._times import to_iso8601
from .listing import Listing, Page, fetch_page

ATTRIBUTES = ("name", "owner", "queue", "started")
_ATTRIBUTE_LENGTH = 1000  # characters


class Phase(enum.Enum):
    """The state of a job in the words of this collection."""

    ACTIVE = "active"  # it goes on by itself and can be stopped
    STOPPED = "stopped"  # somebody stopped it
    STOPPED_OR_FAILED = "stopped_or_failed"  # the service has one status for both
    ENDED = "ended"  # it ended by itself, or never ran
    STOP_FAILED = "stop_failed"  # it ended, and the service reports that the stop failed
    UNKNOWN = "unknown"  # the status is not documented


def status_phases(**statuses: str) -> dict[str, Phase]:
    """Return the phase of each status of a service: for each phase its statuses, lower case, separated by spaces."""
    return {status: Phase(phase) for phase in statuses for status in statuses[phase].split()}


class Job(NamedTuple):
    """One reading of one job.

    :param id: the id that the user gave, or that the service lists.
    :param status: the status in the service's own word; None if the record has none.
    :param phase: the meaning of the status.
    :param record: the record of the service, unchanged.
    :param from_list: whether the record comes from a list, which may be older and shorter than the job's own record.
    """

    id: str
    status: str | None
    phase: Phase
    record: Record
    from_list: bool = False

    @classmethod
    def from_record(
        cls, id: str, status: Any, phases: Mapping[str, Phase], record: Record, stopped: bool = False
    ) -> Job:
        """Return the job that a record of a service describes.

        :param phases: the phase of each status. Documents disagree on upper and lower case, so it is ignored.
        :param stopped: whether another field of the record shows that somebody stopped the job, if it has ended.
        """
        word = None if status is None else str(status)
        phase = phases.get((word or "").lower(), Phase.UNKNOWN)
        if stopped and phase is Phase.ENDED:
            phase = Phase.STOPPED
        return cls(id, word, phase, record)


class JobApi:
    """The jobs of one service: how they are read and stopped. No loops over jobs, no waiting, no retries.

    :cvar name: the short name of the service.
    :cvar kind: the value of the option ``kind`` that selects these jobs, if the service has this option.
    :cvar root: the path of all requests, with ``{project}`` and ``{location}``.
    :cvar location_option: the option that names the cluster or the graph of the jobs, if there is one.
    :cvar ids_option: the option that names the jobs.
    :cvar id_key: the key of the id in the record of a job.
    :cvar not_found: matches "code message" of the errors by which the service reports an unknown job.
    :cvar phase_if_missing: the phase of a job that the service does not know any more.
    :cvar listing: how the service lists jobs, if it does.
    :cvar attribute_keys: for ``name``, ``owner``, ``queue`` and ``started`` the keys in the details, best first.
    :cvar batch_size: how many jobs one request can stop.
    """

    name: str
    kind = ""
    root: str
    location_option = ""
    ids_option = "job_ids"
    id_key = "id"
    not_found: re.Pattern[str]
    phase_if_missing = Phase.ENDED
    listing: Listing | None = None
    attribute_keys: Mapping[str, tuple[str, ...]] = {}
    batch_size = 1

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Take the location of the jobs from the options of a task; raise :class:`InvalidOption` if it is unusable."""
        option = self.location_option
        self.location = validate_path_segment(option, options[option]) if option else ""

    def validate_id(self, id: str) -> None:
        """Raise :class:`InvalidOption` if the text cannot be the id of a job. Send nothing."""
        validate_path_segment(self.ids_option, id)

    def connect(self, connection: Connection, address: str | None = None) -> None:
        """Create the client for the service. Before this call, only :meth:`validate_id` can be used.

        :param address: the base URL, if the jobs have one of their own.
        """
        self.client = connection.client(self.name, self.not_found, address)
        self.project = validate_path_segment("project_id", connection.authenticator.project_id)

    def send(self, method: str, *path: str, **how: Any) -> Any:
        """Send a request below :attr:`root`; see :meth:`ServiceClient.send`."""
        root = (part.format(project=self.project, location=self.location) for part in self.root.split("/"))
        return self.client.send(method, *root, *path, **how)

    def parse_job(self, id: str, record: Record) -> Job:
        """Return the job that a record describes, its own record or one of a list."""
        raise NotImplementedError

    def fetch_record(self, id: str) -> Record:
        """Return the record of one job; raise :class:`JobNotFound` if the service does not know it."""
        raise NotImplementedError

    def request_record(
        self, job_id: str, *path: str, extract: Callable[[Response], Record] = Response.record, **how: Any
    ) -> Record:
        """Send a reading request and return the record in its response.

        :param extract: returns the record, by default the whole response.
        :raises ResponseLost: the response contains no record, or that of another job, also when it was repeated.
        """

        def parse(response: Response) -> Record:
            record = extract(response)
            recorded_id = record.get(self.id_key)
            if recorded_id is not None and str(recorded_id).casefold() != job_id.casefold():
                raise response.unusable("it is the record of another job")
            return record

        record: Record = self.send("GET", *path, parse=parse, **how)
        return record

    def get(self, id: str) -> Job:
        """Read one job; see :meth:`fetch_record`."""
        return self.parse_job(id, self.fetch_record(id))

    def attribute(self, record: Record, name: str) -> str | None:
        """Return an attribute of a job (a key of :attr:`attribute_keys`) from its record, or None."""
        value = first_value(record, self.attribute_keys.get(name, ()))
        if value is None or isinstance(value, (dict, list)):
            return None
        return to_iso8601(value) if name == "started" else printable(str(value), _ATTRIBUTE_LENGTH)

    def attributes(self, record: Record) -> dict[str, str | None]:
        """Return name, owner, queue and start time of a job from its record."""
        return {name: self.attribute(record, name) for name in ATTRIBUTES}

    def fetch_page(self, position: int, filters: Mapping[str, Any]) -> Page:
        """Return one page of the list of jobs; see :func:`fetch_page`."""
        if self.listing is None:
            raise NotImplementedError
        return fetch_page(self.send, self.listing, position, filters)

    def jobs_on(self, page: Page) -> list[Job]:
        """Return the jobs on a page."""
        return [self.parse_job(id, record)._replace(from_list=True) for id, record in page.records.items()]

    def stop(self, id: str) -> None:
        """Ask the service to stop one job. Return if it accepted, raise :class:`Error` otherwise."""
        raise NotImplementedError

    def stop_batch(self, ids: list[str]) -> list[Error | None]:
        """Ask the service to stop several jobs; return for each the refusal or None.

        :raises Error: the request failed as a whole, or its effect is unknown.
        """
        raise NotImplementedError
