# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The info modules: selection by ids and filters, pagination, and the returned records."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from job_kinds import KINDS, request_meanings, seed_jobs
from return_docs import assert_matches_documentation, return_documentation

from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.registry import SERVICES
from tests.simulator.control import KINDS as SIMULATED

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
LISTING = [kind for kind in KINDS if kind.list]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
each_listing_kind = pytest.mark.parametrize("kind", LISTING, ids=str)


@pytest.fixture
def run_info_module(simulator, run_module):
    """Run the info module of a kind in this process, with options that authenticate at the simulator."""

    def run(kind, **more):
        ready = simulator.ready
        login = {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}
        options = {**login, **kind.options(ready), **more}
        given = {name: value for name, value in options.items() if value is not None}
        return run_module(f"{kind.module}_info", **given)

    return run


def ids_of(result):
    """Return the ids of the found jobs."""
    assert not result["failed"], result["msg"]
    return [job["id"] for job in result["jobs"]]


# A location without other jobs: the specification of jobs there, and the options that find them.
ISOLATED = {
    MRS_V2: ({"cluster_id": "alone"}, {"cluster_id": "alone"}),
    CDM: ({"cluster_id": "alone"}, {"cluster_id": "alone"}),
    SQL: ({"record": {"queue_name": "alone"}}, {"queue": "alone"}),
    SPARK: ({"record": {"queue": "alone"}}, {"queue": "alone"}),
    FLINK: ({"record": {"queue_name": "alone"}}, {"queue": "alone"}),
    GES: ({"graph_name": "alone"}, {"graph_name": "alone"}),
}


def list_queries(simulator, kind):
    """Return the query parameters of the list requests."""
    return [parse_qs(request["query"]) for request in simulator.journal() if request["meaning"] == kind.list]


# Selection by ids


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
@each_kind
def test_jobs_by_id_keep_their_order(simulator, run_info_module, kind, check_mode):
    one, two, three = seed_jobs(simulator, kind, count=3)
    (ended,) = seed_jobs(simulator, kind, state="finished")
    unknown = kind.unknown_id()
    result = run_info_module(
        kind, **{kind.ids_option: [three, unknown, one, ended, three, two, unknown]}, check_mode=check_mode
    )
    assert ids_of(result) == [three, one, ended, two]
    assert result["missing"] == [unknown]
    assert [job["active"] for job in result["jobs"]] == [True, True, False, True]
    assert [job["status"] for job in result["jobs"]][:2] == [kind.statuses[0]] * 2
    assert result["msg"] == "Found 4 jobs, 3 active."
    assert not result["changed"]
    assert simulator.journal(mutating=True) == []


@each_kind
def test_one_id_needs_one_request(simulator, run_info_module, kind):
    (id,) = seed_jobs(simulator, kind)
    assert ids_of(run_info_module(kind, **{kind.ids_option: [id]})) == [id]
    assert request_meanings(simulator) == [kind.read]


@each_kind
def test_empty_id_list_sends_nothing(simulator, run_info_module, kind):
    result = run_info_module(kind, **{kind.ids_option: []})
    assert (ids_of(result), result["missing"], result["msg"]) == ([], [], "Found 0 jobs, 0 active.")
    assert simulator.journal() == []


def test_unreadable_job_hides_no_other(simulator, run_info_module):
    ids = seed_jobs(simulator, MRS, count=3)
    body = {"error_code": "APIGW.0103", "error_msg": "Backend not found"}
    simulator.fault(meaning=MRS.read, kind="status", status=400, body=body)
    result = run_info_module(MRS, job_execution_ids=ids, concurrency=1)
    assert result["failed"] and result["missing"] == []
    assert [job["id"] for job in result["jobs"]] == ids[1:]
    assert result["msg"].startswith(f"Found 2 jobs, 2 active. 1 could not be read. {ids[0]}: Backend not found")


def test_limit_applies_to_ids(simulator, run_info_module):
    ids = seed_jobs(simulator, SQL, count=3)
    assert ids_of(run_info_module(SQL, job_ids=ids, limit=2)) == ids[:2]


# Filters by kind and option: the documented parameter, a value, and the specification of a matching job

NAMED = "00000000-1111-2222-3333-444444444444"
FAR = 5_000_000_000_000
FILTERS = {
    MRS_V2: {
        "name": ("job_name", "nightly", {"record": {"job_name": "nightly"}}),
        "status": ("job_state", "ACCEPTED", {"status": "ACCEPTED", "cluster_id": "alone"}),
        "result": ("job_result", "KILLED", {"state": "stopped"}),
        "job_type": ("job_type", "HiveSql", {"record": {"job_type": "HiveSql"}}),
        "owner": ("user", "carol", {"record": {"user": "carol"}}),
        "queue": ("queue", "night", {"record": {"queue": "night"}}),
        "submitted_after": ("submitted_time_begin", FAR - 1, {"record": {"submitted_time": FAR}}),
        "submitted_before": ("submitted_time_end", 2, {"record": {"submitted_time": 1}}),
    },
    CDM: {
        "filter": ("filter", "nightl", {"id": "a nightly job"}),
        "job_type": ("jobType", "BATCH_JOB", {"record": {"job_type": "BATCH_JOB"}}),
    },
    SQL: {
        "status": ("job-status", "SCALING", {"status": "SCALING"}),
        "job_type": ("job-type", "EXPORT", {"record": {"job_type": "EXPORT"}}),
        "queue": ("queue_name", "night", {"record": {"queue_name": "night"}}),
        "owner": ("owner", "carol", {"record": {"owner": "carol"}}),
        "sql_pattern": ("sql_pattern", "FROM nightly", {"record": {"statement": "select 1 from Nightly"}}),
        "started_after": ("start", FAR - 1, {"record": {"start_time": FAR}}),
        "started_before": ("end", 2, {"record": {"start_time": 1}}),
    },
    SPARK: {
        "name": ("job_name", "nightly", {"record": {"name": "nightly"}}),
        "status": ("state", "recovering", {"status": "recovering"}),
        "queue": ("queue_name", "night", {"record": {"queue": "night"}}),
        "owner": ("owner", "carol", {"record": {"owner": "carol"}}),
    },
    FLINK: {
        "name": ("name", "nightl", {"record": {"name": "a nightly job"}}),
        "status": ("status", "job_idle", {"status": "job_idle"}),
        "job_type": ("job_type", "flink_jar_job", {"record": {"job_type": "flink_jar_job"}}),
        "queue": ("queue_name", "night", {"record": {"queue_name": "night"}}),
        "owner": ("user_name", "carol", {"record": {"user_name": "carol"}}),
    },
    GES: {},
}
CASES = [
    pytest.param(kind, option, *case, id=f"{kind.service} {option}")
    for kind, options in FILTERS.items()
    for option, case in options.items()
]


@pytest.mark.parametrize(("kind", "option", "parameter", "value", "spec"), CASES)
def test_filter_uses_documented_parameter(simulator, run_info_module, kind, option, parameter, value, spec):
    wanted = seed_jobs(simulator, kind, **spec)
    simulator.seed(kind.service, **({"cluster_id": spec["cluster_id"]} if "cluster_id" in spec else {}), count=3)
    location = {name: spec[name] for name in ("cluster_id",) if name in spec}
    result = run_info_module(kind, **{option: value}, **location)
    assert ids_of(result) == wanted
    (query,) = list_queries(simulator, kind)
    assert query[parameter] == [str(value)]
    paging = {"page-size", "current-page", "page_size", "page_no", "size", "from", "limit", "offset"}
    assert set(query) - paging == {parameter}
    assert simulator.journal(mutating=True) == []


def test_every_filter_has_a_test():
    for name, service in SERVICES.items():
        kinds = [kind for kind in LISTING if kind.module.startswith(f"{name}_")]
        assert set(service.filters) == {option for kind in kinds for option in FILTERS[kind]}


@pytest.mark.parametrize("option", ["owner", "queue"])
def test_ignored_filter_finds_nothing(simulator, run_info_module, option):
    ids = [seed_jobs(simulator, MRS_V2, record={"user": name, "queue": name})[0] for name in ("night", "day")]
    found = run_info_module(MRS_V2, **{option: "night"})
    assert [job["id"] for job in found["jobs"]] == [ids[0]]
    simulator.switches(mrs_v2_filters="otc")
    found = run_info_module(MRS_V2, **{option: "night"})
    assert found["failed"] and "jobs" not in found
    assert f"The service ignored the filter {option}: it returned {ids[1]}, whose {option} is day." in found["msg"], (
        found["msg"]
    )


def test_filters_are_combined(simulator, run_info_module):
    (both,) = seed_jobs(simulator, SQL, record={"owner": "carol", "queue_name": "night"})
    simulator.seed("dli_sql", record={"owner": "carol"})
    simulator.seed("dli_sql", record={"queue_name": "night"})
    assert ids_of(run_info_module(SQL, owner="carol", queue="night")) == [both]


def test_filter_value_stays_one_parameter(simulator, run_info_module):
    value = "a&owner=x?#=%20 \u540d+"
    (id,) = seed_jobs(simulator, SPARK, record={"name": value})
    assert ids_of(run_info_module(SPARK, name=value)) == [id]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (
            SQL,
            {"name": "x"},
            "The service cannot select these jobs by name. Supported: status, job_type, queue, owner, sql_pattern,"
            " started_after, started_before.",
        ),
        (
            SPARK,
            {"sql_pattern": "x", "started_after": 1},
            "The service cannot select these jobs by sql_pattern, started_after."
            " Supported: name, status, queue, owner.",
        ),
        (FLINK, {"started_before": 1}, "by started_before. Supported: name, status, job_type, queue, owner."),
        (
            MRS,
            {"status": "RUNNING"},
            "These jobs can be listed only in a cluster: set cluster_id, or name the jobs by id.",
        ),
        (MRS, {}, "These jobs can be listed only in a cluster: set cluster_id, or name the jobs by id."),
        (SQL, {"job_ids": ["x"], "status": "RUNNING"}, "job_ids and status are mutually exclusive."),
        (SQL, {"job_ids": [], "status": "RUNNING", "queue": "x"}, "job_ids and status, queue are mutually exclusive."),
        (MRS_V2, {"job_execution_ids": ["x"], "name": "y"}, "job_execution_ids and name are mutually exclusive."),
        (CDM, {"job_names": ["x"], "filter": "y"}, "job_names and filter are mutually exclusive."),
        (SQL, {"limit": 0}, "limit must be at least 1, not 0"),
        (SQL, {"limit": -1}, "limit must be at least 1, not -1"),
        (SQL, {"job_ids": ["x"], "limit": 0}, "limit must be at least 1, not 0"),
        (SQL, {"wait_timeout": 0}, "wait_timeout must be at least 1, not 0"),
        (SQL, {"concurrency": 65}, "concurrency must be between 1 and 64, not 65"),
        (FLINK, {"job_ids": ["abc"]}, "job_ids contains 'abc'. The ids of Flink jobs are numbers."),
        (SQL, {"job_ids": ["x", ".."]}, "job_ids must not be '..', which refers to another path"),
    ],
    ids=lambda value: value.service if hasattr(value, "service") else "",
)
def test_invalid_filters_are_refused(simulator, run_info_module, kind, options, message):
    result = run_info_module(kind, **options)
    assert result["failed"] and message in result["msg"], result["msg"]
    assert simulator.journal() == []


@pytest.mark.parametrize(
    ("kind", "option"),
    [(SQL, "status"), (SPARK, "name"), (MRS_V2, "owner"), (CDM, "filter")],
    ids=lambda value: getattr(value, "service", value),
)
def test_empty_filter_is_refused(simulator, run_info_module, kind, option):
    """Refuse an empty filter: it would find every job, and another task might stop them."""
    simulator.seed(kind.service, count=3)
    result = run_info_module(kind, **{option: ""})
    assert result["failed"] and f"{option} must not be empty" in result["msg"], result["msg"]
    assert simulator.journal() == []


# Pagination


@each_listing_kind
@pytest.mark.parametrize("totals", ["told", "absent"])
def test_pages_give_every_job_once(simulator, run_info_module, kind, totals):
    simulator.switches(list_totals=totals)
    spec, options = ISOLATED[kind]
    ids = seed_jobs(simulator, kind, count=250, **spec)
    found = ids_of(run_info_module(kind, **options))
    assert len(found) == 250 and set(found) == set(ids)
    pages = 1 if kind is GES else 3
    assert len(list_queries(simulator, kind)) == (pages if totals == "told" and kind is not GES else pages + 1)


@each_listing_kind
@pytest.mark.parametrize("totals", ["told", "absent"])
def test_short_pages_lose_no_job(simulator, run_info_module, kind, totals):
    simulator.switches(list_page_most=7, list_totals=totals)
    spec, options = ISOLATED[kind]
    ids = seed_jobs(simulator, kind, count=33, **spec)
    found = ids_of(run_info_module(kind, **options))
    assert len(found) == 33 and set(found) == set(ids)
    assert len(list_queries(simulator, kind)) == (5 if totals == "told" and kind is not GES else 6)


@each_listing_kind
@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (100, 1), (101, 2)])
def test_limit_ends_the_listing(simulator, run_info_module, kind, limit, requests):
    spec, options = ISOLATED[kind]
    simulator.seed(kind.service, count=250, **spec)
    assert len(ids_of(run_info_module(kind, limit=limit, **options))) == limit
    assert len(list_queries(simulator, kind)) == (1 if kind is GES else requests)


# Kinds with a status filter, and a status that a job loses when it ends.
TRANSIENT_STATUS = {MRS_V2: "RUNNING", SQL: "RUNNING", SPARK: "running", FLINK: "job_running"}


@pytest.mark.parametrize("kind", TRANSIENT_STATUS, ids=str)
def test_shrinking_list_loses_no_job(simulator, run_info_module, kind):
    spec, options = ISOLATED[kind]
    lasting = seed_jobs(simulator, kind, count=240, **spec)
    # the newest jobs are on the first page; they end after its reading, and the other jobs move up
    simulator.advance(60)
    simulator.seed(kind.service, count=10, ends_after=3600, **spec)
    simulator.fault(meaning=kind.list, kind="advance_after", seconds=7200)
    found = ids_of(run_info_module(kind, status=TRANSIENT_STATUS[kind], **options))
    assert len(found) == len(set(found))
    lost = set(lasting) - set(found)
    assert not lost, f"{len(lost)} of 240 jobs are lost"


def test_growing_list_gives_every_job_once(simulator, run_info_module):
    # another job starts after the first list request
    ids = seed_jobs(simulator, SQL, count=250, starts_after=0, **ISOLATED[SQL][0])
    (late,) = seed_jobs(simulator, SQL, starts_after=3600, **ISOLATED[SQL][0])
    simulator.fault(meaning=SQL.list, kind="advance_after", seconds=7200)
    found = ids_of(run_info_module(SQL, status="RUNNING", queue="alone"))
    assert len(found) == len(set(found))
    assert set(found) == {*ids, late}


# Invalid lists

INVALID_LISTS = {
    "null": "null",
    "a list": "[]",
    "a text": '"jobs"',
    "no jobs": '{"job_count": 2}',
    "jobs that are null": '{"job_count": 2, "jobs": null}',
    "jobs that are an object": '{"job_count": 2, "jobs": {"job_id": "x"}}',
}


@pytest.mark.parametrize("body", INVALID_LISTS.values(), ids=INVALID_LISTS)
def test_invalid_list_is_reported(simulator, run_info_module, body):
    invalid = {"kind": "body", "body": body, "content_type": "application/json", "times": 99}
    simulator.fault(meaning=SQL.list, **invalid)
    result = run_info_module(SQL, queue="alone", retries=0)
    assert result["failed"]
    assert "The response cannot be used: it has no jobs (GET 127.0.0.1" in result["msg"], result["msg"]
    ids = seed_jobs(simulator, SQL, count=3)
    assert ids_of(run_info_module(SQL, job_ids=ids)) == ids


def test_empty_answer_is_not_an_empty_list(simulator, run_info_module):
    simulator.fault(meaning=SQL.list, kind="body", body="", content_type="application/json", status=200)
    result = run_info_module(SQL, queue="alone", retries=0)
    assert result["failed"] and "The response cannot be used: it has no jobs" in result["msg"]
    assert ids_of(run_info_module(SQL, queue="alone")) == []


INVALID_RECORDS = [
    [None, 1, "x", [], {}, {"status": "RUNNING"}, {"job_id": None}, {"job_id": ""}],
    [{"job_id": "good", "status": "RUNNING"}, None, {"status": "RUNNING"}],
]


@pytest.mark.parametrize("records", INVALID_RECORDS, ids=["only", "with a valid one"])
@pytest.mark.parametrize("count", [0, 3, 40, "3", None, "many", -1, {}], ids=str)
def test_invalid_records_are_skipped(simulator, run_info_module, records, count):
    body = {"is_success": True, "job_count": count, "jobs": records}
    simulator.fault(meaning=SQL.list, kind="body", body=body)
    result = run_info_module(SQL, queue="alone")
    good = [record["job_id"] for record in records if record and isinstance(record, dict) and len(record) == 2]
    assert ids_of(result) == good
    # at most three times the number of pages that the total implies, not one page per invalid record
    assert len(list_queries(simulator, SQL)) <= 3 * max(1, -(-40 // len(records)))


def test_missing_status_is_unknown(simulator, run_info_module):
    body = {"is_success": True, "job_count": 2, "jobs": [{"job_id": "a"}, {"job_id": "b", "status": ["RUNNING"]}]}
    simulator.fault(meaning=SQL.list, kind="body", body=body)
    result = run_info_module(SQL, queue="alone")
    assert ids_of(result) == ["a", "b"]
    assert [job["active"] for job in result["jobs"]] == [None, None]
    assert result["jobs"][0]["status"] is None


@each_listing_kind
def test_refused_list_is_reported(simulator, run_info_module, kind):
    body = {"error_code": "X.403", "error_msg": "not for you"}
    simulator.fault(meaning=kind.list, kind="status", status=403, body=body)
    result = run_info_module(kind)
    assert result["failed"] and "not for you" in result["msg"] and "HTTP 403, X.403" in result["msg"]
    assert len(simulator.journal()) == 1


def test_failed_page_fails_the_task(simulator, run_info_module):
    simulator.seed("dli_sql", count=250, **ISOLATED[SQL][0])
    simulator.fault(meaning=SQL.list, kind="status", status=400, body={"error_code": "X.1"}, after=1)
    result = run_info_module(SQL, queue="alone")
    assert result["failed"] and "jobs" not in result


def test_failed_page_is_retried(simulator, run_info_module):
    ids = seed_jobs(simulator, SQL, count=250, **ISOLATED[SQL][0])
    simulator.fault(meaning=SQL.list, kind="status", status=503, after=1)
    simulator.fault(meaning=SQL.list, kind="drop_before", after=1)
    assert set(ids_of(run_info_module(SQL, queue="alone"))) == set(ids)


# Returned records


STATUSES = [
    pytest.param(kind, word, id=f"{kind.service} {word}") for kind in KINDS for word in SIMULATED[kind.service].states
]


@pytest.mark.parametrize(("kind", "word"), STATUSES)
def test_active_matches_the_simulator(simulator, run_info_module, kind, word):
    if kind is MRS and isinstance(word, str):  # only the Sahara dialect has these statuses
        simulator.switches(mrs_dialect="sahara", mrs_info="oozie")
    (id,) = seed_jobs(simulator, kind, status=word)
    truth = simulator.truth(kind.service, id)["state"] in ("submitted", "running")
    # the documentation does not explain UNKNOWN of CDM
    expected = None if (kind, word) == (CDM, "UNKNOWN") else truth
    (job,) = run_info_module(kind, **{kind.ids_option: [id]})["jobs"]
    assert job["active"] is expected, job
    if kind.list:
        listed = {job["id"]: job for job in run_info_module(kind)["jobs"]}
        assert listed[id]["active"] is expected


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (MRS_V2, {"properties": "{fs.obs.secret.key=VERYSECRET}", "arguments": "[--password, VERYSECRET]"}),
        (SQL, {"statement": "create table t options ('password' = 'VERYSECRET')"}),
        (SPARK, {"req_body": '{"conf": {"spark.hadoop.fs.s3a.secret.key": "VERYSECRET"}}'}),
        (CDM, {"from-config-values": {"configs": [{"password": "VERYSECRET"}]}}),
        (FLINK, {"desc": "jdbc:mysql://root:VERYSECRET@host/db"}),
    ],
    ids=lambda value: getattr(value, "service", ""),
)
def test_secrets_in_records_are_masked(simulator, run_info_module, kind, record):
    (id,) = seed_jobs(simulator, kind, record=record)
    simulator.seed(kind.service)
    by_id, by_list = run_info_module(kind, **{kind.ids_option: [id]}), run_info_module(kind)
    assert id in ids_of(by_id) and id in ids_of(by_list)
    assert "VERYSECRET" not in str(by_id) + str(by_list)
    assert "********" in str(by_id["jobs"]) or kind is CDM
    assert "********" in str(by_list["jobs"])


@each_listing_kind
def test_only_found_jobs_are_stopped(simulator, run_info_module, run_stop_module, kind):
    spec, options = ISOLATED[kind]
    running = seed_jobs(simulator, kind, count=5, **spec)
    ended = seed_jobs(simulator, kind, state="finished", **spec)
    found = run_info_module(kind, **options)
    assert set(ids_of(found)) == {*running, *ended}
    before = simulator.truths(kind.service)
    active = [job["id"] for job in found["jobs"] if job["active"]]
    location = {name: value for name, value in options.items() if name in ("cluster_id", "graph_name")}
    result = run_stop_module(kind, *active, **location)
    assert {job["outcome"] for job in result["jobs"]} == {"stopped"}
    truths = simulator.truths(kind.service)
    assert {id for id in truths if truths[id] != before[id]} == set(running)
    assert all(truths[id]["stopped_by_us"] for id in running)


@each_kind
def test_result_matches_documentation(simulator, run_info_module, kind):
    (id,) = seed_jobs(simulator, kind)
    documentation = {
        **return_documentation(f"{kind.module}_info"),
        **dict.fromkeys(("changed", "failed"), {"returned": "always", "type": "bool"}),
    }
    assert_matches_documentation(
        run_info_module(kind, **{kind.ids_option: [id, kind.unknown_id()]}), documentation, kind.module
    )
    if kind.list:
        assert_matches_documentation(run_info_module(kind), documentation, kind.module)


@pytest.mark.parametrize("kind", [MRS_V2, CDM, SQL, SPARK, FLINK], ids=str)
def test_details_use_snake_case(simulator, run_info_module, kind):
    simulator.seed(kind.service, count=2)
    for job in run_info_module(kind)["jobs"]:
        assert job["details"]
        assert all(key == key.lower() and "-" not in key for key in job["details"])


# Common fields

START = 1772330404123  # 2026-03-01T02:00:04.123Z
RECORDS = {
    MRS: ({"job_name": "load", "start_time": START}, {"name": "load"}),
    MRS_V2: (
        {"job_name": "load", "user": "etl", "queue": "root.a", "started_time": START},
        {"name": "load", "owner": "etl", "queue": "root.a"},
    ),
    CDM: ({"creation-user": "etl", "execute-date": str(START), "execute_start_date": START}, {"owner": "etl"}),
    SQL: ({"owner": "etl", "queue_name": "a", "start_time": START}, {"owner": "etl", "queue": "a"}),
    SPARK: (
        {"name": "load", "owner": "etl", "queue": "a", "create_time": START},
        {"name": "load", "owner": "etl", "queue": "a"},
    ),
    FLINK: (
        {"name": "load", "user_name": "etl", "queue_name": "a", "start_time": START, "create_time": 1},
        {"name": "load", "owner": "etl", "queue": "a"},
    ),
}


@pytest.mark.parametrize(
    ("kind", "found_by"),
    [*((kind, "id") for kind in KINDS), *((kind, "list") for kind in LISTING)],
    ids=lambda value: getattr(value, "service", value),
)
def test_records_share_field_names(simulator, run_info_module, kind, found_by):
    record, facts = RECORDS.get(kind, ({}, {}))
    (id,) = seed_jobs(simulator, kind, record=record)
    jobs = run_info_module(kind, **({kind.ids_option: [id]} if found_by == "id" else {}))["jobs"]
    (job,) = [job for job in jobs if job["id"] == id]
    expected = {"name": None, "owner": None, "queue": None, **facts}
    if kind is CDM:
        expected["name"] = id
    assert {name: job[name] for name in expected} == expected
    assert job["started"] == ("2026-03-01T02:00:04Z" if record else None)


@pytest.mark.parametrize(
    ("start_time", "started"),
    [
        (0, None),
        (None, None),
        ("2026-03-01T02:00:04", "2026-03-01T02:00:04Z"),
        ("2026-03-01T02:00:04.123", "2026-03-01T02:00:04Z"),
        ("last night", None),
        (10**30, None),
        ({"at": 1}, None),
    ],
)
def test_invalid_start_time_is_null(simulator, run_info_module, start_time, started):
    (id,) = seed_jobs(simulator, MRS, record={"start_time": start_time})
    (job,) = run_info_module(MRS, job_execution_ids=[id])["jobs"]
    assert job["started"] == started


# Real Ansible


@pytest.mark.smoke
def test_found_jobs_pass_to_next_task(simulator, run_playbook):
    ready = simulator.ready
    kinds = [MRS_V2, CDM, SQL, GES]
    ids = {kind: set(seed_jobs(simulator, kind, count=3, **ISOLATED[kind][0])) for kind in kinds}
    tasks = []
    for kind in kinds:
        options = {**kind.options(ready), **ISOLATED[kind][1]}
        location = {name: value for name, value in options.items() if name in kind.options(ready)}
        found = "{{ found.jobs | selectattr('active') | map(attribute='id') | list }}"
        tasks += [
            {
                "name": f"Find {kind.service}",
                f"dataops.huaweicloud.{kind.module}_info": options,
                "register": "found",
            },
            {
                "name": f"Stop {kind.service}",
                f"dataops.huaweicloud.{kind.module}": {**location, kind.ids_option: found, "wait_sleep": 0.05},
            },
        ]
    login = {"token": ready["token"], "project_id": ready["project_id"], "endpoint": ready["mrs"]}
    defaults = {**login, "wait_timeout": 20, "concurrency": 4}
    playbook_run = run_playbook(tasks, variables={}, module_defaults={"group/dataops.huaweicloud.all": defaults})
    assert playbook_run.status == "successful", playbook_run.stdout
    assert len(playbook_run.results) == 8
    for kind, found, stopped in zip(kinds, playbook_run.results[::2], playbook_run.results[1::2]):
        assert found["changed"] is False
        assert {job["id"] for job in found["jobs"]} == ids[kind]
        assert {job["id"]: job["outcome"] for job in stopped["jobs"]} == dict.fromkeys(ids[kind], "stopped")
        assert all(simulator.truth(kind.service, id)["stopped_by_us"] for id in ids[kind])


@pytest.mark.smoke
def test_check_mode_finds_the_same_jobs(simulator, run_ad_hoc):
    ids = seed_jobs(simulator, FLINK, count=2, **ISOLATED[FLINK][0])
    runs = [run_ad_hoc("dli_job_info", {"kind": "flink", "queue": "alone"}, *flags) for flags in ((), ("--check",))]
    assert [run.exit_code for run in runs] == [0, 0], runs[0].output
    for run in runs:
        assert {(job["id"], job["status"], job["active"]) for job in run.result["jobs"]} == {
            (id, "job_running", True) for id in ids
        }
    assert simulator.journal(mutating=True) == []
