# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a job lives: submitted, running, ended by itself or stopped, by the clock alone.

Nothing runs in the background. A life knows when its next change is due and catches up when somebody looks.
All times are seconds since the epoch, on the simulator's clock (``clock.Clock``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATES = ("new", "submitted", "running", "stopping", "finished", "failed", "stopped")
ACTIVE = ("submitted", "running", "stopping")
# what the history calls the state that a job begins with here
FIRST_EVENTS = {"new": "created", "submitted": "submitted", "running": "start", **dict.fromkeys(STATES[4:], "end")}


@dataclass
class Event:
    """One line of the truth about a job; `state` is the state that holds from `at` on."""

    at: float
    event: str
    cause: str
    state: str


@dataclass
class Life:
    """The life of one job.

    `starts_at`, `ends_at`: when it will start and end by itself (None = never).
    `stop_takes`: seconds from the accepted stop to the state "stopped" (None = it never gets there).
    `refuses`: a stop is refused although the job is active. `ignores_stop`: a stop is accepted and has no effect.
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
    was: str = ""
    changed: bool = False
    history: list[Event] = field(default_factory=list)
    _stops_at: float | None = None
    _due: tuple[float, str] = (math.inf, "")

    def __post_init__(self) -> None:
        self.history.append(Event(self.created_at, FIRST_EVENTS[self.state], self.cause, self.state))
        if self.started_at is None and self.state not in ("new", "submitted"):
            self.started_at = self.created_at
        if self.ended_at is None and self.state in ("finished", "failed", "stopped"):
            self.ended_at = self.created_at
        self._plan()

    def now_in(self, now: float) -> str:
        """The state at `now`, after everything that was due has happened."""
        while now >= self._due[0]:
            at, event = self._due
            if event == "start":
                self._enter("running", at, event, "by itself")
                self.started_at = at
            elif event == "end":
                self._enter(self.ends_as, at, event, "by itself")
            else:
                self._enter("stopped", at, event, "stop call")
        return self.state

    def was_in(self, at: float) -> str:
        """The state at a moment of the past, as a reader that lags behind sees it."""
        state = self.history[0].state
        for event in self.history:
            if event.at <= at:
                state = event.state
        return state

    def is_active(self, now: float) -> bool:
        return self.now_in(now) in ACTIVE

    def start(self, now: float) -> None:
        """Submit a job that never ran or has ended; the times were set by the caller."""
        self.created_at = now
        self.started_at = self.ended_at = None
        self._enter("submitted", now, "submitted", "start call")

    def ask_to_stop(self, now: float, stop_takes: float | None) -> bool:
        """Ask an active job to stop. True when this changed its life."""
        state = self.now_in(now)
        if self.refuses:
            self._note(now, "stop refused", "stop call")
            return False
        if self.ignores_stop:
            self._note(now, "stop ignored", "stop call")
            return False
        if state == "stopping":
            self._note(now, "stop asked", "stop call")
            return False
        self.was = state
        self._stops_at = None if stop_takes is None else now + stop_takes
        self._enter("stopping", now, "stop asked", "stop call")
        self.now_in(now)
        return True

    @property
    def stopped_by_us(self) -> bool:
        """Whether the job's last run ended because of a stop call."""
        turns = [event.event for event in self.history if event.event in ("submitted", "end", "stopped by us")]
        return turns[-1:] == ["stopped by us"]

    def truth(self) -> list[dict[str, Any]]:
        return [{"at": event.at, "event": event.event, "cause": event.cause} for event in self.history]

    def _enter(self, state: str, at: float, event: str, cause: str) -> None:
        self.state = state
        self.changed = True
        if state in ("finished", "failed", "stopped"):
            self.ended_at = at
        self._note(at, event, cause)
        self._plan()

    def _note(self, at: float, event: str, cause: str) -> None:
        self.history.append(Event(at, event, cause, self.state))

    def _plan(self) -> None:
        """Find the next change that is due by itself."""
        due = []
        if self.state == "submitted" and self.starts_at is not None:
            due.append((self.starts_at, "start"))
        if self.state in ACTIVE and self.ends_at is not None:
            due.append((self.ends_at, "end"))
        if self.state == "stopping" and self._stops_at is not None:
            due.append((self._stops_at, "stopped by us"))
        self._due = min(due, default=(math.inf, ""))


@dataclass
class Job:
    """One job of one service.

    `place` is what it lives in: a cluster id (MRS, CDM) or a graph name (GES), empty for DLI.
    `record` holds fields of the service's record that replace the simulator's own.
    `quotes` holds records exactly as a document prints them, by shape; they are shown until the job's state changes.
    `statuses` holds status words that replace the service's own, by state.
    `number` counts the jobs of a service, from 1. `vanishes_at` is when the service forgets it.
    """

    service: str
    id: str
    project_id: str
    place: str
    life: Life
    record: dict[str, Any] = field(default_factory=dict)
    statuses: dict[str, Any] = field(default_factory=dict)
    quotes: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 0
    vanishes_at: float = math.inf

    def word(self, now: float, words: Mapping[str, Any]) -> Any:
        """The status word at `now`: a forced one, else the service's own.

        A service without a word for "stopping" goes on showing the word of the state before.
        """
        return self.word_for(self.life.now_in(now), words)

    def word_for(self, state: str, words: Mapping[str, Any]) -> Any:
        if state == "stopping" and state not in words and state not in self.statuses:
            state = self.life.was
        return self.statuses[state] if state in self.statuses else words[state]

    def render(self, now: float, shape: str, still: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
        """The service's record: the document's own until the state changes, else `still` and `live` fields merged."""
        self.life.now_in(now)
        quote = self.quotes.get(shape)
        if quote is None:
            return {**still, **live, **self.record}
        if not self.life.changed:
            return quote
        return {**still, **quote, **live}
