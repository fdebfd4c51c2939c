# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of clusters, queues and graphs, read with the vendor's SDKs."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkcdm.v1 as cdm
import huaweicloudsdkdli.v1 as dli
import huaweicloudsdkges.v2 as ges
import huaweicloudsdkmrs.v1 as mrs
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException


@pytest.fixture
def client(cloud: Any) -> Any:
    """Return a function that makes an SDK client for a project of the simulator."""

    def make(kind: Any, project: str = "") -> Any:
        keys = BasicCredentials(cloud.ready["access_key"], cloud.ready["secret_key"], project or cloud.project)
        return kind.new_builder().with_credentials(keys).with_endpoint(cloud.ready["mrs"]).build()

    return make


def test_mrs_lists_clusters_with_states(client: Any, cloud: Any) -> None:
    listed = client(mrs.MrsClient).list_clusters(mrs.ListClustersRequest())
    assert listed.cluster_total == len(listed.clusters) == 4
    states = {cluster.cluster_id: cluster.cluster_state for cluster in listed.clusters}
    assert states[cloud.examples["mrs_cluster_id"]] == "running"
    assert sorted(states.values()) == ["running", "running", "scaling-out", "terminated"]
    first = listed.clusters[0]
    assert (first.cluster_name, first.data_center, first.cluster_type, first.tags) == (
        "mrs_ef7b",
        "eu-de",
        0,
        "k1=v1,k2=v2",
    )


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"cluster_state": "existing"}, 3),
        ({"cluster_state": "history"}, 1),
        ({"cluster_state": "scaling-out"}, 1),
        ({"cluster_name": "ef7b"}, 1),
        ({"cluster_name": "ef7b", "cluster_state": "terminated"}, 0),
    ],
)
def test_mrs_filters_clusters_by_state_and_name(client: Any, wanted: dict[str, str], count: int) -> None:
    listed = client(mrs.MrsClient).list_clusters(mrs.ListClustersRequest(**wanted))
    assert listed.cluster_total == len(listed.clusters) == count


def test_mrs_pages_clusters_by_ten(client: Any, simulator: Any) -> None:
    for number in range(9):
        simulator.seed("mrs_v2", cluster_id=f"cluster-{number}")
    lister = client(mrs.MrsClient).list_clusters
    pages = [lister(mrs.ListClustersRequest(current_page=str(page))) for page in (1, 2, 3)]
    assert [len(page.clusters) for page in pages] == [10, 3, 0]
    assert {page.cluster_total for page in pages} == {13}
    ids = {cluster.cluster_id for page in pages for cluster in page.clusters}
    assert len(ids) == 13
    assert len(lister(mrs.ListClustersRequest(page_size="1000")).clusters) == 13
    for bad in ({"page_size": "0"}, {"current_page": "0"}, {"page_size": "many"}):
        with pytest.raises(ClientRequestException) as caught:
            lister(mrs.ListClustersRequest(**bad))
        assert caught.value.error_code == "12000002"


def test_mrs_total_may_be_string_or_absent(client: Any, simulator: Any, cloud: Any) -> None:
    path = f"/v1.1/{cloud.project}/cluster_infos"
    simulator.switches(mrs_numbers="string")
    assert cloud.send("GET", path).json["clusterTotal"] == "4"
    simulator.switches(list_totals="absent")
    assert set(cloud.send("GET", path).json) == {"clusters"}


def test_dli_lists_sql_queues_by_default(client: Any) -> None:
    def names(**wanted: str) -> dict[str, str]:
        listed = client(dli.DliClient).list_queues(dli.ListQueuesRequest(**wanted))
        assert listed.is_success
        return {queue.queue_name: queue.queue_type for queue in listed.queues}

    assert names() == names(queue_type="sql") == {"default": "all", "queue1": "sql"}
    assert names(queue_type="general") == {"default": "all"}
    assert names(queue_type="all") == {"default": "all", "queue1": "sql", "test": "spark"}
    with pytest.raises(ClientRequestException) as caught:
        names(queue_type="odd")
    assert caught.value.error_code == "DLI.0001"


def test_queue_has_the_sdk_fields(client: Any) -> None:
    listed = client(dli.DliClient).list_queues(dli.ListQueuesRequest(queue_type="all"))
    queue = next(queue for queue in listed.queues if queue.queue_name == "test")
    assert (queue.owner, queue.cu_count, queue.resource_mode, queue.is_restarting) == ("testuser", 16, 1, False)
    assert (queue.create_time, queue.resource_id) == (1562221422671, "26afb850-d3c9-42c1-81c0-583d1163e80f")


def test_dli_pages_queues_on_request(cloud: Any) -> None:
    path = f"/v1.0/{cloud.project}/queues?queue_type=all&page-size=2&current-page="
    pages = [cloud.send("GET", path + page).json["queues"] for page in "123"]
    assert [[queue["queue_name"] for queue in page] for page in pages] == [["default", "queue1"], ["test"], []]


def test_other_project_has_own_locations(client: Any, cloud: Any) -> None:
    second = cloud.ready["second_project_id"]
    assert client(mrs.MrsClient, second).list_clusters(mrs.ListClustersRequest()).clusters == []
    assert client(cdm.CdmClient, second).list_clusters(cdm.ListClustersRequest()).clusters == []
    assert client(ges.GesClient, second).list_graphs2(ges.ListGraphs2Request()).graphs == []
    (queue,) = client(dli.DliClient, second).list_queues(dli.ListQueuesRequest()).queues
    assert queue.queue_name == "default"


@pytest.mark.parametrize("path", ["v1.1/{}/cluster_infos", "v1.1/{}/clusters", "v1.0/{}/queues", "v2/{}/graphs"])
def test_location_lists_require_authentication(cloud: Any, path: str) -> None:
    assert cloud.send("GET", "/" + path.format(cloud.project), token=None).status == 401
    assert cloud.send("GET", "/" + path.format(cloud.ready["foreign_project_id"])).status in (400, 403)
