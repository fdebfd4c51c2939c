# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of which services the inventory plugin may skip because they are not offered."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
import responses
from ansible.errors import AnsibleParserError
from responses.registries import OrderedRegistry

from ansible_collections.dataops.huaweicloud.plugins.inventory import services as plugin
from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import resolve_options
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets
from ansible_collections.dataops.huaweicloud.plugins.module_utils._services.registry import SERVICES

URL = "https://service.test"
# for each service its list call and a response without locations
EMPTY = {
    "mrs": (f"{URL}/v1.1/p/cluster_infos", {"clusters": []}),
    "cdm": (f"{URL}/v1.1/p/clusters", {"clusters": []}),
    "dli": (f"{URL}/v1.0/p/queues", {"queues": []}),
    "ges": (f"{URL}/v2/p/graphs", {"graphs": []}),
}


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def find():
    """Return the locations of services, with a token for the login, and the warnings."""

    def run(*services, optional=True, secrets=(), **given):
        inventory = plugin.InventoryModule()
        warnings = []
        inventory._options = {"wait_timeout": 60, "services": list(services)}
        inventory.display = SimpleNamespace(warning=warnings.append)
        arguments = {"token": "the-token", "project_id": "p", "endpoint": URL, "retries": 0, **given}
        options = resolve_options(arguments, {}, Secrets())
        known = Secrets()
        known.add(*secrets)
        return inventory._find(options, known, optional), warnings

    return run


def expect(wire, service, **answer):
    url, body = EMPTY[service]
    wire.get(url, **(answer or {"json": body}))


NOT_OFFERED = pytest.mark.parametrize(
    ("status", "code"), [(403, "APIGW.0302"), (404, "APIGW.0101"), (401, "12000136")], ids=["403", "404", "401"]
)


def refusal(status, code):
    return {"status": status, "json": {"error_code": code, "error_msg": "Not for you."}}


@NOT_OFFERED
def test_service_that_is_not_offered_is_skipped(wire, find, status, code):
    for service in SERVICES:
        expect(wire, service, **(refusal(status, code) if service == "ges" else {}))
    locations, (warning,) = find(*SERVICES)
    assert locations == []
    assert warning.startswith("The service ges is not available to this user: Not for you (GET ")
    assert warning.endswith(f" [HTTP {status}, {code}]. Set services to the available ones.")


@NOT_OFFERED
def test_required_service_must_be_offered(wire, find, status, code):
    expect(wire, "ges", **refusal(status, code))
    with pytest.raises(AnsibleParserError, match=code):
        find("ges", optional=False)


@NOT_OFFERED
def test_one_service_must_be_offered(wire, find, status, code):
    for service in ("cdm", "ges"):
        expect(wire, service, **refusal(status, code))
    with pytest.raises(AnsibleParserError, match=code):
        find("cdm", "ges")


@pytest.mark.parametrize(
    "answer",
    [{"status": 400}, {"status": 401}, {"status": 503}, {"status": 302}, {"status": 200, "json": {"other": 1}}],
    ids=["400", "401", "503", "302", "no list"],
)
def test_other_failure_is_an_error(wire, find, answer):
    expect(wire, "cdm")
    expect(wire, "ges", headers={"Location": "https://elsewhere.test"}, **answer)
    with pytest.raises(AnsibleParserError):
        find("cdm", "ges")


@pytest.mark.parametrize(("number", "offered"), [("EAI_NONAME", False), ("EAI_AGAIN", True)])
def test_unknown_host_is_not_offered(find, monkeypatch, number, offered):
    def lookup(host, *_more):
        raise socket.gaierror(getattr(socket, number), f"The name service says this of {host}")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with responses.RequestsMock() as mock:
        host = "https://{}.eu-de.otc.t-systems.com"
        mock.get(host.format("cdm") + "/v1.1/p/clusters", json={"clusters": []})
        mock.add_passthru(host.format("ges"))
        region = {"endpoint": None, "region": "eu-de", "cloud_domain": "otc.t-systems.com"}
        if offered:
            with pytest.raises(AnsibleParserError, match="No connection to the service"):
                find("cdm", "ges", **region)
        else:
            locations, (warning,) = find("cdm", "ges", **region)
            assert locations == []
            assert "The service ges is not available" in warning and "The name service says this" in warning


def test_unexpected_record_is_an_error(find, monkeypatch):
    monkeypatch.setattr(plugin, "find_locations", lambda kind, connection: {}["id"])
    with pytest.raises(AnsibleParserError, match=r"The response has an unexpected form \(KeyError\)"):
        find("cdm")


def test_secrets_are_removed_from_messages(wire, find):
    expect(wire, "cdm")
    expect(wire, "ges", status=403, json={"error_code": "X.1", "error_msg": "Not for the-secret-user."})
    _locations, (warning,) = find("cdm", "ges", secrets={"the-secret-user"})
    assert "the-secret-user" not in warning and "Not for ********" in warning


@pytest.mark.parametrize(
    "given",
    [{"project_id": ".."}, {"password": "x"}, {"endpoint": "ftp://x"}, {"endpoint": None}],
    ids=["project", "credentials", "endpoint", "no endpoint"],
)
def test_unusable_option_is_an_error(find, given):
    with responses.RequestsMock(), pytest.raises(AnsibleParserError):
        find(*SERVICES, **given)


def test_expired_deadline_is_an_error(find, monkeypatch):
    monkeypatch.setattr(plugin, "Deadline", lambda seconds, deadline=plugin.Deadline: deadline(0))
    with responses.RequestsMock(), pytest.raises(AnsibleParserError, match=r"wait_timeout has expired\.$"):
        find(*SERVICES)
