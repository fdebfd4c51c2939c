# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of servers and clients, redirects to other hosts, and proxies.

The simulator serves TLS with certificates of a private authority.
"""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from job_kinds import KINDS, request_meanings
from servers import Authority, ForeignHost, ForwardProxy

from tests.simulator.running import Simulator

MRS, MRS_V2, CDM, SQL, SPARK, FLINK, GES = KINDS
VARIABLES = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# The credentials of a proxy, in plain text and as part of its URL.
PROXY_USER = "proxy-user:se:cr@et/word"
IN_URL = "proxy-user:se%3Acr%40et%2Fword"
SECRETS = ("se:cr@et", "se%3Acr%40et", base64.b64encode(PROXY_USER.encode()).decode())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Create the authority of the servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory):
    """Create an authority that issued no certificate of the servers."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def tls(authority):
    """Return the flags that let the simulator serve TLS."""
    certificate, key, _both = authority.issue("127.0.0.1")
    return ("--tls", "all", "--certfile", certificate, "--keyfile", key)


@pytest.fixture(scope="module")
def simulator_process(tls):
    """Start a simulator with TLS."""
    with Simulator.start(*tls) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def mtls_simulator_process(tls, authority):
    """Start a simulator that requires client certificates."""
    client = authority.issue("client.example")
    with Simulator.start(*tls, "--client-ca", authority.file, client_cert=client[2]) as simulator:
        yield simulator


@pytest.fixture
def mtls_simulator(mtls_simulator_process):
    """Return the simulator that requires client certificates in its initial state."""
    mtls_simulator_process.reset()
    return mtls_simulator_process


@pytest.fixture(scope="module")
def http_simulator_process():
    """Start a simulator without TLS."""
    with Simulator.start() as simulator:
        yield simulator


@pytest.fixture
def http_simulator(http_simulator_process):
    """Return the simulator without TLS in its initial state."""
    http_simulator_process.reset()
    return http_simulator_process


@pytest.fixture(autouse=True)
def no_proxies_in_environment(monkeypatch):
    """Remove the proxies and authorities of the user; http_proxy remains the unreachable one."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def token_options(ready):
    """Return options that authenticate with the token of a simulator."""
    return {"endpoint": ready["mrs"], "token": ready["token"], "project_id": ready["project_id"]}


def password_options(ready):
    """Return options that authenticate with a password instead of the token."""
    user = {name: ready[name] for name in ("username", "password", "domain_name", "project_id")}
    return {**user, "endpoint": ready["mrs"], "auth_url": ready["iam"], "token": None}


each_login = pytest.mark.parametrize("login_options", [token_options, password_options], ids=["token", "password"])


# Server certificates


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_service_works_over_tls(simulator, run_stop_module, authority, kind):
    id = simulator.seed(kind.service)[0]["id"]
    assert run_stop_module(kind, id, ca_cert=authority.file)["changed"]
    assert simulator.truth(kind.service, id)["stopped_by_us"]


def test_ca_cert_covers_login_and_service(simulator, run_stop_module, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    result = run_stop_module(SQL, id, **password_options(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped"
    meanings = request_meanings(simulator)
    assert meanings == ["iam.token.create", SQL.read, SQL.stop, SQL.read]


@each_login
@pytest.mark.parametrize("trusts_another", [False, True], ids=["default authorities", "other authority"])
def test_unknown_authority_gets_no_request(simulator, run_stop_module, other_authority, login_options, trusts_another):
    id = simulator.seed("dli_sql")[0]["id"]
    result = run_stop_module(
        SQL, id, **login_options(simulator.ready), ca_cert=other_authority.file if trusts_another else None
    )
    assert result["failed"] and not result.get("changed")
    assert "certificate verify failed" in result["msg"] and "ca_cert" in result["msg"], result["msg"]
    assert simulator.journal() == []


def test_wrong_host_name_gets_no_request(simulator, run_stop_module, authority):
    endpoint = simulator.ready["mrs"].replace("127.0.0.1", "localhost")
    result = run_stop_module(SQL, "x", endpoint=endpoint, ca_cert=authority.file)
    assert result["failed"] and "localhost" in result["msg"]
    assert "certificate verify failed: Hostname mismatch" in result["msg"], result["msg"]
    assert simulator.journal() == []


@each_login
@pytest.mark.parametrize("variable", ["HW_CACERT", "OS_CACERT"])
def test_ca_cert_comes_from_environment(simulator, run_stop_module, authority, monkeypatch, login_options, variable):
    monkeypatch.setenv(variable, authority.file)
    id = simulator.seed("dli_sql")[0]["id"]
    assert run_stop_module(SQL, id, **login_options(simulator.ready))["jobs"][0]["outcome"] == "stopped"


@each_login
@pytest.mark.parametrize(
    ("variable", "options"),
    [("HW_INSECURE", {}), ("OS_INSECURE", {}), (None, {"validate_certs": False})],
    ids=["HW_INSECURE", "OS_INSECURE", "option"],
)
# test_insecure_mode_prints_no_warnings covers the real command
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_verification_can_be_disabled(simulator, run_stop_module, monkeypatch, login_options, variable, options):
    if variable:
        monkeypatch.setenv(variable, "true")
    id = simulator.seed("dli_sql")[0]["id"]
    assert run_stop_module(SQL, id, **login_options(simulator.ready), **options)["jobs"][0]["outcome"] == "stopped"


def test_option_overrides_insecure_variable(simulator, run_stop_module, monkeypatch):
    monkeypatch.setenv("HW_INSECURE", "true")
    assert "certificate verify failed" in run_stop_module(SQL, "x", validate_certs=True)["msg"]
    assert simulator.journal() == []


@each_login
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_options_override_requests_bundle(
    simulator, run_stop_module, authority, other_authority, monkeypatch, login_options
):
    id = simulator.seed("dli_sql")[0]["id"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.file)
    assert (
        "certificate verify failed"
        in run_stop_module(SQL, id, **login_options(simulator.ready), ca_cert=other_authority.file)["msg"]
    )
    assert simulator.journal() == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other_authority.file)
    assert (
        run_stop_module(SQL, id, **login_options(simulator.ready), validate_certs=False)["jobs"][0]["outcome"]
        == "stopped"
    )


@each_login
@pytest.mark.parametrize("content", [None, "", "not a certificate\n"], ids=["missing", "empty", "text"])
def test_invalid_ca_file_is_named(simulator, run_stop_module, tmp_path, login_options, content):
    path = tmp_path / "my-ca.pem"
    if content is not None:
        path.write_text(content)
    result = run_stop_module(SQL, "x", **login_options(simulator.ready), ca_cert=str(path))
    assert result["failed"] and "jobs" not in result
    assert "ca_cert" in result["msg"] and "my-ca.pem" in result["msg"], result["msg"]
    assert simulator.journal() == []


@each_login
def test_server_without_tls_is_reported(foreign_host, simulator, run_stop_module, login_options):
    address = foreign_host.url.replace("http:", "https:")
    result = run_stop_module(
        SQL, "x", **{**login_options(simulator.ready), "endpoint": address, "auth_url": f"{address}/v3"}
    )
    assert result["failed"] and "Check that the port speaks TLS" in result["msg"], result["msg"]
    assert foreign_host.requests == []


@pytest.mark.smoke
def test_real_command_uses_ca_variable(simulator, run_ad_hoc, login, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    completed = run_ad_hoc("dli_job", f"job_id={id}", variables={**login, "HW_CACERT": authority.file})
    assert (completed.exit_code, completed.outcomes) == (0, {id: "stopped"}), completed.output
    refused = run_ad_hoc("dli_job", f"job_id={id}")
    assert refused.exit_code == 2 and "certificate verify failed" in refused.result["msg"]


def test_insecure_mode_prints_no_warnings(simulator, run_ad_hoc):
    id = simulator.seed("dli_sql")[0]["id"]
    completed = run_ad_hoc("dli_job", f"job_id={id} validate_certs=false", "-vvv")
    assert (completed.exit_code, completed.outcomes) == (0, {id: "stopped"}), completed.output
    assert "InsecureRequestWarning" not in completed.output and "Unverified HTTPS" not in completed.output


# Client certificates


@each_login
@pytest.mark.parametrize("files", ["two files", "one file", "variables"])
def test_client_certificate_is_accepted(mtls_simulator, run_stop_module, authority, monkeypatch, login_options, files):
    certificate, key, both = authority.issue("client.example")
    given = {"client_cert": both} if files == "one file" else {"client_cert": certificate, "client_key": key}
    if files == "variables":
        monkeypatch.setenv("HW_CERT", certificate)
        monkeypatch.setenv("OS_KEY", key)
        given = {}
    id = mtls_simulator.seed("dli_sql")[0]["id"]
    result = run_stop_module(SQL, id, **login_options(mtls_simulator.ready), ca_cert=authority.file, **given)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]


@each_login
@pytest.mark.parametrize("shows_another", [False, True], ids=["none", "of another authority"])
def test_wrong_client_certificate_fails(
    mtls_simulator, run_stop_module, authority, other_authority, login_options, shows_another
):
    client = other_authority.issue("client.example")[2] if shows_another else None
    result = run_stop_module(
        SQL, "x", **login_options(mtls_simulator.ready), ca_cert=authority.file, client_cert=client, retries=0
    )
    assert result["failed"] and not result.get("changed")
    assert mtls_simulator.journal() == []


@each_login
@pytest.mark.parametrize(
    ("shows_another", "alert"), [(False, "certificate required"), (True, "unknown ca")], ids=["none", "wrong one"]
)
def test_client_certificate_alert_is_shown(
    simulator, run_stop_module, authority, other_authority, login_options, shows_another, alert
):
    client = other_authority.issue("client.example")[2] if shows_another else None
    with ForeignHost(authority.context("127.0.0.2", asks_clients=True)) as server:
        options = {**login_options(simulator.ready), "endpoint": server.url, "auth_url": f"{server.url}/v3"}
        result = run_stop_module(SQL, "x", **options, ca_cert=authority.file, client_cert=client, retries=0)
    assert result["failed"] and f"alert {alert}" in result["msg"], result["msg"]
    assert "client_cert" in result["msg"], result["msg"]
    assert server.requests == []


UNUSABLE = ["missing", "no certificate", "no key", "key missing", "key of another", "key encrypted"]


@each_login
@pytest.mark.parametrize("wrong", UNUSABLE)
def test_unusable_client_file_is_named(mtls_simulator, run_stop_module, authority, tmp_path, login_options, wrong):
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
    result = run_stop_module(SQL, "x", **login_options(mtls_simulator.ready), ca_cert=authority.file, **given)
    assert result["failed"] and "jobs" not in result
    assert ("client_key" if wrong.startswith("key") else "client_cert") in result["msg"], result["msg"]
    assert ("my-key.pem" if wrong.startswith("key") else "my-client.pem") in result["msg"], result["msg"]
    assert mtls_simulator.journal() == []


# Redirects


@pytest.fixture
def tls_foreign_host(authority):
    """Start a foreign host with a certificate of the trusted authority."""
    with ForeignHost(authority.context("127.0.0.2")) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("meaning", [SQL.read, SQL.stop])
def test_redirect_carries_no_token(simulator, run_stop_module, authority, tls_foreign_host, status, meaning):
    tls_foreign_host.respond_with(200, {"status": "CANCELLED", "is_success": True})
    id = simulator.seed("dli_sql")[0]["id"]
    location = f"{tls_foreign_host.url}/v1.0/{simulator.ready['project_id']}/jobs/{id}"
    simulator.fault(meaning=meaning, kind="redirect", status=status, location=location)
    result = run_stop_module(SQL, id, ca_cert=authority.file)
    assert result["failed"] and tls_foreign_host.netloc in result["msg"], result["msg"]
    assert tls_foreign_host.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_carries_no_password(simulator, run_stop_module, authority, tls_foreign_host, status):
    tls_foreign_host.respond_with(201, {"token": {}}, X_Subject_Token="MIIx")
    location = f"{tls_foreign_host.url}/v3/auth/tokens"
    simulator.fault(meaning="iam.token.create", kind="redirect", status=status, location=location)
    result = run_stop_module(SQL, "x", **password_options(simulator.ready), ca_cert=authority.file)
    assert result["failed"] and "Login at 127.0.0.1" in result["msg"], result["msg"]
    assert tls_foreign_host.requests == []
    assert request_meanings(simulator) == ["iam.token.create"]


# Proxies


def leaked(result, *secrets):
    """Return the secrets that a result contains."""
    return [secret for secret in secrets if secret in str(result)]


@each_login
def test_proxy_sees_only_the_address(simulator, run_stop_module, authority, proxy, monkeypatch, login_options):
    monkeypatch.setenv("https_proxy", proxy.url)
    id = simulator.seed("dli_sql")[0]["id"]
    result = run_stop_module(SQL, id, **login_options(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    address = simulator.ready["mrs"].removeprefix("https://")
    assert {seen.line.rpartition(" ")[0] for seen in proxy.requests} == {f"CONNECT {address}"}
    for seen in proxy.requests:
        assert seen.names <= {"host", "user-agent", "proxy-connection"} and not seen.body
        assert not leaked(seen, simulator.ready["token"], simulator.ready["password"])


@each_login
def test_proxy_credentials_stay_with_proxy(simulator, run_stop_module, authority, monkeypatch, login_options):
    with ForwardProxy(PROXY_USER) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url_for(IN_URL))
        id = simulator.seed("dli_sql")[0]["id"]
        result = run_stop_module(SQL, id, **login_options(simulator.ready), ca_cert=authority.file)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    assert all(seen.header("Proxy-Authorization") for seen in proxy.requests)
    names = {name.lower() for request in simulator.journal() for name in request["headers"]}
    assert names and "proxy-authorization" not in names
    assert not leaked(result, *SECRETS)


@each_login
@pytest.mark.parametrize("failure", ["other credentials", "refusal", "no proxy", "invalid address"])
def test_proxy_error_hides_password(simulator, run_stop_module, authority, monkeypatch, login_options, failure):
    with ForwardProxy("who:else", refuses=403 if failure == "refusal" else 0) as proxy:
        url = {"no proxy": f"http://{IN_URL}@127.0.0.1:9", "invalid address": f"http://{IN_URL}@127.0.0.1:none"}
        monkeypatch.setenv("https_proxy", url.get(failure, proxy.url_for(IN_URL)))
        result = run_stop_module(SQL, "x", **login_options(simulator.ready), ca_cert=authority.file, retries=0)
    assert result["failed"] and ("proxy" in result["msg"].lower() or "Tunnel" in result["msg"]), result["msg"]
    expected = {"other credentials": "407", "refusal": "403", "no proxy": "refused"}.get(failure, "")
    assert expected in result["msg"], result["msg"]
    assert not leaked(result, *SECRETS)
    assert simulator.journal() == []


@each_login
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy_variable_bypasses_proxy(
    simulator, run_stop_module, authority, proxy, monkeypatch, login_options, variable
):
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv(variable, "example.com,127.0.0.1")
    id = simulator.seed("dli_sql")[0]["id"]
    assert (
        run_stop_module(SQL, id, **login_options(simulator.ready), ca_cert=authority.file)["jobs"][0]["outcome"]
        == "stopped"
    )
    assert proxy.requests == []


def test_proxy_does_not_skip_verification(simulator, run_stop_module, proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", proxy.url)
    assert "certificate verify failed" in run_stop_module(SQL, "x")["msg"]
    assert proxy.requests and simulator.journal() == []


def test_plain_http_proxy_gets_full_url(http_simulator, run_stop_module, monkeypatch):
    with ForwardProxy(PROXY_USER) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url_for(IN_URL))
        id = http_simulator.seed("dli_sql")[0]["id"]
        result = run_stop_module(SQL, id, **token_options(http_simulator.ready), allow_http=True)
    assert result["jobs"][0]["outcome"] == "stopped", result["msg"]
    jobs = f"{http_simulator.ready['mrs']}/v1.0/{http_simulator.ready['project_id']}/jobs/{id}"
    lines = [f"GET {jobs}/status", f"DELETE {jobs}", f"GET {jobs}/status"]
    assert [seen.line.rpartition(" ")[0] for seen in proxy.requests] == lines
    assert not leaked(result, *SECRETS)


def test_real_command_uses_proxy_variable(simulator, run_ad_hoc, login, authority):
    id = simulator.seed("dli_sql")[0]["id"]
    with ForwardProxy(PROXY_USER) as proxy:
        wires = {"HW_CACERT": authority.file, "https_proxy": proxy.url_for(IN_URL), "NO_PROXY": "", "no_proxy": ""}
        completed = run_ad_hoc("dli_job", f"job_id={id}", "-vvv", variables={**login, **wires})
    assert (completed.exit_code, completed.outcomes) == (0, {id: "stopped"}), completed.output
    assert {seen.line.split()[0] for seen in proxy.requests} == {"CONNECT"}
    assert not leaked(completed.output, *SECRETS)
