# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many jobs in one task: the number of requests, failures on the way, and the accuracy of the result."""

from __future__ import annotations

import gc
import os
import pathlib
import random
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from job_kinds import KINDS, seed_jobs
from result_checks import assert_no_duplicate_stops, assert_result_is_accurate, stop_events

from ansible_collections.dataops.huaweicloud.plugins.module_utils._http import rate_limiter, transport

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LISTING = [kind for kind in KINDS if kind.list]
AMBIGUOUS = (SPARK, GES)  # one status for stopped and failed jobs: after a lost answer, no stop is claimed
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
each_listing_kind = pytest.mark.parametrize("kind", LISTING, ids=str)


@pytest.fixture
def short_backoff(monkeypatch):
    """Shorten the pauses before retries."""
    for module in (rate_limiter, transport):
        monkeypatch.setattr(module, "random", SimpleNamespace(uniform=lambda least, most: 0.02))


@pytest.fixture
def run_stop_module(run_stop_module):
    """Run the module with a short deadline."""
    return lambda kind, *ids, **more: run_stop_module(kind, *ids, **{"wait_timeout": 15, **more})


def outcomes(result):
    """Return the outcome of each job by its id."""
    return {job["id"]: job["outcome"] for job in result["jobs"]}


def count_requests(simulator):
    """Count the requests in the journal by meaning."""
    return Counter(request["meaning"] for request in simulator.journal())


# Every outcome in one task

JOB_SPECS = {
    "running": {},
    "slow": {"stop_takes": 0.05},
    "refusing": {"refuses": True},
    "finished": {"state": "finished"},
    "failed": {"state": "failed"},
    "stopped before": {"state": "stopped"},
    "unknown status": {"status": "LIMBO"},
    "ending": {"ends_after": 3600},
    "vanishing": {"vanishes_after": 3600},
}
EXPECTED = {
    "running": {"stopped"},
    "slow": {"stopped"},
    "refusing": {"failed"},
    "finished": {"already_ended"},
    "failed": {"already_ended"},
    "stopped before": {"already_ended"},
    "unknown status": {"failed"},
    "ending": {"ended_first", "already_ended"},
    "vanishing": {"ended_first", "missing"},
    "unknown": {"missing"},
}


def seed_all_cases(simulator, kind, size):
    """Create jobs for all cases, most of them running, and return the case of each id.

    Running jobs come first, so that the injected faults affect them: after a lost answer, the module would wait for a
    refusing job until the deadline.
    """
    few = size // 50
    cases = {}
    for case, spec in JOB_SPECS.items():
        count = size - few * len(JOB_SPECS) if case == "running" else few
        if (kind, case) != (FLINK, "refusing"):  # shares its request with jobs that the faults affect
            cases.update(dict.fromkeys(seed_jobs(simulator, kind, count=count, **spec), case))
    for number in range(few):
        cases[str(900000 + number) if kind is FLINK else f"nobody-{number}"] = "unknown"
    ids = list(cases)
    first, rest = ids[: size * 6 // 10], ids[size * 6 // 10 :]
    random.Random(size).shuffle(rest)
    return {id: cases[id] for id in first + rest}


def inject_faults(simulator, kind):
    """Inject faults into all kinds of requests and return the number of lost answers to stops."""
    busy = {"kind": "status", "status": 429, "body": {"error_code": "APIGW.0308", "error_msg": "too many"}}
    batch = 1 if kind is FLINK else 10
    simulator.fault(meaning=kind.list or kind.read, kind="advance_after", seconds=7200)
    simulator.fault(meaning=kind.list or kind.read, after=3, kind="drop_before")
    simulator.fault(meaning=kind.stop, after=0, **busy, headers={"Retry-After": "0"})
    simulator.fault(meaning=kind.stop, after=batch, **busy)
    lost = [("status", {"status": 503}), ("drop_before", {}), ("drop_after", {}), ("drop_after", {})]
    for number, (fault, more) in enumerate(lost):
        simulator.fault(meaning=kind.stop, after=(number + 2) * batch, kind=fault, **more)
    simulator.fault(meaning=kind.read, after=2, kind="status", status=503)
    simulator.fault(meaning=kind.read, after=5, **busy)
    return len(lost)


@pytest.mark.usefixtures("short_backoff")
@each_kind
def test_outcomes_are_accurate_under_faults(simulator, run_stop_module, kind):
    cases = seed_all_cases(simulator, kind, 500 if kind.list else 100)
    ids = list(cases)
    lost = inject_faults(simulator, kind)
    result = run_stop_module(kind, *ids, *ids[:20])
    truths = simulator.truths(kind.service)
    assert result["failed"]
    assert_result_is_accurate(result, ids, truths)
    assert_no_duplicate_stops(simulator, {id: truth for id, truth in truths.items() if cases.get(id) != "slow"})
    wrong = {id: (cases[id], outcome) for id, outcome in outcomes(result).items() if outcome not in EXPECTED[cases[id]]}
    if kind in AMBIGUOUS:
        assert set(wrong.values()) <= {("running", "ended_first"), ("slow", "ended_first")}
        assert len(wrong) <= lost
    else:
        assert wrong == {}
    # every job that could be stopped was stopped
    assert not [id for id, case in cases.items() if case in ("running", "slow") and not truths[id]["stopped_by_us"]]


@each_kind
def test_check_mode_predicts_every_outcome(simulator, run_stop_module, kind):
    cases = seed_all_cases(simulator, kind, 500 if kind.list else 100)
    before = simulator.truths(kind.service)
    result = run_stop_module(kind, *cases, check_mode=True)
    assert simulator.journal(mutating=True) == []
    assert simulator.truths(kind.service) == before
    assert_result_is_accurate(result, list(cases), before)
    expected = {**EXPECTED, **dict.fromkeys(("running", "slow", "refusing", "ending", "vanishing"), {"would_stop"})}
    assert {id: {outcome} for id, outcome in outcomes(result).items()} == {id: expected[cases[id]] for id in cases}


# Number of requests


def empty_project(simulator, kind):
    """Return the specification of jobs in an empty project, and the options that select that project."""
    ready = simulator.ready
    location = {"cluster_id": "apart"} if kind in (MRS_V2, CDM) else {"graph_name": "apart"} if kind is GES else {}
    user = {name: ready[name] for name in ("username", "password", "domain_name")}
    login = {"token": None, "auth_url": ready["iam"], "project_id": ready["second_project_id"], **user}
    seed = {"project_id": ready["second_project_id"], **({"cluster_id": "apart"} if kind is MRS else location)}
    return seed, {**login, **location}


@pytest.mark.parametrize("count", [20, 100, 300])
@each_kind
def test_request_count_is_minimal(simulator, run_stop_module, kind, count):
    seed, options = empty_project(simulator, kind)
    ids = seed_jobs(simulator, kind, count=count, **seed)
    result = run_stop_module(kind, *ids, **options)
    assert set(outcomes(result).values()) == {"stopped"}
    pages = -(-count // (1000 if kind is GES else 100))
    reads = {kind.list: 2 * pages} if kind.list else {kind.read: 2 * count}
    stopping = {kind.stop: -(-count // 100) if kind is FLINK else count}
    assert count_requests(simulator) == {"iam.token.create": 1, **reads, **stopping}


@pytest.mark.parametrize("count", [2, 20])
@each_listing_kind
def test_long_list_is_read_at_most_once(simulator, run_stop_module, kind, count):
    simulator.seed(kind.service, count=2200)
    ids = seed_jobs(simulator, kind, count=count)
    simulator.seed(kind.service, count=2200)
    result = run_stop_module(kind, *ids)
    assert set(outcomes(result).values()) == {"stopped"}
    seen = count_requests(simulator)
    assert seen[kind.stop] == (1 if kind is FLINK else count)
    assert seen[kind.list] + seen[kind.read] <= 2 * count + 1, seen


@each_kind
def test_single_job_is_read_without_list(simulator, run_stop_module, kind):
    (id,) = seed_jobs(simulator, kind)
    assert outcomes(run_stop_module(kind, id, id)) == {id: "stopped"}
    assert count_requests(simulator) == {kind.read: 2, kind.stop: 1}
    simulator.clear_journal()
    seed, options = empty_project(simulator, kind)
    ids = seed_jobs(simulator, kind, count=2, **seed)
    assert outcomes(run_stop_module(kind, *ids, *ids, **options)) == dict.fromkeys(ids, "stopped")
    reads = {kind.list: 2} if kind.list else {kind.read: 4}
    assert count_requests(simulator) == {"iam.token.create": 1, **reads, kind.stop: 1 if kind is FLINK else 2}


def count_sockets():
    """Return the number of sockets that this process has open."""
    gc.collect()
    links = pathlib.Path("/proc/self/fd").iterdir()
    return sum(os.readlink(link).startswith("socket:") for link in links if link.is_symlink())


def test_ended_task_keeps_no_connection_open(simulator, run_stop_module):
    ids = seed_jobs(simulator, SQL, count=10)
    run_stop_module(SQL, *ids)
    before = count_sockets()
    for _task in range(3):
        run_stop_module(SQL, *ids)
    assert count_sockets() <= before


@pytest.mark.parametrize("totals", ["told", "absent"])
@each_listing_kind
def test_short_pages_lose_no_job(simulator, run_stop_module, kind, totals):
    simulator.switches(list_page_most=7, list_totals=totals)
    seed, options = empty_project(simulator, kind)
    ids = seed_jobs(simulator, kind, count=40, **seed)
    result = run_stop_module(kind, *ids, **options)
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    assert_result_is_accurate(result, ids, simulator.truths(kind.service))
    # six pages of seven jobs, twice; without totals, one more page shows the end
    assert sum(count_requests(simulator)[meaning] for meaning in (kind.list, kind.read)) <= 14


# Lists that cannot be read


@pytest.mark.usefixtures("short_backoff")
@pytest.mark.parametrize("status", [403, 404, 500])
@each_listing_kind
def test_refused_list_falls_back_to_reads(simulator, run_stop_module, kind, status):
    ids = seed_jobs(simulator, kind, count=5)
    body = {"error_code": "X.1", "error_msg": "no lists here"}
    simulator.fault(meaning=kind.list, kind="status", status=status, body=body, times=None)
    assert outcomes(run_stop_module(kind, *ids, retries=2)) == dict.fromkeys(ids, "stopped")
    seen = count_requests(simulator)
    assert seen[kind.read] == 10
    assert seen[kind.list] == (3 if status == 500 else 1)


@pytest.mark.parametrize("body", ["null", "[]", '{"jobs": [1, null, {"status": "RUNNING"}]}', "<html/>", ""])
@each_listing_kind
def test_invalid_list_falls_back_to_reads(simulator, run_stop_module, kind, body):
    ids = seed_jobs(simulator, kind, count=3)
    invalid = {"kind": "body", "body": body, "content_type": "application/json"}
    simulator.fault(meaning=kind.list, **invalid, times=None)
    assert outcomes(run_stop_module(kind, *ids)) == dict.fromkeys(ids, "stopped")


def test_cdm_names_are_case_sensitive(simulator, run_stop_module):
    simulator.seed("cdm", id="Job")
    simulator.seed("cdm", id="job", state="finished")
    simulator.seed("cdm", id="JOB", refuses=True)
    assert outcomes(run_stop_module(CDM, "job", "Job", "JOB", "jOB")) == {
        "job": "already_ended",
        "Job": "stopped",
        "JOB": "failed",
        "jOB": "missing",
    }


@pytest.mark.parametrize("word", ["STOPPED", "FAILED"])
def test_cdm_list_status_variants_work(simulator, run_stop_module, word):
    simulator.switches(cdm_list_stopped=word)
    ids = seed_jobs(simulator, CDM, count=30)
    slow = seed_jobs(simulator, CDM, count=3, stop_takes=0.1)
    result = run_stop_module(CDM, *ids, *slow)
    assert outcomes(result) == dict.fromkeys(ids + slow, "stopped")
    assert {job["status"] for job in result["jobs"]} == {"STOPPED"}


# Flink jobs: one request stops many


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("flag", ["string", "bool"])
def test_flink_jobs_stop_in_batches(simulator, run_stop_module, answer, flag):
    simulator.switches(dli_flink_answer=answer, dli_flink_is_success=flag)
    ids = seed_jobs(simulator, FLINK, count=201)
    assert outcomes(run_stop_module(FLINK, *ids)) == dict.fromkeys(ids, "stopped")
    assert count_requests(simulator)[FLINK.stop] == 3


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("takes", [0, 0.1])
def test_refusing_flink_job_hides_no_other(simulator, run_stop_module, answer, takes):
    simulator.switches(dli_flink_answer=answer)
    ids = seed_jobs(simulator, FLINK, count=20, stop_takes=takes)
    (refusing,) = seed_jobs(simulator, FLINK, refuses=True)
    # if the answer omits the job, the module reads it until the deadline
    result = run_stop_module(FLINK, *ids, refusing, wait_timeout=5)
    assert_result_is_accurate(result, [*ids, refusing], simulator.truths("dli_flink"))
    assert outcomes(result) == {**dict.fromkeys(ids, "stopped"), refusing: "failed"}


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("unknown", ["refused", "element"])
def test_vanishing_flink_job_hides_no_other(simulator, run_stop_module, unknown, answer):
    simulator.switches(dli_flink_unknown=unknown, dli_flink_answer=answer)
    ids = seed_jobs(simulator, FLINK, count=20)
    (vanishing,) = seed_jobs(simulator, FLINK, vanishes_after=3600)
    simulator.fault(meaning=FLINK.list, kind="advance_after", seconds=7200)
    result = run_stop_module(FLINK, *ids, vanishing)
    truths = simulator.truths("dli_flink")
    assert_result_is_accurate(result, [*ids, vanishing], truths)
    assert_no_duplicate_stops(simulator, truths)
    assert outcomes(result) == {**dict.fromkeys(ids, "stopped"), vanishing: "ended_first"}


@pytest.mark.parametrize("takes", [0, 0.1])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_lost_flink_answer_repeats_no_stop(simulator, run_stop_module, fault, takes):
    ids = seed_jobs(simulator, FLINK, count=150, stop_takes=takes)
    simulator.fault(meaning=FLINK.stop, kind=fault, times=2)
    result = run_stop_module(FLINK, *ids)
    truths = simulator.truths("dli_flink")
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    assert all(truths[id]["stopped_by_us"] for id in ids)
    if not takes:  # a job that is being stopped looks active, and a second stop has no effect
        assert_no_duplicate_stops(simulator, truths)


def test_short_flink_answer_is_resolved(simulator, run_stop_module):
    ids = seed_jobs(simulator, FLINK, count=5)
    simulator.fault(meaning=FLINK.stop, kind="body", body=[{"is_success": "true"}])
    assert outcomes(run_stop_module(FLINK, *ids)) == dict.fromkeys(ids, "stopped")


# Rate limits


@pytest.mark.parametrize("retry_after", ["on", "off"])
def test_throttled_stops_all_succeed(simulator, run_stop_module, monkeypatch, retry_after):
    monkeypatch.setattr(rate_limiter, "random", SimpleNamespace(uniform=lambda least, most: 0.25))
    ids = seed_jobs(simulator, MRS_V2, count=150)
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=MRS_V2.stop, limit=60, window=1)
    result = run_stop_module(MRS_V2, *ids, wait_timeout=60)
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    statuses = Counter(request["status"] for request in simulator.journal(mutating=True))
    assert statuses[202] == 150
    # at most one burst of concurrent requests per window
    assert 1 <= statuses[429] <= 8 * 4


@pytest.mark.parametrize("retry_after", ["on", "off"])
@each_listing_kind
def test_long_throttle_keeps_partial_result(simulator, run_stop_module, kind, retry_after):
    ids = seed_jobs(simulator, kind, count=150)
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=kind.stop, limit=1 if kind is FLINK else 60, window=60)
    result = run_stop_module(kind, *ids, wait_timeout=1)
    truths = simulator.truths(kind.service)
    assert_result_is_accurate(result, ids, truths)
    assert result["failed"] and result["changed"]
    stopped = [id for id in ids if truths[id]["stopped_by_us"]]
    assert len(stopped) in (60, 50, 100)
    for job in result["jobs"]:
        if job["id"] in stopped:
            assert job["outcome"] in ("stopped", "stop_requested")
        else:
            assert job["outcome"] == "failed"
            assert (job["error"]["http_status"], "429" in str(job["error"])) == (429, True), job["error"]


# Random scenarios


def job_specs(kind):
    """Generate the specification of a job; None is a job that the service does not know.

    Jobs of services with one status for stopped and failed do not fail by themselves: the cause would be unknown.
    """
    ends_as = ["finished"] if kind in AMBIGUOUS else ["finished", "failed"]
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"state": st.sampled_from(["finished", "failed", "stopped", "submitted"])}),
        st.fixed_dictionaries({"ends_after": st.sampled_from([0.01, 3600]), "ends_as": st.sampled_from(ends_as)}),
        st.fixed_dictionaries({"stop_takes": st.sampled_from([0.03, 3600, None])}),
        st.fixed_dictionaries({"refuses": st.just(True)}),
        st.fixed_dictionaries({"ignores_stop": st.just(True), "ends_after": st.just(3600)}),
        st.fixed_dictionaries({"vanishes_after": st.sampled_from([0.01, 3600])}),
        st.just({"status": "LIMBO"}),
        st.none(),
    )


def fault(kind):
    """Generate a fault: its kind, and the requests that it affects."""
    kinds = ["drop_before", "drop_after", "advance_before", "advance_after", "status"]
    return st.fixed_dictionaries(
        {
            "meaning": st.sampled_from([meaning for meaning in (kind.list, kind.read, kind.stop, "*") if meaning]),
            "kind": st.sampled_from(kinds),
            "status": st.sampled_from([400, 403, 404, 429, 500, 502, 503]),
            "seconds": st.just(7200),
            "after": st.integers(0, 6),
            "times": st.integers(1, 3),
        }
    )


SWITCHES = {
    "list_totals": ["told", "absent"],
    "list_page_most": [0, 7],
    "cdm_list_stopped": ["STOPPED", "FAILED"],
    "cdm_stop_refused": ["error", "validation_result"],
    "dli_flink_answer": ["array", "object"],
    "dli_flink_unknown": ["refused", "element"],
    "dli_spark_cancelled": ["dead", "success", "gone"],
    "dli_cancel_ended": ["is_success_false", "DLI.0007"],
    "ges_cancelled": ["failed", "gone"],
    "mrs_kill_ended": ["refused", "accepted"],
    "mrs_dialect": ["mrs", "sahara"],
    "mrs_info": ["null", "oozie"],
}


@st.composite
def scenarios(draw):
    """Generate a kind of jobs, its jobs, faults, switches of the simulator and options of the task."""
    kind = draw(st.sampled_from(KINDS))
    relevant = (kind.service.split("_")[0], kind.service, "list")
    return SimpleNamespace(
        kind=kind,
        jobs=draw(st.lists(job_specs(kind), min_size=1, max_size=12)),
        # jobs that end by themselves end between two requests, most often right after a stop
        faults=draw(st.lists(fault(kind), max_size=3))
        + draw(st.sampled_from([[], [{"meaning": kind.stop, "kind": "advance_after", "seconds": 7200}]])),
        switches={
            name: draw(st.sampled_from(values)) for name, values in SWITCHES.items() if name.startswith(relevant)
        },
        options={
            "wait": draw(st.booleans()),
            "check_mode": draw(st.sampled_from([False, False, False, True])),
            "retries": draw(st.integers(0, 2)),
            "concurrency": draw(st.sampled_from([1, 8])),
            "wait_timeout": 1,
        },
    )


settings.register_profile("ci", derandomize=True)
settings.register_profile("explore", max_examples=2000)
PROFILE = "explore" if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else "ci"


@pytest.mark.usefixtures("short_backoff")
@settings(
    settings.get_profile(PROFILE),
    max_examples=settings.get_profile(PROFILE).max_examples * 2,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scenario=scenarios())
def test_claims_are_true_in_any_scenario(simulator, run_stop_module, scenario):
    simulator.reset()
    simulator.switches(**scenario.switches)
    kind, ids = scenario.kind, []
    for number, spec in enumerate(scenario.jobs):
        ids += [str(900000 + number)] if spec is None else seed_jobs(simulator, kind, **spec)
    for each in scenario.faults:
        simulator.fault(**each)
    before = simulator.truths(kind.service)
    result = run_stop_module(kind, *ids, *ids[:2], **scenario.options)
    truths = simulator.truths(kind.service)
    requests = simulator.journal(mutating=True)
    assert [job["id"] for job in result["jobs"]] == ids
    jobs = without_jobs_that_ended(result["jobs"], truths) if scenario.options["check_mode"] else result["jobs"]
    changed = any(job["changed"] for job in jobs) if scenario.options["check_mode"] else result["changed"]
    assert_result_is_accurate({"jobs": jobs, "changed": changed}, [job["id"] for job in jobs], truths, requests)
    assert_effects_are_single(requests, kind)
    if scenario.options["check_mode"]:
        assert requests == []
        assert not [id for id in ids if stop_events(truths.get(id))]
    untouched = set(before) - set(ids)
    assert {id: stop_events(truths[id]) for id in untouched} == {id: stop_events(before[id]) for id in untouched}


def without_jobs_that_ended(jobs, truths):
    """Return the jobs without those that would have been stopped and have ended since.

    In check mode a job may end after its reading. Its result was accurate at that time.
    """
    ended = {id for id, truth in truths.items() if truth["vanished"] or truth["history"][-1]["cause"] == "by itself"}
    return [job for job in jobs if not (job["outcome"] == "would_stop" and job["id"] in ended)]


def assert_effects_are_single(requests, kind):
    """Check that no two stops of one job had an effect."""
    effects = Counter(request["path"] for request in requests if request["effect"])
    if kind is not FLINK:
        assert not effects or max(effects.values()) == 1, effects
