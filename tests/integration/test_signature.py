# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures: the published test vectors, and a comparison with the vendor's client at a verifying gateway."""

from __future__ import annotations

import contextlib
import datetime
import threading

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer import signer

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.method_access_key import AccessKeyAuth
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import ApiError
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.client import ServiceClient
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.rate_limiter import RateLimiter
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.session import BoundedSession
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import ConnectionOptions
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

MRS_PROJECT, DLI_PROJECT = "37caa80116e1403ab603e5eeb48a2f74", "48cc2c48765f481480c7db940d6409d1"
JSON = {"Content-Type": "application/json"}
# From section 8.2 of the API reference: request, project, names of the signed headers, signature.
VECTORS = [
    (
        requests.Request(
            "GET",
            f"https://mrs.eu-de.otc.t-systems.com/v1.1/{MRS_PROJECT}/job-executions/2de74673-1a78-48af-a95b-e1fec4a4ae9c/cancel",
            headers=JSON,
        ),
        MRS_PROJECT,
        "content-type;host;x-project-id;x-sdk-date",
        "a4e399cc317382c63d2510955a1a6a687617074134f813384195a7e98b3f689f",
    ),
    (
        requests.Request(
            "POST",
            f"https://dli.eu-de.otc.t-systems.com/v1.0/{DLI_PROJECT}/streaming/jobs/stop",
            headers=JSON,
            data='{"job_ids":[128,137],"trigger_savepoint":false}',
        ),
        DLI_PROJECT,
        "content-type;host;x-project-id;x-sdk-date",
        "ab7fd3883c08b49b540aa5ce5743bfc619768ff85ac9820b5399babf61c857be",
    ),
    (
        requests.Request(
            "GET",
            f"https://dli.eu-de.otc.t-systems.com/v1.0/{DLI_PROJECT}/jobs",
            params={"page-size": 5, "current-page": 1, "tags": "k1=v1,k2=v2"},
        ),
        "",
        "host;x-sdk-date",
        "29579eeca0e2a5f4917b119c4488dcdc6cfb8bb99313f7e8581ae922a9b97f2d",
    ),
]


class FixedDate(datetime.datetime):
    """The date of the test vectors."""

    @classmethod
    def utcnow(cls):
        return cls(2026, 1, 1)


def key_auth(options, project):
    """Return the authentication with an access key."""
    values = {**options, "project_id": project}
    return AccessKeyAuth(ConnectionOptions({}).with_values(values), transport(), None)


def transport():
    deadline = Deadline(30)
    return HttpTransport(
        BoundedSession(deadline, threading.BoundedSemaphore(1)), True, None, 30, 0, deadline, Secrets()
    )


@pytest.mark.parametrize(("request_", "project", "names", "signature"), VECTORS)
def test_published_vectors_match(monkeypatch, request_, project, names, signature):
    monkeypatch.setattr(signer, "datetime", FixedDate)
    auth = key_auth({"access_key": "EXAMPLEAK", "secret_key": "EXAMPLESK"}, project or "any")
    auth.project_id = project
    sent = auth(request_.prepare())
    expected = f"SDK-HMAC-SHA256 Access=EXAMPLEAK, SignedHeaders={names}, Signature={signature}"
    assert sent.headers["Authorization"] == expected
    assert sent.headers["X-Sdk-Date"] == "20260101T000000Z"


SEGMENTS = ["~-._aZ09", "a b", "ä", "50%", "%2F", "+", "a=b&c;d", "*'()!,:@$"]
# Path segments below the project before encoding, query, body.
REQUESTS = [
    *((["jobs", segment, "status"], {}, None) for segment in SEGMENTS),
    (["jobs"], {"tags": "k1=v1,k2=v2", "queue_name": "", "job-type": "ü ~*+", "current-page": "1"}, None),
    (["streaming", "jobs", "stop"], {"a": "1"}, {"job_ids": [1], "text": "ü"}),
    (["streaming", "jobs", "stop"], {}, {}),
]


@pytest.mark.parametrize("temporary", [False, True], ids=["permanent", "temporary"])
@pytest.mark.parametrize(("path", "query", "body"), REQUESTS)
def test_signature_matches_vendor_client(simulator, path, query, body, temporary):
    ready = simulator.ready
    begin, project = "temporary_" if temporary else "", ready["project_id"]
    options = {"access_key": ready[f"{begin}access_key"], "secret_key": ready[f"{begin}secret_key"]}
    if temporary:
        options["security_token"] = ready["security_token"]
    method = "GET" if body is None else "POST"

    our_transport = transport()
    answers = []
    our_transport.session.hooks["response"].append(lambda answer, **_how: answers.append(answer))
    limiter = RateLimiter(our_transport.deadline)
    client = ServiceClient(our_transport, ready["dli"], key_auth(options, project), limiter)
    with contextlib.suppress(ApiError):
        client.send(method, "v1.0", project, *path, params=query, **({} if body is None else {"json": body}))
    (ours,) = answers

    credentials = BasicCredentials(options["access_key"], options["secret_key"], project)
    credentials.with_security_token(options.get("security_token"))
    host, resource = ready["dli"].removeprefix("http://"), ours.request.path_url.partition("?")[0]
    wanted = SdkRequest(method, "http", host, resource, "", list(query.items()), dict(JSON), ours.request.body)
    url = ready["dli"] + credentials.sign_request(wanted).uri
    theirs = requests.request(method, url, headers=wanted.header_params, data=ours.request.body, timeout=30)

    facts = [(answer.status_code, {**answer.json(), "request_id": None}) for answer in (ours, theirs)]
    assert facts[0] == facts[1]
    assert facts[0][0] not in (401, 403) and "APIGW" not in str(facts)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "?x=1"},
        {"body": b'{"job_ids": [2]}'},
        {"headers": {"X-Project-Id": "other"}},
        {"headers": {"X-Sdk-Date": "20200101T000000Z"}},
    ],
)
def test_modified_request_is_refused(simulator, change):
    ready = simulator.ready
    options = {name: ready[name] for name in ("access_key", "secret_key")}
    url = f"{ready['dli']}/v1.0/{ready['project_id']}/streaming/jobs/stop"
    request = key_auth(options, ready["project_id"])(requests.Request("POST", url, json={"job_ids": [1]}).prepare())
    request.url += change.get("url", "")
    request.body = change.get("body", request.body)
    request.headers.update(change.get("headers", {}))
    assert requests.Session().send(request, timeout=30).status_code == 401
