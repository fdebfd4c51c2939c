# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login of a task and its clients: what is validated before anything is sent."""

from __future__ import annotations

import re
import threading

import pytest
import trustme

from ansible_collections.dataops.huaweicloud.plugins.module_utils._connection import Connection, Login
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import AuthenticationFailed, InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

TOKEN = {"token": "t", "project_id": "p", "region": "eu-de"}
NOT_FOUND = re.compile("X")


@pytest.fixture
def connect(make_options):
    """Create a connection from the arguments of a task."""

    def connect(limiters=None, **arguments):
        limiters = {} if limiters is None else limiters
        slots = threading.BoundedSemaphore(8)
        return Connection(Login(make_options(**arguments), Deadline(60), limiters, Secrets(), slots))

    return connect


@pytest.fixture(scope="module")
def certificate_files(tmp_path_factory):
    """Return paths of a certificate authority, a certificate, its key, another key, and a text file."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    one, other = authority.issue_cert("one.example"), authority.issue_cert("other.example")
    contents = {
        "ca": authority.cert_pem,
        "cert": one.cert_chain_pems[0],
        "key": one.private_key_pem,
        "both": one.private_key_and_cert_chain_pem,
        "other": other.private_key_pem,
        "text": trustme.Blob(b"no certificate"),
    }
    for name, content in contents.items():
        content.write_to_path(str(folder / name))
    return {name: str(folder / name) for name in [*contents, "missing"]}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"project_id": ".."}, InvalidOption, "^project_id must not be"),
        ({"endpoint": "mrs.example.com"}, InvalidOption, "^endpoint must be a URL"),
        ({"auth_url": "http://iam.example.com"}, InvalidOption, "^Credentials are not sent to iam.example.com"),
        ({"client_key": "k"}, InvalidOption, r"^client_key is set without client_cert\.$"),
        ({"password": "x"}, AuthenticationFailed, "^Conflicting credentials"),
    ],
)
def test_options_are_validated_before_login(http, connect, given, error, message):
    with pytest.raises(error, match=message):
        connect(**{**TOKEN, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ca_cert": "missing"}, "^Cannot use ca_cert .*missing: No such file or directory"),
        ({"ca_cert": "text"}, "^Cannot use ca_cert .*text: "),
        ({"client_cert": "missing"}, "^Cannot use client_cert .*missing: No such file or directory"),
        ({"client_cert": "cert"}, "^Cannot use client_cert .*cert: "),
        ({"client_cert": "cert", "client_key": "other"}, "^Cannot use client_cert .*cert with client_key .*other: "),
    ],
)
def test_unusable_certificate_files_are_named(connect, certificate_files, given, message):
    paths = {option: certificate_files[name] for option, name in given.items()}
    with pytest.raises(InvalidOption, match=message):
        connect(**TOKEN, **paths)


@pytest.mark.parametrize(
    ("given", "verify", "cert"),
    [
        ({}, True, None),
        ({"ca_cert": "ca"}, "ca", None),
        ({"client_cert": "both"}, True, "both"),
        ({"client_cert": "cert", "client_key": "key"}, True, ("cert", "key")),
    ],
)
def test_certificates_reach_the_transport(connect, certificate_files, given, verify, cert):
    def path(name):
        return certificate_files.get(name, name) if not isinstance(name, tuple) else tuple(map(path, name))

    transport = connect(**TOKEN, **{option: path(name) for option, name in given.items()}).login.transport
    assert (transport.verify, transport.cert) == (path(verify), path(cert))


def test_validation_can_be_disabled(connect, certificate_files):
    transport = connect(**TOKEN, ca_cert=certificate_files["ca"], validate_certs=False).login.transport
    assert transport.verify is False


def test_clients_share_login_and_rate_limiters(connect):
    limiters = {}
    first, second = (connect(limiters, **TOKEN) for _connection in range(2))
    mrs, again, dli = first.client("mrs", NOT_FOUND), first.client("mrs", NOT_FOUND), first.client("dli", NOT_FOUND)
    assert mrs.base_url == "https://mrs.eu-de.myhuaweicloud.com"
    assert mrs.authenticator is dli.authenticator is first.authenticator
    assert mrs.limiter is again.limiter is second.client("mrs", NOT_FOUND).limiter
    assert dli.limiter is not mrs.limiter
    assert {*limiters} == {"iam", "mrs", "dli"}


def test_address_replaces_the_service_url(connect):
    client = connect(**TOKEN).client("ges", NOT_FOUND, "https://graph.example")
    assert client.base_url == "https://graph.example"
    with pytest.raises(InvalidOption, match="over plain HTTP"):
        connect(**TOKEN).client("ges", NOT_FOUND, "http://graph.example")


def test_iam_of_profile_determines_the_cloud(tmp_path, connect):
    (tmp_path / ".huaweicloud").mkdir()
    content = "[basic]\nak = AK\nsk = SK\nproject_id = p\niam_endpoint = https://iam.eu-de.otc.t-systems.com\n"
    (tmp_path / ".huaweicloud/credentials").write_text(content)
    assert connect().client("mrs", NOT_FOUND).base_url == "https://mrs.eu-de.otc.t-systems.com"
