# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promise that the modules make, checked against what the simulator knows of each job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CHANGES = ("stopped", "stop_requested", "would_stop")


def stops(truth: dict[str, Any] | None) -> list[str]:
    """What a job's own history says of the stops that reached it."""
    return [event["event"] for event in truth["history"] if event["cause"] == "stop call"] if truth else []


def assert_promise_kept(
    result: dict[str, Any], asked: list[str], truths: dict[str, dict[str, Any]], requests: Sequence[dict[str, Any]] = ()
) -> None:
    """Every job is reported once, what is claimed is true, and nothing that is active is passed over in silence.

    :param truths: what became of each job of the service; an id without one is unknown to it.
    :param requests: the mutating ones, where a service may accept a stop that comes too late.
    """
    assert [job["id"] for job in result["jobs"]] == list(dict.fromkeys(asked))
    taken = {part for each in requests if each["status"] in (200, 202) for part in each["path"].split("/")}
    for job in result["jobs"]:
        truth = truths.get(job["id"])
        gone = truth is None or truth["vanished"]
        active = not gone and truth["state"] in ("submitted", "running", "stopping")
        allowed = {
            "stopped": bool(truth) and truth["stopped_by_us"],
            "stop_requested": stops(truth) or job["id"] in taken,
            "would_stop": active and not stops(truth),
            "already_ended": not active,
            "ended_first": not active,
            "missing": gone or truth["state"] == "stopped",  # some services forget what was stopped
            "failed": bool(job.get("error", {}).get("message")),
        }
        assert allowed[job["outcome"]], (job, truth)
        assert job["changed"] is (job["outcome"] in CHANGES), job
        assert not active or job["outcome"] in ("failed", "stop_requested", "would_stop"), (job, truth)
    assert result["changed"] is any(job["changed"] for job in result["jobs"])


def assert_nothing_sent_twice(simulator, truths: dict[str, dict[str, Any]]) -> None:
    """A stop is sent again only where its answer was lost and the job did not show that it worked."""
    twice = [truth for truth in truths.values() if stops(truth).count("stop asked") > 1]
    assert not twice, twice
    effects = [request["path"] for request in simulator.journal(mutating=True) if request["effect"]]
    # one path stands for many Flink jobs
    assert len(effects) == len(set(effects)) or all(path.endswith("/streaming/jobs/stop") for path in effects)
