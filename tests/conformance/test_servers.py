# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test servers beside the simulator, and the TLS of the simulator, with other clients."""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import huaweicloudsdkmrs.v1 as mrs1
import pytest
import requests
from huaweicloudsdkcore.auth.internal import MetadataAccessor
from huaweicloudsdkcore.auth.provider import MetadataCredentialProvider
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.integration.servers import Authority, ForeignHost, ForwardProxy, MetadataService, agency_keys
from tests.simulator.running import Simulator, SimulatorError

SECURITY_KEY, TOKEN = "GET /openstack/latest/securitykey", "PUT /meta-data/latest/api/token"


# The metadata service


@pytest.fixture
def metadata(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with MetadataService(agency_keys(cloud.ready)) as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        yield server


def test_sdk_signs_with_agency_keys(metadata: Any, cloud: Any) -> None:
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    credentials.project_id = cloud.project
    builder = mrs1.MrsClient.new_builder().with_credentials(credentials).with_endpoint(cloud.ready["mrs"])
    request = mrs1.ShowJobExesRequest(cloud.examples["mrs_job_execution_id"])
    assert builder.build().show_job_exes(request).job_execution.job_state == 2
    assert metadata.asked == [TOKEN, SECURITY_KEY]
    assert [seen.header("Host") for seen in metadata.requests] == ["169.254.169.254"] * 2
    assert metadata.requests[1].header("X-Metadata-Token") == metadata.TOKEN
    assert metadata.foreign == []


def test_sdk_refreshes_expiring_agency_keys(metadata: Any, cloud: Any) -> None:
    metadata.credential = agency_keys(cloud.ready, seconds=39 * 60)
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    credentials.project_id = cloud.project
    builder = mrs1.MrsClient.new_builder().with_credentials(credentials).with_endpoint(cloud.ready["mrs"])
    builder.build().show_job_exes(mrs1.ShowJobExesRequest(cloud.examples["mrs_job_execution_id"]))
    assert metadata.asked.count(SECURITY_KEY) > 1


@pytest.mark.parametrize("status", [404, 405, 503])
def test_sdk_works_without_metadata_token(metadata: Any, cloud: Any, status: int) -> None:
    metadata.token_status = status
    assert MetadataAccessor().get_credential().access == cloud.ready["temporary_access_key"]
    assert not any(seen.header("X-Metadata-Token") for seen in metadata.requests)


def test_metadata_service_can_require_token(metadata: Any, cloud: Any) -> None:
    metadata.token_needed = True
    assert MetadataAccessor().get_credential().security_token == cloud.ready["security_token"]
    assert requests.get(f"{metadata.ADDRESS}/openstack/latest/securitykey", timeout=10).status_code == 401


def test_machine_without_agency_gets_401(metadata: Any) -> None:
    metadata.credential = None
    with pytest.raises(ClientRequestException) as caught:
        MetadataAccessor().get_credential()
    assert (caught.value.status_code, caught.value.error_msg) == (401, metadata.NO_AGENCY)
    assert metadata.asked == [TOKEN, SECURITY_KEY]


def test_metadata_service_can_fail(metadata: Any, monkeypatch: Any) -> None:
    metadata.refuses = 403
    with pytest.raises(ClientRequestException) as caught:
        MetadataAccessor().get_credential()
    assert caught.value.status_code == 403
    metadata.silent = True
    monkeypatch.setattr(MetadataAccessor, "_DEFAULT_TIME_OUT", (3, 0.1))
    with pytest.raises(requests.exceptions.ReadTimeout):
        MetadataAccessor().get_credential()


@pytest.mark.parametrize("url", ["http://169.254.169.254/openstack/latest/meta_data.json", "http://example.com/"])
def test_metadata_service_forwards_nothing(metadata: Any, url: str) -> None:
    assert requests.get(url, timeout=10).status_code == 502
    assert [seen.target for seen in metadata.foreign] == [url] and metadata.asked == []


# The proxy and the foreign host


def test_proxy_keeps_its_credentials(cloud: Any) -> None:
    with ForwardProxy("me:word") as proxy, ForeignHost() as host:
        host.respond_with(200, {"hello": "world"}, X_Word="yes")
        asked = requests.post(f"{host.url}/a%2Fb?c=d", json=[1], proxies={"http": proxy.url_for("me:word")}, timeout=10)
        assert (asked.json(), asked.headers["X-Word"]) == ({"hello": "world"}, "yes")
        assert proxy.requests[0].line == f"POST {host.url}/a%2Fb?c=d HTTP/1.1"
        assert proxy.requests[0].header("Proxy-Authorization")
        (seen,) = host.requests
        assert (seen.line, json.loads(seen.body)) == ("POST /a%2Fb?c=d HTTP/1.1", [1])
        assert seen.header("host") == host.netloc and "proxy-authorization" not in seen.names
        assert requests.get(host.url, proxies={"http": proxy.url}, timeout=10).status_code == 407


def test_proxy_tunnels_to_loopback_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with ForwardProxy() as proxy, ForeignHost(authority.context("127.0.0.2")) as host:
        wires: dict[str, Any] = {"proxies": {"https": proxy.url}, "verify": authority.file, "timeout": 10}
        assert requests.get(host.url, **wires).status_code == 404
        assert proxy.requests[0].line.startswith(f"CONNECT {host.netloc} ")
        for elsewhere in ("https://example.com/", "https://127.0.0.1:9/"):
            with pytest.raises(requests.exceptions.ProxyError, match="502"):
                requests.get(elsewhere, **wires)
        assert requests.get("http://example.com/", proxies={"http": proxy.url}, timeout=10).status_code == 502


def test_foreign_host_can_require_client_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with ForeignHost(authority.context("127.0.0.2", asks_clients=True)) as host:
        with pytest.raises(requests.exceptions.SSLError, match="certificate required"):
            requests.get(host.url, verify=authority.file, timeout=10)
        client = authority.issue("client.example")[2]
        assert requests.get(host.url, verify=authority.file, cert=client, timeout=10).status_code == 404
    assert len(host.requests) == 1


# The simulator's own TLS


@pytest.mark.parametrize("tls", ["ges", "all"])
def test_tls_port_requires_client_certificate(tmp_path: Path, tls: str) -> None:
    authority = Authority(tmp_path)
    certificate, key, _both = authority.issue("127.0.0.1")
    client = authority.issue("client.example")[2]
    flags = ["--tls", tls, "--certfile", certificate, "--keyfile", key, "--client-ca", authority.file]
    with Simulator.start(*flags, client_cert=client) as simulator:
        parts = urlsplit(simulator.ready["ges_service"])
        for shown in (None, client):
            context = ssl.create_default_context(cafile=authority.file)
            if shown:
                context.load_cert_chain(shown)
            connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=10)
            try:
                connection.request("GET", "/nowhere")
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException):
                status = 0
            finally:
                connection.close()
            assert bool(status) == bool(shown)
        assert [row["plane"] for row in simulator.journal()] == ["ges_service"]


def test_client_ca_without_tls_is_refused() -> None:
    with pytest.raises(SimulatorError, match="--client-ca needs --tls"):
        Simulator.start("--client-ca", "ca.pem")
