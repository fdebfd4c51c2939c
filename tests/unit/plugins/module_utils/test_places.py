# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of clusters, queues and graphs, as ordered lists of requests: one too many or too few fails."""

from __future__ import annotations

import socket

import pytest
import responses
from responses.registries import OrderedRegistry

from ansible_collections.dataops.huaweicloud.plugins.module_utils import arguments
from ansible_collections.dataops.huaweicloud.plugins.module_utils.client import Budget
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import (
    AnswerLost,
    ApiError,
    BudgetSpent,
    InvalidInput,
    LoginFailed,
    Unreachable,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils.places import SERVICES, read_places

URL = "https://service.test"
MRS, CDM, DLI, GES = (
    f"{URL}/v1.1/p/cluster_infos",
    f"{URL}/v1.1/p/clusters",
    f"{URL}/v1.0/p/queues",
    f"{URL}/v2/p/graphs",
)
EMPTY = {MRS: {"clusters": []}, CDM: {"clusters": []}, DLI: {"queues": []}, GES: {"graphs": []}}


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def read(clock):
    """Read the places of services, logged in with a token; gives them and what is not offered."""

    def run(*services, optional=False, seconds=60, **given):
        options = {name: spec.get("default") for name, spec in arguments.connection().items()}
        login = {"token": "the-token", "project_id": "p", "endpoint": URL, "concurrency": 1}
        budget = Budget(seconds, clock, clock.sleep)
        return read_places({**options, **login, **given}, services, optional, budget, set())

    return run


def queries(wire):
    return [call.request.params for call in wire.calls]


def clusters(*numbers):
    return [{"clusterId": f"id{number}", "clusterName": f"n{number}", "clusterState": "running"} for number in numbers]


@pytest.mark.parametrize("total", [3, "3"])
def test_pages_are_read_until_the_total_is_there(wire, read, total):
    for page in (clusters(1, 2), clusters(3)):
        wire.get(MRS, json={"clusterTotal": total, "clusters": page})
    places, absent = read("mrs")
    assert [place["id"] for place in places] == ["id1", "id2", "id3"] and absent == {}
    assert queries(wire) == [{"pageSize": "1000", "currentPage": "1"}, {"pageSize": "1000", "currentPage": "2"}]


def test_without_a_total_pages_are_read_until_one_has_nothing_new(wire, read):
    # the last page again, as from a service that knows no pages
    for names in (("a", "b"), ("c",), ("c",)):
        wire.get(GES, json={"graphs": [{"id": name, "name": name, "status": "200"} for name in names]})
    assert [place["name"] for place in read("ges")[0]] == ["a", "b", "c"]
    assert [query["offset"] for query in queries(wire)] == ["0", "2", "3"]


def test_a_list_without_pages_is_one_request(wire, read):
    wire.get(CDM, json={"clusters": [{"id": "1", "name": "etl", "status": "200"}]})
    wire.get(DLI, json={"is_success": True, "queues": []})
    places, _absent = read("cdm", "dli", region="eu-de")
    assert places == [
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
def test_a_queue_is_a_place_for_each_kind_of_jobs_that_it_may_run(wire, read, type, kinds):
    wire.get(DLI, json={"queues": [{"queue_name": "q", "queue_type": type}]})
    places, _absent = read("dli")
    assert [place["target"] for place in places] == [
        {"service": "dli", "kind": kind, "project_id": "p"} for kind in kinds
    ]
    assert {(place["id"], place["name"], place["status"]) for place in places} == {("q", "q", None)}


def test_secrets_in_a_record_are_masked(wire, read):
    wire.get(CDM, json={"clusters": [{"id": "1", "customerConfig": {"dbPassword": "hidden", "clusterName": "x"}}]})
    ((place,), _absent) = read("cdm")
    assert place["details"]["customer_config"] == {"db_password": "********", "cluster_name": "x"}


def test_the_region_is_the_one_given_or_that_of_the_host(wire, read):
    host = "https://mrs.eu-nl.otc.t-systems.com"
    for _time in range(2):
        wire.get(f"{host}/v1.1/p/cluster_infos", json={"clusterTotal": 1, "clusters": clusters(1)})
    assert read("mrs", endpoint=host)[0][0]["target"]["region"] == "eu-nl"
    assert read("mrs", endpoint=host, region="eu-de")[0][0]["region"] == "eu-de"


@pytest.mark.parametrize(
    ("service", "body", "message"),
    [
        ("dli", {"is_success": False, "message": "no right to see them", "queues": []}, "^no right to see them"),
        ("dli", {"is_success": "false"}, "without a reason"),
        ("mrs", {"other": 1}, "^the answer has no clusters"),
        ("ges", {"graphs": None}, "^the answer has no graphs"),
        ("cdm", [], "^the answer has no JSON object"),
        ("mrs", {"clusters": [{"clusterId": {"odd": 1}}], "clusterTotal": 1}, None),
        ("mrs", {"clusters": [None, {"clusterName": "no id"}], "clusterTotal": 0}, None),
    ],
)
def test_an_odd_answer_is_an_error_or_harmless(wire, read, service, body, message):
    wire.get({"mrs": MRS, "cdm": CDM, "dli": DLI, "ges": GES}[service], json=body)
    if message:
        with pytest.raises(ApiError, match=message):
            read(service, optional=True)
    else:
        read(service)


def test_what_nobody_foresaw_is_an_error_of_ours(read, monkeypatch, wire):
    from ansible_collections.dataops.huaweicloud.plugins.module_utils import places

    wire.get(CDM, json={"clusters": [{"id": "1"}]})
    monkeypatch.setattr(places, "clean", lambda record: record["nothing"])
    with pytest.raises(AnswerLost, match="cannot be understood"):
        read("cdm")


@pytest.mark.parametrize(("status", "code"), [(403, "APIGW.0302"), (404, "APIGW.0101"), (401, "12000136")])
def test_a_service_that_is_not_offered_is_told_of_unless_it_must_be_there_or_none_is(wire, read, status, code):
    for url, body in EMPTY.items():
        refused = {"status": status, "json": {"error_code": code, "error_msg": "not for you"}}
        wire.get(url, **(refused if url == GES else {"json": body}))
    places, absent = read(*SERVICES, optional=True)
    assert places == [] and list(absent) == ["ges"] and absent["ges"].code == code

    wire.get(GES, **refused)
    with pytest.raises(ApiError):
        read("ges", optional=False)
    for url in (CDM, GES):
        wire.get(url, **refused)
    with pytest.raises(ApiError):
        read("cdm", "ges", optional=True)


@pytest.mark.parametrize(("status", "kind"), [(400, ApiError), (401, LoginFailed), (503, ApiError), (302, ApiError)])
def test_other_trouble_does_not_mean_that_a_service_is_not_offered(wire, read, status, kind):
    wire.get(CDM, json={"clusters": []})
    wire.get(GES, status=status, headers={"Location": "https://elsewhere.test"})
    with pytest.raises(kind):
        read("cdm", "ges", optional=True, retries=0)


@pytest.mark.parametrize(("number", "offered"), [("EAI_NONAME", False), ("EAI_AGAIN", True)])
def test_a_service_whose_host_does_not_exist_is_not_offered(read, monkeypatch, number, offered):
    def lookup(host, *_more):
        raise socket.gaierror(getattr(socket, number), f"what the name service says of {host}")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with responses.RequestsMock() as mock:
        host = "https://{}.eu-de.otc.t-systems.com"
        mock.get(host.format("cdm") + "/v1.1/p/clusters", json={"clusters": []})
        mock.add_passthru(host.format("ges"))
        where = {"endpoint": None, "region": "eu-de", "cloud_domain": "otc.t-systems.com"}
        if offered:
            with pytest.raises(Unreachable):
                read("cdm", "ges", optional=True, **where)
        else:
            _places, absent = read("cdm", "ges", optional=True, **where)
            assert list(absent) == ["ges"] and "what the name service says" in str(absent["ges"])


def test_what_cannot_be_used_is_refused_before_anything_is_sent(read):
    for given, kind in (
        ({"project_id": ".."}, InvalidInput),
        ({"password": "x"}, LoginFailed),
        ({"endpoint": "ftp://x"}, InvalidInput),
        ({"endpoint": None}, InvalidInput),
    ):
        with responses.RequestsMock(), pytest.raises(kind):
            read("mrs", "ges", optional=True, **given)


def test_a_spent_budget_is_an_error_although_a_service_may_be_missing(read):
    with responses.RequestsMock(), pytest.raises(BudgetSpent, match="wait_timeout was used up"):
        read(*SERVICES, optional=True, seconds=0)
