# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many jobs in one task: how many requests it takes, what goes wrong on the way, and what is true in the end."""

from __future__ import annotations

import os
import random
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kinds import KINDS
from promise import assert_nothing_sent_twice, assert_promise_kept, stops

from ansible_collections.dataops.huaweicloud.plugins.module_utils._http import rate_limiter

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LISTING = [kind for kind in KINDS if kind.list]
AMBIGUOUS = (SPARK, GES)  # one word for stopped and failed: after a lost answer nothing is claimed
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
each_listing_kind = pytest.mark.parametrize("kind", LISTING, ids=lambda kind: kind.service)


@pytest.fixture
def impatient(monkeypatch):
    """Pauses after trouble are a fiftieth of what they are for users."""
    monkeypatch.setattr(client, "random", SimpleNamespace(uniform=lambda least, most: 0.02))


@pytest.fixture
def stop(stop):
    """As everywhere, but what hangs does not hang for five minutes."""
    return lambda kind, *ids, **more: stop(kind, *ids, **{"wait_timeout": 15, **more})


def seeded(simulator, kind, **spec):
    return [str(job["id"]) for job in simulator.seed(kind.service, **spec)]


def outcomes(result):
    return {job["id"]: job["outcome"] for job in result["jobs"]}


def counted(simulator):
    return Counter(request["meaning"] for request in simulator.journal())


# Every fate at once

FATES = {
    "running": {},
    "slow": {"stop_takes": 0.05},
    "refusing": {"refuses": True},
    "finished": {"state": "finished"},
    "failed": {"state": "failed"},
    "stopped before": {"state": "stopped"},
    "odd": {"status": "LIMBO"},
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
    "odd": {"failed"},
    "ending": {"ended_first", "already_ended"},
    "vanishing": {"ended_first", "missing"},
    "unknown": {"missing"},
}


def crowd(simulator, kind, size):
    """So many jobs, most of them running, and among them all others; for each id its fate.

    The first are running ones, which trouble hits: a job that refuses after a lost answer is waited for to the end.
    """
    few = size // 50
    fates = {}
    for fate, spec in FATES.items():
        count = size - few * len(FATES) if fate == "running" else few
        if (kind, fate) != (FLINK, "refusing"):  # stands in the same request as those that trouble hits
            fates.update(dict.fromkeys(seeded(simulator, kind, count=count, **spec), fate))
    for number in range(few):
        fates[str(900000 + number) if kind is FLINK else f"nobody-{number}"] = "unknown"
    ids = list(fates)
    first, rest = ids[: size * 6 // 10], ids[size * 6 // 10 :]
    random.Random(size).shuffle(rest)
    return {id: fates[id] for id in first + rest}


def trouble(simulator, kind):
    """Faults all along the way; how many answers to stops get lost by them."""
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


@pytest.mark.usefixtures("impatient")
@each_kind
def test_every_outcome_in_one_list_with_trouble_on_the_way_is_what_the_service_knows(simulator, stop, kind):
    fates = crowd(simulator, kind, 500 if kind.list else 100)
    ids = list(fates)
    lost = trouble(simulator, kind)
    result = stop(kind, *ids, *ids[:20])
    truths = simulator.truths(kind.service)
    assert result["failed"]
    assert_promise_kept(result, ids, truths)
    assert_nothing_sent_twice(simulator, {id: truth for id, truth in truths.items() if fates.get(id) != "slow"})
    wrong = {id: (fates[id], outcome) for id, outcome in outcomes(result).items() if outcome not in EXPECTED[fates[id]]}
    if kind in AMBIGUOUS:
        assert set(wrong.values()) <= {("running", "ended_first"), ("slow", "ended_first")}
        assert len(wrong) <= lost
    else:
        assert wrong == {}
    # nothing is left running that could be stopped
    assert not [id for id, fate in fates.items() if fate in ("running", "slow") and not truths[id]["stopped_by_us"]]


@each_kind
def test_check_mode_says_the_same_of_every_job_and_changes_none(simulator, stop, kind):
    fates = crowd(simulator, kind, 500 if kind.list else 100)
    before = simulator.truths(kind.service)
    result = stop(kind, *fates, check_mode=True)
    assert simulator.journal(mutating=True) == []
    assert simulator.truths(kind.service) == before
    assert_promise_kept(result, list(fates), before)
    expected = {**EXPECTED, **dict.fromkeys(("running", "slow", "refusing", "ending", "vanishing"), {"would_stop"})}
    assert {id: {outcome} for id, outcome in outcomes(result).items()} == {id: expected[fates[id]] for id in fates}


# How many requests it takes


def apart(simulator, kind):
    """A project with no job in it: what to seed there, and the options that log in to it."""
    ready = simulator.ready
    where = {"cluster_id": "apart"} if kind in (MRS_V2, CDM) else {"graph_name": "apart"} if kind is GES else {}
    user = {name: ready[name] for name in ("username", "password", "domain_name")}
    login = {"token": None, "auth_url": ready["iam"], "project_id": ready["second_project_id"], **user}
    seed = {"project_id": ready["second_project_id"], **({"cluster_id": "apart"} if kind is MRS else where)}
    return seed, {**login, **where}


@pytest.mark.parametrize("count", [20, 100, 300])
@each_kind
def test_when_nothing_goes_wrong_every_page_is_read_twice_and_every_job_stopped_once(simulator, stop, kind, count):
    seed, options = apart(simulator, kind)
    ids = seeded(simulator, kind, count=count, **seed)
    result = stop(kind, *ids, **options)
    assert set(outcomes(result).values()) == {"stopped"}
    pages = -(-count // (1000 if kind is GES else 100))
    reads = {kind.list: 2 * pages} if kind.list else {kind.read: 2 * count}
    stopping = {kind.stop: -(-count // 100) if kind is FLINK else count}
    assert counted(simulator) == {"iam.token.create": 1, **reads, **stopping}


@pytest.mark.parametrize("count", [2, 20])
@each_listing_kind
def test_among_thousands_of_other_jobs_the_list_costs_one_request_at_the_most(simulator, stop, kind, count):
    simulator.seed(kind.service, count=2200)
    ids = seeded(simulator, kind, count=count)
    simulator.seed(kind.service, count=2200)
    result = stop(kind, *ids)
    assert set(outcomes(result).values()) == {"stopped"}
    seen = counted(simulator)
    assert seen[kind.stop] == (1 if kind is FLINK else count)
    assert seen[kind.list] + seen[kind.read] <= 2 * count + 1, seen


@each_kind
def test_one_job_is_read_by_itself_and_two_through_the_list(simulator, stop, kind):
    (id,) = seeded(simulator, kind)
    assert outcomes(stop(kind, id, id)) == {id: "stopped"}
    assert counted(simulator) == {kind.read: 2, kind.stop: 1}
    simulator.clear_journal()
    seed, options = apart(simulator, kind)
    ids = seeded(simulator, kind, count=2, **seed)
    assert outcomes(stop(kind, *ids, *ids, **options)) == dict.fromkeys(ids, "stopped")
    reads = {kind.list: 2} if kind.list else {kind.read: 4}
    assert counted(simulator) == {"iam.token.create": 1, **reads, kind.stop: 1 if kind is FLINK else 2}


@pytest.mark.parametrize("totals", ["told", "absent"])
@each_listing_kind
def test_small_pages_and_hidden_totals_lose_no_job(simulator, stop, kind, totals):
    simulator.switches(list_page_most=7, list_totals=totals)
    seed, options = apart(simulator, kind)
    ids = seeded(simulator, kind, count=40, **seed)
    result = stop(kind, *ids, **options)
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    assert_promise_kept(result, ids, simulator.truths(kind.service))
    # six pages of seven, twice; one more page shows that there are no more
    assert sum(counted(simulator)[meaning] for meaning in (kind.list, kind.read)) <= 14


# Lists that cannot be had


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("status", [403, 404, 500])
@each_listing_kind
def test_where_the_list_is_refused_each_job_is_read_by_itself(simulator, stop, kind, status):
    ids = seeded(simulator, kind, count=5)
    body = {"error_code": "X.1", "error_msg": "no lists here"}
    simulator.fault(meaning=kind.list, kind="status", status=status, body=body, times=None)
    assert outcomes(stop(kind, *ids, retries=2)) == dict.fromkeys(ids, "stopped")
    seen = counted(simulator)
    assert seen[kind.read] == 10
    assert seen[kind.list] == (3 if status == 500 else 1)


@pytest.mark.parametrize("body", ["null", "[]", '{"jobs": [1, null, {"status": "RUNNING"}]}', "<html/>", ""])
@each_listing_kind
def test_where_the_list_is_none_each_job_is_read_by_itself(simulator, stop, kind, body):
    ids = seeded(simulator, kind, count=3)
    odd = {"kind": "body", "body": body, "content_type": "application/json"}
    simulator.fault(meaning=kind.list, **odd, times=None)
    assert outcomes(stop(kind, *ids)) == dict.fromkeys(ids, "stopped")


def test_names_that_differ_only_by_case_are_two_jobs(simulator, stop):
    simulator.seed("cdm", id="Job")
    simulator.seed("cdm", id="job", state="finished")
    simulator.seed("cdm", id="JOB", refuses=True)
    assert outcomes(stop(CDM, "job", "Job", "JOB", "jOB")) == {
        "job": "already_ended",
        "Job": "stopped",
        "JOB": "failed",
        "jOB": "missing",
    }


@pytest.mark.parametrize("word", ["STOPPED", "FAILED"])
def test_cdm_jobs_are_stopped_whatever_the_list_says_of_stopped_jobs(simulator, stop, word):
    simulator.switches(cdm_list_stopped=word)
    ids = seeded(simulator, CDM, count=30)
    slow = seeded(simulator, CDM, count=3, stop_takes=0.1)
    result = stop(CDM, *ids, *slow)
    assert outcomes(result) == dict.fromkeys(ids + slow, "stopped")
    assert {job["status"] for job in result["jobs"]} == {"STOPPED"}


# Flink jobs, many with one request


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("flag", ["string", "bool"])
def test_flink_jobs_are_stopped_a_hundred_at_a_time(simulator, stop, answer, flag):
    simulator.switches(dli_flink_answer=answer, dli_flink_is_success=flag)
    ids = seeded(simulator, FLINK, count=201)
    assert outcomes(stop(FLINK, *ids)) == dict.fromkeys(ids, "stopped")
    assert counted(simulator)[FLINK.stop] == 3


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("takes", [0, 0.1])
def test_one_flink_job_that_refuses_hides_no_other(simulator, stop, answer, takes):
    simulator.switches(dli_flink_answer=answer)
    ids = seeded(simulator, FLINK, count=20, stop_takes=takes)
    (refusing,) = seeded(simulator, FLINK, refuses=True)
    # an answer that says nothing of it leaves it to the reading: until the time is over
    result = stop(FLINK, *ids, refusing, wait_timeout=5)
    assert_promise_kept(result, [*ids, refusing], simulator.truths("dli_flink"))
    assert outcomes(result) == {**dict.fromkeys(ids, "stopped"), refusing: "failed"}


@pytest.mark.parametrize("answer", ["array", "object"])
@pytest.mark.parametrize("unknown", ["refused", "element"])
def test_a_flink_job_that_vanishes_before_its_stop_hides_no_other(simulator, stop, unknown, answer):
    simulator.switches(dli_flink_unknown=unknown, dli_flink_answer=answer)
    ids = seeded(simulator, FLINK, count=20)
    (vanishing,) = seeded(simulator, FLINK, vanishes_after=3600)
    simulator.fault(meaning=FLINK.list, kind="advance_after", seconds=7200)
    result = stop(FLINK, *ids, vanishing)
    truths = simulator.truths("dli_flink")
    assert_promise_kept(result, [*ids, vanishing], truths)
    assert_nothing_sent_twice(simulator, truths)
    assert outcomes(result) == {**dict.fromkeys(ids, "stopped"), vanishing: "ended_first"}


@pytest.mark.parametrize("takes", [0, 0.1])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_after_a_lost_answer_to_many_flink_stops_none_is_stopped_twice(simulator, stop, fault, takes):
    ids = seeded(simulator, FLINK, count=150, stop_takes=takes)
    simulator.fault(meaning=FLINK.stop, kind=fault, times=2)
    result = stop(FLINK, *ids)
    truths = simulator.truths("dli_flink")
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    assert all(truths[id]["stopped_by_us"] for id in ids)
    if not takes:  # one that is still being stopped looks active, and to ask once more has no effect
        assert_nothing_sent_twice(simulator, truths)


def test_an_answer_with_too_few_flink_results_is_resolved_by_reading(simulator, stop):
    ids = seeded(simulator, FLINK, count=5)
    simulator.fault(meaning=FLINK.stop, kind="body", body=[{"is_success": "true"}])
    assert outcomes(stop(FLINK, *ids)) == dict.fromkeys(ids, "stopped")


# Services that are too busy


@pytest.mark.parametrize("retry_after", ["on", "off"])
def test_a_throttle_over_many_stops_ends_with_all_of_them_stopped(simulator, stop, monkeypatch, retry_after):
    monkeypatch.setattr(client, "random", SimpleNamespace(uniform=lambda least, most: 0.25))
    ids = seeded(simulator, MRS_V2, count=150)
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=MRS_V2.stop, limit=60, window=1)
    result = stop(MRS_V2, *ids, wait_timeout=60)
    assert outcomes(result) == dict.fromkeys(ids, "stopped")
    statuses = Counter(request["status"] for request in simulator.journal(mutating=True))
    assert statuses[202] == 150
    # one burst of those in flight for each window, not a hail
    assert 1 <= statuses[429] <= 8 * 4


@pytest.mark.parametrize("retry_after", ["on", "off"])
@each_listing_kind
def test_a_throttle_that_outlasts_the_time_leaves_a_clear_result_in_parts(simulator, stop, kind, retry_after):
    ids = seeded(simulator, kind, count=150)
    simulator.switches(retry_after=retry_after)
    simulator.throttle(meaning=kind.stop, limit=1 if kind is FLINK else 60, window=60)
    result = stop(kind, *ids, wait_timeout=1)
    truths = simulator.truths(kind.service)
    assert_promise_kept(result, ids, truths)
    assert result["failed"] and result["changed"]
    stopped = [id for id in ids if truths[id]["stopped_by_us"]]
    assert len(stopped) in (60, 50, 100)
    for job in result["jobs"]:
        if job["id"] in stopped:
            assert job["outcome"] in ("stopped", "stop_requested")
        else:
            assert job["outcome"] == "failed"
            assert (job["error"]["http_status"], "429" in str(job["error"])) == (429, True), job["error"]


# The promise, whatever happens


def life(kind):
    """What a job is seeded with; no kind whose stopped jobs look failed fails by itself here, for nobody could tell."""
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
        st.none(),  # unknown to the service
    )


def fault(kind):
    """One thing that goes wrong, at some request: what it is, and whether an answer to a stop is lost by it."""
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
def plans(draw):
    """A service, its jobs, what goes wrong, and how the task asks."""
    kind = draw(st.sampled_from(KINDS))
    relevant = (kind.service.split("_")[0], kind.service, "list")
    return SimpleNamespace(
        kind=kind,
        lives=draw(st.lists(life(kind), min_size=1, max_size=12)),
        # what jobs do by themselves, they do between two requests: most often right after a stop
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


@pytest.mark.usefixtures("impatient")
@settings(
    settings.get_profile(PROFILE),
    max_examples=settings.get_profile(PROFILE).max_examples * 2,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans())
def test_whatever_happens_only_what_is_true_is_claimed(simulator, stop, plan):
    simulator.reset()
    simulator.switches(**plan.switches)
    kind, ids = plan.kind, []
    for number, spec in enumerate(plan.lives):
        ids += [str(900000 + number)] if spec is None else seeded(simulator, kind, **spec)
    for each in plan.faults:
        simulator.fault(**each)
    before = simulator.truths(kind.service)
    result = stop(kind, *ids, *ids[:2], **plan.options)
    truths = simulator.truths(kind.service)
    requests = simulator.journal(mutating=True)
    assert [job["id"] for job in result["jobs"]] == ids
    jobs = as_of_the_reading(result["jobs"], truths) if plan.options["check_mode"] else result["jobs"]
    changed = any(job["changed"] for job in jobs) if plan.options["check_mode"] else result["changed"]
    assert_promise_kept({"jobs": jobs, "changed": changed}, [job["id"] for job in jobs], truths, requests)
    assert_effects_are_single(requests, kind)
    if plan.options["check_mode"]:
        assert requests == []
        assert not [id for id in ids if stops(truths.get(id))]
    untouched = set(before) - set(ids)
    assert {id: stops(truths[id]) for id in untouched} == {id: stops(before[id]) for id in untouched}


def as_of_the_reading(jobs, truths):
    """In check mode a job may end after it was read: then what was said of it was true when it was said."""
    ended = {id for id, truth in truths.items() if truth["vanished"] or truth["history"][-1]["cause"] == "by itself"}
    return [job for job in jobs if not (job["outcome"] == "would_stop" and job["id"] in ended)]


def assert_effects_are_single(requests, kind):
    effects = Counter(request["path"] for request in requests if request["effect"])
    if kind is not FLINK:
        assert not effects or max(effects.values()) == 1, effects
