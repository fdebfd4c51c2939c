# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is trusted and who hears what: certificates of both sides, redirections to other hosts, proxies.

The simulator serves TLS here, with certificates of an authority that nobody knows.
"""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from kinds import KINDS
from servers import Authority, ForeignHost, ForwardProxy

from tests.simulator.running import Simulator

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
VARIABLES = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# A proxy's credentials as they are, and as they stand in its URL.
PROXY_USER = "proxy-user:se:cr@et/word"
IN_URL = "proxy-user:se%3Acr%40et%2Fword"
SECRETS = ("se:cr@et", "se%3Acr%40et", base64.b64encode(PROXY_USER.encode()).decode())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Another authority, which has nothing to do with the servers here."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def tls(authority):
    """The flags with which the simulator serves TLS."""
    certificate, key, _both = authority.issue("127.0.0.1")
    return ("--tls", "all", "--certfile", certificate, "--keyfile", key)


@pytest.fixture(scope="module")
def simulator_process(tls):
    with Simulator.start(*tls) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def guarded_process(tls, authority):
    client = authority.issue("client.example")
    with Simulator.start(*tls, "--client-ca", authority.file, client_cert=client[2]) as simulator:
        yield simulator


@pytest.fixture
def guarded(guarded_process):
    """A simulator that wants to see a client certificate."""
    guarded_process.reset()
    return guarded_process


@pytest.fixture(scope="module")
def plain_process():
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def plain(plain_process):
    """A simulator without TLS."""
    plain_process.reset()
    return plain_process


@pytest.fixture(autouse=True)
def no_wires_in_environment(monkeypatch):
    """Proxies and authorities of whoever runs the tests are not asked; http_proxy stays the one that is not there."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def by_token(ready):
    """Options that log in with the token of a simulator."""
    return {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}


def by_password(ready):
    """Options that log in with a password, and not with the token."""
    who = {name: ready[name] for name in ("username", "password", "domain_name", "project_id")}
    return {**who, "endpoint": ready["mrs"], "auth_url": ready["iam"], "token": None}


WAYS = pytest.mark.parametrize("way", [by_token, by_password], ids=["token", "password"])


# Certificates of the servers


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.service)
def test_every_kind_is_stopped_over_tls(simulator, stop, authority, kind):
    id = simulator.seed(kind.service)[0]["id"]
    assert stop(kind, id, ca_cert=authority.file)["changed"]
    assert simulator.truth(kind.service, id)["stopped_by_us"]


def test_one_authority_is_trusted_for_the_login_and_the_service(simulator, stop, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    result = stop(SQL, id, **by_password(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = [request["meaning"] for request in simulator.journal()]
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, SQL.read]


@WAYS
@pytest.mark.parametrize("trusts_another", [False, True], ids=["trusting nobody", "trusting another"])
def test_a_server_of_an_unknown_authority_hears_nothing(simulator, stop, stranger, way, trusts_another):
    id = simulator.seed("dli_sql")[0]["id"]
    result = stop(SQL, id, **way(simulator.ready), ca_cert=stranger.file if trusts_another else None)
    assert result["failed"] and not result.get("changed")
    assert "certificate verify failed" in result["msg"] and "ca_cert" in result["msg"], result["msg"]
    assert simulator.journal() == []


def test_a_server_with_the_certificate_of_another_host_hears_nothing(simulator, stop, authority):
    endpoint = simulator.ready["mrs"].replace("127.0.0.1", "localhost")
    result = stop(SQL, "x", endpoint=endpoint, ca_cert=authority.file)
    assert result["failed"] and "localhost" in result["msg"]
    assert "certificate verify failed: Hostname mismatch" in result["msg"], result["msg"]
    assert simulator.journal() == []


@WAYS
@pytest.mark.parametrize("variable", ["HW_CACERT", "OS_CACERT"])
def test_the_authority_may_come_from_the_environment(simulator, stop, authority, monkeypatch, way, variable):
    monkeypatch.setenv(variable, authority.file)
    id = simulator.seed("dli_sql")[0]["id"]
    assert stop(SQL, id, **way(simulator.ready))["jobs"][0]["outcome"] == "stopped"


@WAYS
@pytest.mark.parametrize(
    ("variable", "options"),
    [("HW_INSECURE", {}), ("OS_INSECURE", {}), (None, {"validate_certs": False})],
    ids=["HW_INSECURE", "OS_INSECURE", "option"],
)
# the real command is looked at below
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_certificates_go_unchecked_where_that_is_said(simulator, stop, monkeypatch, way, variable, options):
    if variable:
        monkeypatch.setenv(variable, "true")
    id = simulator.seed("dli_sql")[0]["id"]
    assert stop(SQL, id, **way(simulator.ready), **options)["jobs"][0]["outcome"] == "stopped"


def test_the_option_goes_before_the_variable_that_says_the_opposite(simulator, stop, monkeypatch):
    monkeypatch.setenv("HW_INSECURE", "true")
    assert "certificate verify failed" in stop(SQL, "x", validate_certs=True)["msg"]
    assert simulator.journal() == []


@WAYS
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_bundle_of_requests_goes_before_no_option(simulator, stop, authority, stranger, monkeypatch, way):
    id = simulator.seed("dli_sql")[0]["id"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.file)
    assert "certificate verify failed" in stop(SQL, id, **way(simulator.ready), ca_cert=stranger.file)["msg"]
    assert simulator.journal() == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger.file)
    assert stop(SQL, id, **way(simulator.ready), validate_certs=False)["jobs"][0]["outcome"] == "stopped"


@WAYS
@pytest.mark.parametrize("content", [None, "", "not a certificate\n"], ids=["missing", "empty", "text"])
def test_a_file_without_authorities_is_named_before_anything_is_sent(simulator, stop, tmp_path, way, content):
    path = tmp_path / "my-ca.pem"
    if content is not None:
        path.write_text(content)
    result = stop(SQL, "x", **way(simulator.ready), ca_cert=str(path))
    assert result["failed"] and "jobs" not in result
    assert "ca_cert" in result["msg"] and "my-ca.pem" in result["msg"], result["msg"]
    assert simulator.journal() == []


@WAYS
def test_tls_with_a_server_that_has_none_is_told(foreign_host, simulator, stop, way):
    address = foreign_host.url.replace("http:", "https:")
    result = stop(SQL, "x", **{**way(simulator.ready), "endpoint": address, "auth_url": f"{address}/v3"})
    assert result["failed"] and "is it a TLS port" in result["msg"], result["msg"]
    assert foreign_host.requests == []


@pytest.mark.smoke
def test_a_real_command_trusts_the_authority_in_the_environment(simulator, ad_hoc, login, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    ran = ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_CACERT": authority.file})
    assert (ran.code, ran.outcomes) == (0, {id: "stopped"}), ran.output
    refused = ad_hoc("dli_job", f"job_id={id}")
    assert refused.code == 2 and "certificate verify failed" in refused.result["msg"]


def test_a_real_command_is_not_flooded_with_warnings(simulator, ad_hoc):
    id = simulator.seed("dli_sql")[0]["id"]
    ran = ad_hoc("dli_job", f"job_id={id} validate_certs=false", "-vvv")
    assert (ran.code, ran.outcomes) == (0, {id: "stopped"}), ran.output
    assert "InsecureRequestWarning" not in ran.output and "Unverified HTTPS" not in ran.output


# Certificates of clients


@WAYS
@pytest.mark.parametrize("files", ["two files", "one file", "variables"])
def test_a_client_certificate_opens_the_door(guarded, stop, authority, monkeypatch, way, files):
    certificate, key, both = authority.issue("client.example")
    given = {"client_cert": both} if files == "one file" else {"client_cert": certificate, "client_key": key}
    if files == "variables":
        monkeypatch.setenv("HW_CERT", certificate)
        monkeypatch.setenv("OS_KEY", key)
        given = {}
    id = guarded.seed("dli_sql")[0]["id"]
    result = stop(SQL, id, **way(guarded.ready), ca_cert=authority.file, **given)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]


@WAYS
@pytest.mark.parametrize("shows_another", [False, True], ids=["none", "of another authority"])
def test_without_the_right_client_certificate_nothing_is_heard(guarded, stop, authority, stranger, way, shows_another):
    client = stranger.issue("client.example")[2] if shows_another else None
    result = stop(SQL, "x", **way(guarded.ready), ca_cert=authority.file, client_cert=client, retries=0)
    assert result["failed"] and not result.get("changed")
    assert guarded.journal() == []


@WAYS
@pytest.mark.parametrize(
    ("shows_another", "alert"), [(False, "certificate required"), (True, "unknown ca")], ids=["none", "wrong one"]
)
def test_what_a_server_says_of_the_client_certificate_is_told(
    simulator, stop, authority, stranger, way, shows_another, alert
):
    client = stranger.issue("client.example")[2] if shows_another else None
    with ForeignHost(authority.context("127.0.0.2", asks_clients=True)) as server:
        options = {**way(simulator.ready), "endpoint": server.url, "auth_url": f"{server.url}/v3"}
        result = stop(SQL, "x", **options, ca_cert=authority.file, client_cert=client, retries=0)
    assert result["failed"] and f"alert {alert}" in result["msg"], result["msg"]
    assert "client_cert" in result["msg"], result["msg"]
    assert server.requests == []


UNUSABLE = ["missing", "no certificate", "no key", "key missing", "key of another", "key encrypted"]


@WAYS
@pytest.mark.parametrize("wrong", UNUSABLE)
def test_a_client_certificate_that_cannot_be_used_is_named_before_anything_is_sent(
    guarded, stop, authority, tmp_path, way, wrong
):
    certificate, key, _both = authority.issue("client.example")
    mine, my_key = tmp_path / "my-client.pem", tmp_path / "my-key.pem"
    if wrong == "no certificate":
        mine.write_text("not a certificate\n")
    elif wrong != "missing":
        shutil.copy(certificate, mine)
    if wrong == "key encrypted":
        locked = serialization.BestAvailableEncryption(b"passphrase")
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
        secret = serialization.load_pem_private_key(Path(key).read_bytes(), None)
        my_key.write_bytes(secret.private_bytes(*form))
    elif wrong != "key missing":
        shutil.copy(authority.issue("somebody.example")[1] if wrong == "key of another" else key, my_key)
    given = {"client_cert": str(mine), "client_key": None if wrong == "no key" else str(my_key)}
    result = stop(SQL, "x", **way(guarded.ready), ca_cert=authority.file, **given)
    assert result["failed"] and "jobs" not in result
    assert ("client_key" if wrong.startswith("key") else "client_cert") in result["msg"], result["msg"]
    assert ("my-key.pem" if wrong.startswith("key") else "my-client.pem") in result["msg"], result["msg"]
    assert guarded.journal() == []


# Other hosts


@pytest.fixture
def tls_foreign_host(authority):
    """A foreign host whose certificate is as good as that of the services."""
    with ForeignHost(authority.context("127.0.0.2")) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("meaning", [SQL.read, SQL.stop])
def test_a_redirection_takes_the_token_to_no_other_host(simulator, stop, authority, tls_foreign_host, status, meaning):
    tls_foreign_host.says(200, {"status": "CANCELLED", "is_success": True})
    id = simulator.seed("dli_sql")[0]["id"]
    location = f"{tls_foreign_host.url}/v1.0/{simulator.ready['project_id']}/jobs/{id}"
    simulator.fault(meaning=meaning, kind="redirect", status=status, location=location)
    result = stop(SQL, id, ca_cert=authority.file)
    assert result["failed"] and tls_foreign_host.netloc in result["msg"], result["msg"]
    assert tls_foreign_host.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_takes_the_password_to_no_other_host(simulator, stop, authority, tls_foreign_host, status):
    tls_foreign_host.says(201, {"token": {}}, X_Subject_Token="MIIx")
    location = f"{tls_foreign_host.url}/v3/auth/tokens"
    simulator.fault(meaning="iam.token.create", kind="redirect", status=status, location=location)
    result = stop(SQL, "x", **by_password(simulator.ready), ca_cert=authority.file)
    assert result["failed"] and "no login at 127.0.0.1" in result["msg"], result["msg"]
    assert tls_foreign_host.requests == []
    assert [request["meaning"] for request in simulator.journal()] == ["iam.token.create"]


# Proxies


def told(result, *secrets):
    """The secrets that a result tells."""
    return [secret for secret in secrets if secret in str(result)]


@WAYS
def test_a_proxy_tunnels_and_learns_no_more_than_the_address(simulator, stop, authority, proxy, monkeypatch, way):
    monkeypatch.setenv("https_proxy", proxy.url)
    id = simulator.seed("dli_sql")[0]["id"]
    result = stop(SQL, id, **way(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    address = simulator.ready["mrs"].removeprefix("https://")
    assert {seen.line.rpartition(" ")[0] for seen in proxy.requests} == {f"CONNECT {address}"}
    for seen in proxy.requests:
        assert seen.names <= {"host", "user-agent", "proxy-connection"} and not seen.body
        assert not told(seen, simulator.ready["token"], simulator.ready["password"])


@WAYS
def test_the_proxys_credentials_are_for_the_proxy_alone(simulator, stop, authority, monkeypatch, way):
    with ForwardProxy(PROXY_USER) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url_for(IN_URL))
        id = simulator.seed("dli_sql")[0]["id"]
        result = stop(SQL, id, **way(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert all(seen.header("Proxy-Authorization") for seen in proxy.requests)
    names = {name.lower() for request in simulator.journal() for name in request["headers"]}
    assert names and "proxy-authorization" not in names
    assert not told(result, *SECRETS)


@WAYS
@pytest.mark.parametrize("trouble", ["asks for others", "refuses", "is not there", "is no address"])
def test_a_proxy_in_the_way_is_told_without_its_password(simulator, stop, authority, monkeypatch, way, trouble):
    with ForwardProxy("who:else", refuses=403 if trouble == "refuses" else 0) as proxy:
        url = {"is not there": f"http://{IN_URL}@127.0.0.1:9", "is no address": f"http://{IN_URL}@127.0.0.1:none"}
        monkeypatch.setenv("https_proxy", url.get(trouble, proxy.url_for(IN_URL)))
        result = stop(SQL, "x", **way(simulator.ready), ca_cert=authority.file, retries=0)
    assert result["failed"] and ("proxy" in result["msg"].lower() or "Tunnel" in result["msg"]), result["msg"]
    expected = {"asks for others": "407", "refuses": "403", "is not there": "refused"}.get(trouble, "")
    assert expected in result["msg"], result["msg"]
    assert not told(result, *SECRETS)
    assert simulator.journal() == []


@WAYS
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_a_host_that_needs_no_proxy_is_reached_directly(simulator, stop, authority, proxy, monkeypatch, way, variable):
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv(variable, "example.com,127.0.0.1")
    id = simulator.seed("dli_sql")[0]["id"]
    assert stop(SQL, id, **way(simulator.ready), ca_cert=authority.file)["jobs"][0]["outcome"] == "stopped"
    assert proxy.requests == []


def test_through_a_proxy_certificates_are_checked_too(simulator, stop, proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", proxy.url)
    assert "certificate verify failed" in stop(SQL, "x")["msg"]
    assert proxy.requests and simulator.journal() == []


def test_without_tls_a_proxy_is_asked_for_the_whole_address(plain, stop, monkeypatch):
    with ForwardProxy(PROXY_USER) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url_for(IN_URL))
        id = plain.seed("dli_sql")[0]["id"]
        result = stop(SQL, id, **by_token(plain.ready), allow_http=True)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    jobs = f"{plain.ready['mrs']}/v1.0/{plain.ready['project_id']}/jobs/{id}"
    lines = [f"GET {jobs}/status", f"DELETE {jobs}", f"GET {jobs}/status"]
    assert [seen.line.rpartition(" ")[0] for seen in proxy.requests] == lines
    assert not told(result, *SECRETS)


def test_a_real_command_goes_through_the_proxy_of_the_environment(simulator, ad_hoc, login, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    with ForwardProxy(PROXY_USER) as proxy:
        wires = {"HW_CACERT": authority.file, "https_proxy": proxy.url_for(IN_URL), "NO_PROXY": "", "no_proxy": ""}
        ran = ad_hoc("dli_job", f"job_id={id}", "-vvv", variables={**login, **wires})
    assert (ran.code, ran.outcomes) == (0, {id: "stopped"}), ran.output
    assert {seen.line.split()[0] for seen in proxy.requests} == {"CONNECT"}
    assert not told(ran.output, *SECRETS)
