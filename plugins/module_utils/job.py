# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job, as every service has it, and what the stopping algorithm needs of a service."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .arguments import Options
from .client import Response
from .connection import Connection
from .endpoints import checked_segment
from .errors import Error
from .records import Record, clean, moment


class Phase(enum.Enum):
    """Where a job is in its life, whatever word its service has for it."""

    ACTIVE = "active"  # it will go on by itself: what can be stopped
    STOPPED = "stopped"  # somebody stopped it
    HALTED = "halted"  # stopped or failed: the service has one word for both
    ENDED = "ended"  # it ended by itself, or never ran
    STOP_FAILED = "stop_failed"  # ended in a status that says that stopping it failed
    UNKNOWN = "unknown"  # a status that no document explains: neither ended nor stopped


def phases(**words: str) -> dict[str, Phase]:
    """A service's status vocabulary: for each phase its words, in lower case, separated by blanks."""
    return {word: Phase(phase) for phase in words for word in words[phase].split()}


class Job(NamedTuple):
    """One reading of one job.

    :param id: the id that the user gave, or that the service lists.
    :param status: the status in the service's own word; None where the record has none.
    :param phase: what that word means.
    :param record: what the service says of it, as it says it.
    :param listed: whether it stood in a list, which may be older than the job's own record, and shorter.
    """

    id: str
    status: str | None
    phase: Phase
    record: Record
    listed: bool = False

    @classmethod
    def from_record(cls, id: str, status: Any, words: dict[str, Phase], record: Record, stopped: bool = False) -> Job:
        """A job out of a service's record.

        :param words: the service's vocabulary. Documents disagree on the case of the words: it does not count.
        :param stopped: whether another part of the record says that a job which has ended was stopped.
        """
        word = None if status is None else str(status)
        phase = words.get((word or "").lower(), Phase.UNKNOWN)
        if stopped and phase is Phase.ENDED:
            phase = Phase.STOPPED
        return cls(id, word, phase, record)

    @property
    def details(self) -> dict[str, Any]:
        """The record as modules return it; empty where it is nested too deeply, so that it hides no other job."""
        try:
            cleaned: dict[str, Any] = clean(self.record)
        except RecursionError:
            return {}
        return cleaned


class Listing(NamedTuple):
    """How a service lists jobs.

    :param jobs: the keys, from the outside in, under which an answer has the jobs, and so for the total of all pages.
    :param id: the key of a job's id.
    :param size: the parameter for the number of jobs on a page, and the most that it may be.
    :param start: the parameter for where a page begins, and its value for the first page.
    :param by_page: whether that counts pages, not jobs.
    :param filters: the parameter for each option that selects jobs.
    :param not_everywhere: those of these options that the documents of one cloud lack: it may pass over them.
    """

    path: tuple[str, ...]
    jobs: tuple[str, ...]
    total: tuple[str, ...]
    id: str
    size: tuple[str, int]
    start: tuple[str, int]
    by_page: bool = False
    filters: Mapping[str, str] = MappingProxyType({})
    not_everywhere: tuple[str, ...] = ()


class Service:
    """What a service gives to the algorithms that read and stop jobs: no loops, no waiting, no retry.

    :cvar name: the service's short name, by which it is found.
    :cvar path: with what the paths of all its requests begin; C{place} is the cluster or the graph of the jobs.
    :cvar place_option: the option that names that place, if there is one.
    :cvar ids_option: the option that names the jobs.
    :cvar unknown_job: matches "code message" of the errors by which the service says that it does not know a job.
    :cvar gone: what it means that a job is not known any more; L{Phase.HALTED} where stopped jobs may vanish.
    :cvar listing: how it lists jobs, if it does.
    :cvar facts: for each of C{name}, C{owner}, C{queue} and C{started} where the details may have it, best first.
    :cvar batch: how many jobs one request can stop.
    """

    name: str
    path: str
    place_option = ""
    ids_option = "job_ids"
    unknown_job: re.Pattern[str]
    gone = Phase.ENDED
    listing: Listing | None = None
    facts: dict[str, tuple[str, ...]] = {}
    batch = 1

    def __init__(self, options: Options) -> None:
        """Take what names the jobs' place from a task's options; raises L{InvalidInput}."""
        self.place = checked_segment(self.place_option, options[self.place_option]) if self.place_option else ""

    def check_id(self, id: str) -> None:
        """Raise L{InvalidInput} for what can be no job's id. Sends nothing."""
        checked_segment(self.ids_option, id)

    def connect(self, connection: Connection, address: str | None = None) -> None:
        """Take the way to the service, or to an address of its own; before, only L{check_id} may be called."""
        self.client = connection.client(self.name, self.unknown_job, address)
        self.project = checked_segment("project_id", connection.auth.project_id)

    def send(self, method: str, *path: str, **how: Any) -> Response:
        """Send a request below L{path}; see L{Client.send}."""
        root = (part.format(project=self.project, place=self.place) for part in self.path.split("/"))
        return self.client.send(method, *root, *path, **how)

    def job(self, id: str, record: Record) -> Job:
        """A job out of a record, of its own or of a list."""
        raise NotImplementedError

    def get(self, id: str) -> Job:
        """Read one job; raises L{JobUnknown} where the service does not know it, L{Error} for all else."""
        raise NotImplementedError

    def fact(self, details: dict[str, Any], name: str) -> Any:
        """What a job's details say under the names of L{facts}; None where they say nothing."""
        told = next((details[key] for key in self.facts.get(name, ()) if details.get(key)), None)
        return moment(told) if name == "started" else told

    def page(self, start: int, filters: dict[str, Any]) -> tuple[list[Job], int, int | None]:
        """Some jobs out of the list, how many records stood there, and how many do on all its pages, if that is told.

        :param start: which page, or the number of the first job on it, from 0, as L{Listing.by_page} says.
        """
        how = self.listing
        if how is None:
            raise NotImplementedError
        params = {**filters, how.size[0]: how.size[1], how.start[0]: how.start[1] + start}
        answer = self.send("GET", *how.path, params=params)
        records, total = _found(answer.body, how.jobs), _found(answer.body, how.total)
        if not isinstance(records, list):
            raise answer.error(f"the answer has no {'.'.join(how.jobs)}")
        jobs = [self.job(str(each[how.id]), each) for each in records if isinstance(each, dict) and each.get(how.id)]
        listed = [job._replace(listed=True) for job in jobs]
        return listed, len(records), int(total) if str(total).isdigit() else None

    def stop(self, id: str) -> None:
        """Ask the service to stop one job: returns when it accepted, raises L{Error} otherwise."""
        raise NotImplementedError

    def stop_batch(self, ids: list[str]) -> list[Error | None]:
        """Ask the service to stop several jobs: for each why it refused. Raises L{Error} where that cannot be told."""
        raise NotImplementedError


def _found(body: Any, keys: tuple[str, ...]) -> Any:
    """What an answer has under keys, one in the other; None where it has nothing there."""
    for key in keys:
        body = body.get(key) if isinstance(body, dict) else None
    return body if keys else None
