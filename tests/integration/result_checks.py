# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that compare the result of a module with the history of each job in the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CHANGES = ("stopped", "stop_requested", "would_stop")


def stop_events(truth: dict[str, Any] | None) -> list[str]:
    """Return the events in a job's history that a stop request caused."""
    return [event["event"] for event in truth["history"] if event["cause"] == "stop call"] if truth else []


def assert_result_is_accurate(
    result: dict[str, Any], ids: list[str], truths: dict[str, dict[str, Any]], requests: Sequence[dict[str, Any]] = ()
) -> None:
    """Check that a result reports every job once, claims only what is true, and hides no active job.

    :param result: what the module returned.
    :param ids: the ids that the task was given, in their order.
    :param truths: the simulator's record of each job by id; an id that the service does not know has none.
    :param requests: mutating requests from the journal, if the service may accept a stop that comes too late.
    """
    assert [job["id"] for job in result["jobs"]] == list(dict.fromkeys(ids))
    accepted = {part for each in requests if each["status"] in (200, 202) for part in each["path"].split("/")}
    for job in result["jobs"]:
        truth = truths.get(job["id"])
        assert outcome_is_true(job, truth, accepted), (job, truth)
        assert job["changed"] is (job["outcome"] in CHANGES), job
        assert not is_active(truth) or job["outcome"] in ("failed", "stop_requested", "would_stop"), (job, truth)
    assert result["changed"] is any(job["changed"] for job in result["jobs"])


def is_gone(truth: dict[str, Any] | None) -> bool:
    """Return whether the service no longer knows a job, or never did."""
    return truth is None or truth["vanished"]


def is_active(truth: dict[str, Any] | None) -> bool:
    """Return whether a job is still running, waiting or being stopped."""
    return truth is not None and not is_gone(truth) and truth["state"] in ("submitted", "running", "stopping")


def outcome_is_true(job: dict[str, Any], truth: dict[str, Any] | None, accepted: set[str]) -> bool:
    """Return whether the reported outcome of a job agrees with the simulator.

    :param accepted: path segments of the stop requests that the service accepted.
    """
    allowed = {
        "stopped": truth is not None and truth["stopped_by_us"],
        "stop_requested": stop_events(truth) or job["id"] in accepted,
        "would_stop": is_active(truth) and not stop_events(truth),
        "already_ended": not is_active(truth),
        "ended_first": not is_active(truth),
        # some services forget stopped jobs
        "missing": truth is None or is_gone(truth) or truth["state"] == "stopped",
        "failed": bool(job.get("error", {}).get("message")),
    }
    return bool(allowed[job["outcome"]])


def assert_no_duplicate_stops(simulator: Any, truths: dict[str, dict[str, Any]]) -> None:
    """Check that a stop was repeated only if its answer was lost and the job was still active."""
    repeated = [truth for truth in truths.values() if stop_events(truth).count("stop asked") > 1]
    assert not repeated, repeated
    effects = [request["path"] for request in simulator.journal(mutating=True) if request["effect"]]
    # all stops of Flink jobs have the same path
    assert len(effects) == len(set(effects)) or all(path.endswith("/streaming/jobs/stop") for path in effects)
