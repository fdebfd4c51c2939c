# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the simulator holds: projects, people, clusters, graphs, jobs, and what the control API has set."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .journal import Journal
from .lives import Job
from .switches import SWITCHES

if TYPE_CHECKING:
    from .identity import Identity

TOKEN_LIFETIME = 24 * 3600  # seconds (contract, section 8.1)


class Clock:
    """Wall-clock seconds since the epoch, plus what tests have added."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True)
class Project:
    """`home` is the project that holds its records: the documents' project ids are names of one project here."""

    id: str
    name: str
    domain_id: str
    home: str


@dataclass(frozen=True)
class User:
    """`passcode` is set for a user who needs one besides the password (virtual MFA)."""

    id: str
    name: str
    password: str
    domain_id: str
    domain_name: str
    passcode: str = ""


@dataclass
class Token:
    """`project_id` is None for a token without scope or with a domain's."""

    id: str
    user: User
    project_id: str | None
    issued_at: float
    expires_at: float
    methods: list[str]


@dataclass(frozen=True)
class AccessKey:
    """`security_token` is set for a temporary pair, which ends at `expires_at`."""

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
    """A GES graph: the service plane knows its name, the management plane its id."""

    id: str
    name: str
    project_id: str


@dataclass
class Fault:
    """What is to go wrong with the next matching calls (control API).

    The kinds `advance_before` and `advance_after` process the call and move the clock, so that a test can place what
    jobs do by themselves between two calls.
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
    """At most `limit` calls in a fixed window of `window` seconds."""

    limit: int
    window: float
    since: float = 0.0
    count: int = 0

    def admits(self, now: float) -> bool:
        if now >= self.since + self.window:
            self.since, self.count = now, 0
        self.count += 1
        return self.count <= self.limit


@dataclass(frozen=True)
class Keys:
    """The secrets of one process; they survive a reset, so that what READY said stays true."""

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
    def new(cls) -> Keys:
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
    return "MII" + secrets.token_urlsafe(60)


def new_access_key() -> str:
    return secrets.token_hex(10).upper()


class World:
    """The state of the simulator. `addresses` are the base URLs that READY tells."""

    def __init__(
        self, keys: Keys, addresses: dict[str, str], latency: float = 0.0, identity: Identity | None = None
    ) -> None:
        self.keys = keys
        self.addresses = addresses
        self.identity = identity
        self.first_latency = latency
        self.clear()

    def clear(self) -> None:
        self.clock = Clock()
        self.latency = self.first_latency
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
        self.examples: dict[str, Any] = {}

    # Projects

    def home(self, project_id: str) -> str | None:
        project = self.projects.get(project_id)
        return project.home if project else None

    def same_home(self, one: str, other: str) -> bool:
        home = self.home(one)
        return home is not None and home == self.home(other)

    def may_use(self, user: User, project_id: str) -> bool:
        project = self.projects.get(project_id)
        return project is not None and project.domain_id == user.domain_id

    def projects_of(self, user: User) -> list[Project]:
        return [project for project in self.projects.values() if project.domain_id == user.domain_id]

    # Tokens

    def issue_token(
        self, user: User, project_id: str | None, methods: list[str], token_id: str = "", expires_at: float = 0
    ) -> Token:
        now = self.clock.now()
        token = Token(token_id or new_token_id(), user, project_id, now, expires_at or now + TOKEN_LIFETIME, methods)
        self.tokens[token.id] = token
        return token

    # Jobs

    def add_job(self, job: Job) -> Job:
        jobs = self.jobs.setdefault(job.service, {})
        job.number = len(jobs) + 1
        jobs[job.id] = job
        return job

    def find_job(self, service: str, job_id: str, project_id: str, place: str = "") -> Job | None:
        """The job, when it belongs to that project and lives in that place (cluster id, graph name)."""
        job = self.jobs.get(service, {}).get(job_id)
        if job is None or not self.same_home(job.project_id, project_id) or (place and job.place != place):
            return None
        return job if self.clock.now() < job.vanishes_at else None

    def jobs_of(self, service: str, project_id: str, place: str = "") -> list[Job]:
        home, now = self.home(project_id), self.clock.now()
        return [
            job
            for job in self.jobs.get(service, {}).values()
            if self.home(job.project_id) == home and (not place or job.place == place) and now < job.vanishes_at
        ]

    def remove_job(self, job: Job) -> None:
        del self.jobs[job.service][job.id]

    # Faults and throttles

    def next_fault(self, meaning: str) -> Fault | None:
        for fault in self.faults:
            if fault.meaning not in (meaning, "*"):
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

    def throttled(self, meaning: str, now: float) -> Throttle | None:
        """The throttle that refuses this call, if any."""
        for name in (meaning, "*"):
            throttle = self.throttles.get(name)
            if throttle is not None and not throttle.admits(now):
                return throttle
        return None


def new_uuid() -> str:
    return str(uuid.uuid4())
