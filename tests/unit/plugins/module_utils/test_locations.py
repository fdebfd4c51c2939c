# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the lists of clusters, queues and graphs, with their requests in order: one too many or too few fails."""

from __future__ import annotations

import itertools
import re
import threading

import pytest
import responses
from responses.registries import OrderedRegistry

from ansible_collections.dataops.huaweicloud.plugins.module_utils._connection import Connection, Login
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    DeadlineExceeded,
    Error,
    InvalidOption,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._jobs.targets import Target
from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import resolve_options
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.locations import (
    assign_hosts,
    find_locations,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.registry import SERVICES

URL = "https://service.test"
URLS = {
    "mrs": f"{URL}/v1.1/p/cluster_infos",
    "cdm": f"{URL}/v1.1/p/clusters",
    "dli": f"{URL}/v1.0/p/queues",
    "ges": f"{URL}/v2/p/graphs",
}


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def find(clock):
    """Return the locations of a service, with a token for the login."""

    def run(service, seconds=60, **given):
        arguments = {"token": "the-token", "project_id": "p", "endpoint": URL, **given}
        options = resolve_options(arguments, {}, Secrets())
        slots = threading.BoundedSemaphore(1)
        login = Login(options, Deadline(seconds, clock, clock.sleep), {}, Secrets(), slots)
        return find_locations(SERVICES[service].locations, Connection(login))

    return run


def queries(wire):
    return [call.request.params for call in wire.calls]


def clusters(*numbers):
    return [{"clusterId": f"id{number}", "clusterName": f"n{number}", "clusterState": "running"} for number in numbers]


def graphs(*names):
    return [{"id": f"id-{name}", "name": name, "status": "200"} for name in names]


@pytest.mark.parametrize("total", [3, "3"])
def test_pages_are_read_up_to_the_total(wire, find, total):
    for page in (clusters(1, 2), clusters(3)):
        wire.get(URLS["mrs"], json={"clusterTotal": total, "clusters": page})
    assert [location["id"] for location in find("mrs")] == ["id1", "id2", "id3"]
    assert queries(wire) == [{"pageSize": "1000", "currentPage": "1"}, {"pageSize": "1000", "currentPage": "2"}]


def test_graphs_are_read_up_to_their_count(wire, find):
    for page in (graphs("a", "b"), graphs("c")):
        wire.get(URLS["ges"], json={"graph_count": 3, "graphs": page})
    assert [location["name"] for location in find("ges")] == ["a", "b", "c"]
    assert queries(wire) == [{"limit": "100", "offset": "0"}, {"limit": "100", "offset": "2"}]


def test_pages_without_total_are_all_read(wire, find):
    # the last page again, as from a service that ignores the offset
    for page in (graphs("a", "b"), graphs("c"), graphs("c")):
        wire.get(URLS["ges"], json={"graphs": page})
    assert [location["name"] for location in find("ges")] == ["a", "b", "c"]
    assert [query["offset"] for query in queries(wire)] == ["0", "2", "3"]


def test_list_without_pages_is_one_request(wire, find):
    wire.get(URLS["cdm"], json={"clusters": [{"id": "1", "name": "etl", "status": "200"}]})
    wire.get(URLS["dli"], json={"is_success": True, "queues": []})
    locations = [*find("cdm", region="eu-de"), *find("dli", region="eu-de")]
    assert locations == [
        {
            "service": "cdm",
            "id": "1",
            "name": "etl",
            "status": "normal",
            "region": "eu-de",
            "project_id": "p",
            "details": {"id": "1", "name": "etl", "status": "200"},
            "target": {"service": "cdm", "cluster_id": "1", "region": "eu-de", "project_id": "p"},
        }
    ]
    assert queries(wire) == [{}, {"queue_type": "all"}]


def test_graph_is_targeted_by_name(wire, find):
    wire.get(URLS["ges"], json={"graph_count": 1, "graphs": graphs("g")})
    (location,) = find("ges")
    assert (location["id"], location["name"], location["status"]) == ("id-g", "g", "running")
    assert location["target"] == {"service": "ges", "graph_name": "g", "project_id": "p"}


@pytest.mark.parametrize(
    ("type", "kinds"),
    [
        ("sql", ["sql"]),
        ("general", ["spark", "flink"]),
        ("all", ["sql", "spark", "flink"]),
        ("spark", ["sql", "spark", "flink"]),
        (None, ["sql", "spark", "flink"]),
    ],
)
def test_queue_has_a_location_per_kind(wire, find, type, kinds):
    wire.get(URLS["dli"], json={"queues": [{"queue_name": "q", "queue_type": type}]})
    locations = find("dli")
    assert [location["target"] for location in locations] == [
        {"service": "dli", "kind": kind, "filters": {"queue": "q"}, "project_id": "p"} for kind in kinds
    ]
    assert {(location["id"], location["name"], location["status"]) for location in locations} == {("q", "q", None)}


@pytest.mark.parametrize("queue_name", ["q", "off", 7])
def test_target_of_each_location_is_complete(wire, find, queue_name):
    wire.get(URLS["mrs"], json={"clusterTotal": 1, "clusters": clusters(1)})
    wire.get(URLS["cdm"], json={"clusters": [{"id": "1"}]})
    wire.get(URLS["dli"], json={"queues": [{"queue_name": queue_name}]})
    for location in [*find("mrs"), *find("cdm"), *find("dli")]:
        selection = {"filters": {"filter": "x"}} if location["service"] == "cdm" else {"older_than": "2h"}
        target = Target(0, {**location["target"], **selection})
        assert target.filters.get("queue") == (str(queue_name) if location["service"] == "dli" else None)


def location(service, id, name, kind=None):
    return {"service": service, "id": id, "name": name, "target": {"kind": kind} if kind else {}}


X1, X2, ONE = location("cdm", "1", "x"), location("cdm", "2", "x"), location("cdm", "3", "1")
NIGHT = [location("dli", name, name, "sql") for name in ("night shift", "night_shift", "night-shift")]
LOCATIONS = {
    "unique names": ([X1, ONE, location("mrs", "1", "x")], ["cdm_x", "cdm_1", "mrs_x"]),
    "name of another's id": ([X1, X2, ONE], ["cdm_x_1", "cdm_x_2", "cdm_1"]),
    "three kinds": (
        [location("dli", "q", "q", kind) for kind in ("sql", "spark", "flink")],
        ["dli_q_sql", "dli_q_spark", "dli_q_flink"],
    ),
    "unsafe characters": (
        NIGHT,
        ["dli_night_shift_d225ac8dedde_sql", "dli_night_shift_5cd9dd90e4b7_sql", "dli_night-shift_sql"],
    ),
    "name and id of others": (
        [X1, X2, location("cdm", "4", "x_1")],
        ["cdm_x_6b86b273ff34", "cdm_x_2", "cdm_x_1_4"],
    ),
    "unsafe ids": (
        [location("ges", "a b", "g"), location("ges", "a_b", "g")],
        ["ges_g_c8687a08aa5d", "ges_g_648fa9b31bc7"],
    ),
    "odd names": ([location("mrs", "1", "数据"), location("mrs", "2", "\n\t")], ["mrs____1", "mrs____2"]),
}


@pytest.mark.parametrize(("locations", "hosts"), LOCATIONS.values(), ids=LOCATIONS)
def test_each_location_has_its_own_host(locations, hosts):
    for order in itertools.permutations(locations):
        named = assign_hosts(order)
        assert [next(name for name in named if named[name] is each) for each in locations] == hosts
        assert all(re.fullmatch("[A-Za-z0-9_.-]+", name) for name in named)


def test_prefix_is_before_each_host_name():
    assert list(assign_hosts([X1, X2, ONE], "prod_")) == ["prod_cdm_x_1", "prod_cdm_x_2", "prod_cdm_1"]


@pytest.mark.parametrize(
    ("service", "record", "status"),
    [
        ("cdm", {"id": "1", "status": 900}, "stopped"),
        ("cdm", {"id": "1", "status": "777"}, "777"),
        ("cdm", {"id": "1"}, None),
        ("ges", {"id": "1", "status": "303"}, "creation_failed"),
        ("dli", {"queue_name": "q", "queue_type": "sql", "is_restarting": True}, "restarting"),
        ("dli", {"queue_name": "q", "queue_type": "sql", "is_restarting": False}, None),
        ("mrs", {"clusterId": "1", "clusterState": "scaling-out"}, "scaling-out"),
    ],
)
def test_status_is_a_word(wire, find, service, record, status):
    listing = SERVICES[service].locations.listing
    total = dict.fromkeys(listing.total, 1)
    wire.get(URLS[service], json={listing.items[0]: [record], **total})
    assert [location["status"] for location in find(service)] == [status]


@pytest.mark.parametrize(
    ("service", "record"),
    [("mrs", {"clusterId": "1", "clusterState": "terminated"}), ("ges", {"id": 1, "status": 400})],
)
def test_deleted_location_is_left_out(wire, find, service, record):
    listing = SERVICES[service].locations.listing
    wire.get(URLS[service], json={listing.items[0]: [record], listing.total[0]: 1})
    assert find(service) == []


def test_secrets_in_a_record_are_masked(wire, find):
    record = {"id": "1", "customerConfig": {"dbPassword": "hidden", "clusterName": "x"}}
    wire.get(URLS["cdm"], json={"clusters": [record]})
    (location,) = find("cdm")
    assert location["details"]["customer_config"] == {"db_password": "********", "cluster_name": "x"}


def test_region_comes_from_option_or_host(wire, find):
    host = "https://mrs.eu-nl.otc.t-systems.com"
    for _time in range(2):
        wire.get(f"{host}/v1.1/p/cluster_infos", json={"clusterTotal": 1, "clusters": clusters(1)})
    assert find("mrs", endpoint=host)[0]["target"]["region"] == "eu-nl"
    assert find("mrs", endpoint=host, region="eu-de")[0]["region"] == "eu-de"


@pytest.mark.parametrize(
    ("service", "body", "kind", "message"),
    [
        ("dli", {"is_success": False, "message": "no right to see them", "queues": []}, ApiError, "no right to see"),
        ("dli", {"is_success": "false"}, ApiError, "The service reports a failure without a reason"),
        ("mrs", {"other": 1}, ResponseLost, "The response cannot be used: it has no clusters"),
        ("ges", {"graphs": None}, ResponseLost, "The response cannot be used: it has no graphs"),
        ("cdm", [], ResponseLost, "The response cannot be used: it has no clusters"),
    ],
)
def test_response_without_list_is_an_error(wire, find, service, body, kind, message):
    wire.get(URLS[service], json=body)
    with pytest.raises(kind, match=f"^{message}"):
        find(service)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"clusters": [{"clusterId": {"odd": 1}}], "clusterTotal": 1}, ["{'odd': 1}"]),
        ({"clusters": [None, {"clusterName": "no id"}], "clusterTotal": 0}, []),
    ],
    ids=["id is no text", "no id"],
)
def test_odd_record_is_harmless(wire, find, body, ids):
    wire.get(URLS["mrs"], json=body)
    assert [location["id"] for location in find("mrs")] == ids


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"project_id": ".."}, InvalidOption),
        ({"password": "x"}, AuthenticationFailed),
        ({"endpoint": "ftp://x"}, InvalidOption),
        ({"endpoint": None}, InvalidOption),
    ],
    ids=["project", "credentials", "endpoint", "no endpoint"],
)
def test_unusable_option_sends_no_request(find, given, kind):
    with responses.RequestsMock(), pytest.raises(kind):
        find("mrs", **given)


def test_expired_deadline_is_an_error(find):
    with responses.RequestsMock(), pytest.raises(DeadlineExceeded, match=r"wait_timeout has expired\.$"):
        find("ges", seconds=0)


def test_failed_second_page_is_an_error(wire, find):
    wire.get(URLS["mrs"], json={"clusterTotal": 3, "clusters": clusters(1, 2)})
    wire.get(URLS["mrs"], status=400, json={"error_code": "X.1", "error_msg": "Refused."})
    with pytest.raises(Error, match="Refused"):
        find("mrs")
