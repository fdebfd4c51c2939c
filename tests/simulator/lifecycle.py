# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a job: submitted, running, and then ended by itself or stopped.

No task runs in the background. A lifecycle computes when its next change is due, and applies all changes that are due
whenever its state is read. All times are seconds since the epoch on the simulator's clock (:class:`store.Clock`).

A *state* is the simulator's own (``STATES``). A *status* is the word that a service shows for a state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATES = ("new", "submitted", "running", "stopping", "finished", "failed", "stopped")
ACTIVE = ("submitted", "running", "stopping")
ENDED = ("finished", "failed", "stopped")
# The first event in the history of a job, by the state in which the job was created.
FIRST_EVENTS = {"new": "created", "submitted": "submitted", "running": "start", **dict.fromkeys(ENDED, "end")}


@dataclass
class Event:
    """One event in the history of a job. The job is in ``state`` from the time ``at`` on."""

    at: float
    event: str
    cause: str
    state: str


@dataclass
class Lifecycle:
    """The lifecycle of one job.

    * ``starts_at``, ``ends_at``: times at which the job starts and ends by itself; None means never
    * ``stop_takes``: seconds between the accepted stop and the state ``stopped``; None means that it is never reached
    * ``refuses``: whether the service refuses to stop the job although it is active
    * ``ignores_stop``: whether the service accepts a stop that has no effect
    * ``state_before_stop``: the state in which the stop was requested; empty if there was no stop
    * ``changed``: whether the state has changed since the job was created
    """

    state: str
    created_at: float
    cause: str = "seed"
    starts_at: float | None = None
    ends_at: float | None = None
    ends_as: str = "finished"
    stop_takes: float | None = 0.0
    refuses: bool = False
    ignores_stop: bool = False
    started_at: float | None = None
    ended_at: float | None = None
    state_before_stop: str = ""
    changed: bool = False
    history: list[Event] = field(default_factory=list)
    _stops_at: float | None = None
    _next_change: tuple[float, str] = (math.inf, "")

    def __post_init__(self) -> None:
        """Record the first event and derive the times that were not given."""
        self.history.append(Event(self.created_at, FIRST_EVENTS[self.state], self.cause, self.state))
        if self.started_at is None and self.state not in ("new", "submitted"):
            self.started_at = self.created_at
        if self.ended_at is None and self.state in ENDED:
            self.ended_at = self.created_at
        self._schedule_next_change()

    def state_at(self, now: float) -> str:
        """Return the state at ``now``, after applying all changes that are due."""
        while now >= self._next_change[0]:
            at, event = self._next_change
            if event == "start":
                self._change_state("running", at, event, "by itself")
                self.started_at = at
            elif event == "end":
                self._change_state(self.ends_as, at, event, "by itself")
            else:
                self._change_state("stopped", at, event, "stop call")
        return self.state

    def past_state_at(self, at: float) -> str:
        """Return the state at an earlier time, as a reader with a lag sees it."""
        state = self.history[0].state
        for event in self.history:
            if event.at <= at:
                state = event.state
        return state

    def is_active(self, now: float) -> bool:
        """Return whether the job can still be stopped at ``now``."""
        return self.state_at(now) in ACTIVE

    def start(self, now: float) -> None:
        """Submit a job that is not active. The caller sets ``starts_at`` and ``ends_at`` first."""
        self.created_at = now
        self.started_at = self.ended_at = None
        self._change_state("submitted", now, "submitted", "start call")

    def request_stop(self, now: float, never_stops: bool = False) -> bool:
        """Request an active job to stop.

        :param never_stops: Whether the job stays in the state ``stopping``.
        :returns: Whether the request changed the lifecycle.
        """
        state = self.state_at(now)
        if self.refuses:
            self._record_event(now, "stop refused", "stop call")
            return False
        if self.ignores_stop:
            self._record_event(now, "stop ignored", "stop call")
            return False
        if state == "stopping":
            self._record_event(now, "stop asked", "stop call")
            return False
        self.state_before_stop = state
        self._stops_at = None if never_stops or self.stop_takes is None else now + self.stop_takes
        self._change_state("stopping", now, "stop asked", "stop call")
        self.state_at(now)
        return True

    @property
    def stopped_by_us(self) -> bool:
        """Whether a stop call ended the latest run of the job."""
        events = [event.event for event in self.history if event.event in ("submitted", "end", "stopped by us")]
        return events[-1:] == ["stopped by us"]

    def event_records(self) -> list[dict[str, Any]]:
        """Return the history as the control API shows it."""
        return [{"at": event.at, "event": event.event, "cause": event.cause} for event in self.history]

    def _change_state(self, state: str, at: float, event: str, cause: str) -> None:
        self.state = state
        self.changed = True
        if state in ENDED:
            self.ended_at = at
        self._record_event(at, event, cause)
        self._schedule_next_change()

    def _record_event(self, at: float, event: str, cause: str) -> None:
        self.history.append(Event(at, event, cause, self.state))

    def _schedule_next_change(self) -> None:
        """Find the earliest change that happens without a call."""
        changes = []
        if self.state == "submitted" and self.starts_at is not None:
            changes.append((self.starts_at, "start"))
        if self.state in ACTIVE and self.ends_at is not None:
            changes.append((self.ends_at, "end"))
        if self.state == "stopping" and self._stops_at is not None:
            changes.append((self._stops_at, "stopped by us"))
        self._next_change = min(changes, default=(math.inf, ""))


@dataclass
class Job:
    """One job of one service.

    * ``location``: the cluster id (MRS, CDM) or the graph name (GES); empty for DLI
    * ``record``: fields that replace the simulator's own in the service's record
    * ``statuses``: statuses that replace the service's own, by state
    * ``documented``: records exactly as a document prints them, by shape; shown until the state of the job changes
    * ``number``: position of the job among the jobs of the service, from 1
    * ``vanishes_at``: time from which on the service no longer knows the job
    """

    service: str
    id: str
    project_id: str
    location: str
    lifecycle: Lifecycle
    record: dict[str, Any] = field(default_factory=dict)
    statuses: dict[str, Any] = field(default_factory=dict)
    documented: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 0
    vanishes_at: float = math.inf

    def status_at(self, now: float, statuses: Mapping[str, Any]) -> Any:
        """Return the status at ``now``: the job's own if one was set, otherwise the one in ``statuses``."""
        return self.status_of_state(self.lifecycle.state_at(now), statuses)

    def status_of_state(self, state: str, statuses: Mapping[str, Any]) -> Any:
        """Return the status for a state.

        A service that has no status for ``stopping`` keeps showing the status from before the stop.
        """
        if state == "stopping" and state not in statuses and state not in self.statuses:
            state = self.lifecycle.state_before_stop
        return self.statuses[state] if state in self.statuses else statuses[state]

    def documented_record(self, shape: str) -> dict[str, Any] | None:
        """Return the record that a document prints for this job, or None if the state has changed since."""
        return None if self.lifecycle.changed else self.documented.get(shape)

    def render(self, now: float, shape: str, fixed: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        """Return the service's record of the job in one of its shapes.

        :param fixed: Fields that do not depend on the state.
        :param current: Fields that depend on the state; they replace those of the documented record after a change.
        """
        self.lifecycle.state_at(now)
        documented = self.documented.get(shape)
        if documented is None:
            return {**fixed, **current, **self.record}
        return self.documented_record(shape) or {**fixed, **documented, **current}
