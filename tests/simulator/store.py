# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The in-memory store: accounts, locations, jobs, and the settings of the control API."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .journal import Journal
from .lifecycle import Job
from .switches import SWITCHES

if TYPE_CHECKING:
    from .external_identity import ExternalIdentity

TOKEN_LIFETIME = 24 * 3600  # seconds (docs/api, section 8.1)


class Clock:
    """The simulator's clock: the real time, plus the seconds in ``ahead``."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.ahead


@dataclass(frozen=True)
class Project:
    """A project. ``alias_of`` is the id of the project whose contents it shows, normally its own id."""

    id: str
    name: str
    domain_id: str
    alias_of: str


@dataclass(frozen=True)
class User:
    """A user. ``passcode`` is set if a login needs one besides the password (virtual MFA)."""

    id: str
    name: str
    password: str
    domain_id: str
    domain_name: str
    passcode: str = ""


@dataclass
class Token:
    """A token. ``project_id`` is None if the scope is a domain, or if there is no scope."""

    id: str
    user: User
    project_id: str | None
    issued_at: float
    expires_at: float
    methods: list[str]


@dataclass(frozen=True)
class AccessKey:
    """An access key. A temporary one has a ``security_token`` and may have an ``expires_at``."""

    access: str
    secret: str
    user: User
    security_token: str | None = None
    expires_at: float | None = None


@dataclass(frozen=True)
class Cluster:
    """An MRS or CDM cluster."""

    id: str
    name: str
    project_id: str


@dataclass(frozen=True)
class Graph:
    """A GES graph. The service plane identifies it by its name, the management plane by its id."""

    id: str
    name: str
    project_id: str


@dataclass
class Fault:
    """A fault that the control API injects into calls of the operation ``meaning`` (``*`` for any).

    * ``kind``: ``status``, ``body`` and ``redirect`` replace the response; ``drop_before`` and ``drop_after`` close the
      connection before or after the call is processed; ``delay`` holds back the response; ``advance_before`` and
      ``advance_after`` process the call and move the clock, to place a change between two calls
    * ``times``: number of calls with this fault; None for all
    * ``after``: number of calls that pass first
    * ``seconds``: for ``delay`` and ``advance_...``
    * ``location``: target of ``redirect``
    """

    meaning: str
    kind: str
    times: int | None = 1
    after: int = 0
    status: int = 503
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
    seconds: float = 0.0
    location: str = ""


@dataclass
class Throttle:
    """A rate limit: at most ``limit`` calls in a fixed window of ``window`` seconds."""

    limit: int
    window: float
    since: float = 0.0
    count: int = 0

    def admits(self, now: float) -> bool:
        """Count a call and return whether it is within the limit."""
        if now >= self.since + self.window:
            self.since, self.count = now, 0
        self.count += 1
        return self.count <= self.limit


@dataclass(frozen=True)
class Credentials:
    """The secrets of one process. A reset keeps them, so that the READY line stays valid."""

    password: str
    token: str
    access_key: str
    secret_key: str
    temporary_access_key: str
    temporary_secret_key: str
    security_token: str
    mfa_password: str
    mfa_passcode: str

    @classmethod
    def new(cls) -> Credentials:
        """Return random credentials."""
        return cls(
            password=secrets.token_urlsafe(12),
            token=new_token_id(),
            access_key=new_access_key(),
            secret_key=secrets.token_hex(20),
            temporary_access_key=new_access_key(),
            temporary_secret_key=secrets.token_hex(20),
            security_token=secrets.token_urlsafe(60),
            mfa_password=secrets.token_urlsafe(12),
            mfa_passcode=f"{secrets.randbelow(10**6):06}",
        )


def new_token_id() -> str:
    """Return a random token in the format of IAM."""
    return "MII" + secrets.token_urlsafe(60)


def new_access_key() -> str:
    """Return a random id of an access key."""
    return secrets.token_hex(10).upper()


def new_uuid() -> str:
    """Return a random UUID with hyphens."""
    return str(uuid.uuid4())


class Store:
    """The contents and the settings of one simulator.

    :param credentials: The secrets of the process.
    :param base_urls: The base URL of each service, as the READY line lists them.
    :param latency: Seconds that each service call takes, until the control API changes it.
    :param identity: An external identity service whose tokens are also accepted.
    """

    def __init__(
        self,
        credentials: Credentials,
        base_urls: dict[str, str],
        latency: float = 0.0,
        identity: ExternalIdentity | None = None,
    ) -> None:
        self.credentials = credentials
        self.base_urls = base_urls
        self.identity = identity
        self.initial_latency = latency
        self.clear()

    def clear(self) -> None:
        """Remove all contents and restore all settings."""
        self.clock = Clock()
        self.latency = self.initial_latency
        self.journal = Journal()
        self.switches: dict[str, Any] = {name: switch.default for name, switch in SWITCHES.items()}
        self.faults: list[Fault] = []
        self.throttles: dict[str, Throttle] = {}
        self.projects: dict[str, Project] = {}
        self.users: list[User] = []
        self.tokens: dict[str, Token] = {}
        self.access_keys: dict[str, AccessKey] = {}
        self.mrs_clusters: dict[str, Cluster] = {}
        self.cdm_clusters: dict[str, Cluster] = {}
        self.graphs: dict[str, Graph] = {}
        self.dli_queues: set[str] = set()
        self.jobs: dict[str, dict[str, Job]] = {}

    # Projects

    def resolve_project(self, project_id: str) -> str | None:
        """Return the id of the project behind an alias, or None for an unknown project."""
        project = self.projects.get(project_id)
        return project.alias_of if project else None

    def same_project(self, first_id: str, second_id: str) -> bool:
        """Return whether two ids name the same known project."""
        project_id = self.resolve_project(first_id)
        return project_id is not None and project_id == self.resolve_project(second_id)

    def may_use(self, user: User, project_id: str) -> bool:
        """Return whether a user has a role in a project."""
        project = self.projects.get(project_id)
        return project is not None and project.domain_id == user.domain_id

    def projects_of(self, user: User) -> list[Project]:
        """Return the projects in which a user has a role."""
        return [project for project in self.projects.values() if project.domain_id == user.domain_id]

    # Tokens

    def issue_token(self, user: User, project_id: str | None, methods: list[str], token_id: str = "") -> Token:
        """Add a token that is valid for ``TOKEN_LIFETIME``."""
        now = self.clock.now()
        token = Token(token_id or new_token_id(), user, project_id, now, now + TOKEN_LIFETIME, methods)
        self.tokens[token.id] = token
        return token

    # Jobs

    def add_job(self, job: Job) -> Job:
        """Add a job and number it."""
        jobs = self.jobs.setdefault(job.service, {})
        job.number = len(jobs) + 1
        jobs[job.id] = job
        return job

    def find_job(self, service: str, job_id: str, project_id: str, location: str = "") -> Job | None:
        """Return the job, if it belongs to the project and to the location, and has not vanished."""
        job = self.jobs.get(service, {}).get(job_id)
        return job if job is not None and self._is_visible(job, project_id, location) else None

    def jobs_of(self, service: str, project_id: str, location: str = "") -> list[Job]:
        """Return the jobs of a project, and of a location if one is given, that have not vanished."""
        return [job for job in self.jobs.get(service, {}).values() if self._is_visible(job, project_id, location)]

    def remove_job(self, job: Job) -> None:
        """Remove a job."""
        del self.jobs[job.service][job.id]

    def _is_visible(self, job: Job, project_id: str, location: str) -> bool:
        here = self.same_project(job.project_id, project_id) and (not location or job.location == location)
        return here and self.clock.now() < job.vanishes_at

    # Faults and rate limits

    def next_fault(self, operation: str) -> Fault | None:
        """Return the fault for the next call of an operation, if any, and count it."""
        for fault in self.faults:
            if fault.meaning not in (operation, "*"):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
            return fault
        return None

    def exceeded_throttle(self, operation: str, now: float) -> Throttle | None:
        """Count a call of an operation and return the rate limit that it exceeds, if any."""
        for name in (operation, "*"):
            throttle = self.throttles.get(name)
            if throttle is not None and not throttle.admits(now):
                return throttle
        return None
