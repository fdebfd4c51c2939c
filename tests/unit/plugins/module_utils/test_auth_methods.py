# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The authentication methods: what they send, and what they report if a login fails."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.registry import (
    authenticate,
    resolve_credentials,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import (
    ApiError,
    AuthenticationFailed,
    DeadlineExceeded,
    ResponseLost,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.client import ServiceClient
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.deadline import Deadline
from ansible_collections.dataops.huaweicloud.plugins.module_utils._http.rate_limiter import RateLimiter
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

KEYS = {"access_key": "AK", "secret_key": "SECRET"}
USER = {"username": "u", "password": "x", "domain_name": "d", "project_name": "p"}
IAM = "https://iam.example.test/v3"
TOKENS = f"{IAM}/auth/tokens"


class Login:
    """Logs in with the options of a task.

    :ivar registered: the secrets of the task, in all their forms.
    """

    def __init__(self, make_options, make_transport):
        self._make_options, self._make_transport = make_options, make_transport
        self.registered = set()

    def __call__(self, environment=None, transport=None, **arguments):
        secrets = Secrets(self.registered.add)
        options = self._make_options(environment, secrets, **arguments)
        credentials = resolve_credentials(options, secrets)
        self.transport = transport = self._make_transport(secrets=secrets, **(transport or {}))
        return authenticate(credentials, transport, RateLimiter(transport.deadline))

    def send(self, authenticator, *path):
        """Send one request to a service."""
        service = ServiceClient(
            self.transport, "https://mrs.example.test", authenticator, RateLimiter(self.transport.deadline)
        )
        return service.send("GET", *path)


@pytest.fixture
def log_in(make_options, make_transport):
    return Login(make_options, make_transport)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"token": "a b", "project_id": "p"}, "^The token contains a space"),
        ({**KEYS, "secret_key": "S\n", "project_id": "p"}, "^The secret_key contains a space, a line break or another"),
    ],
)
def test_secret_must_fit_into_header(log_in, given, message):
    with pytest.raises(AuthenticationFailed, match=message):
        log_in(**given)


@pytest.mark.parametrize(
    ("module", "library", "purpose", "given"),
    [
        ("keystoneauth1.identity", "keystoneauth1", "to authenticate with a password", {**USER, "auth_url": IAM}),
        (
            "huaweicloudsdkcore.signer.signer",
            "huaweicloudsdkcore",
            "to sign requests with an access key",
            {**KEYS, "project_id": "p"},
        ),
        (
            "huaweicloudsdkcore.auth.provider",
            "huaweicloudsdkcore",
            "to look for a profile of the vendor or an agency",
            {},
        ),
    ],
)
def test_missing_library_names_purpose_and_python(monkeypatch, log_in, module, library, purpose, given):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(AuthenticationFailed) as error:
        log_in(**given)
    assert f"the required Python library ({library})" in str(error.value)
    assert purpose in str(error.value) and sys.executable in str(error.value)


class TestToken:
    """Authentication with a token."""

    def test_given_project_needs_no_request(self, http, log_in):
        assert log_in(token="t", project_id="p").project_id == "p"

    def test_iam_is_asked_for_project(self, http, log_in):
        catalog = [{"type": "mrs", "endpoints": []}]
        http.get(TOKENS, json={"token": {"project": {"id": "p", "name": "eu-de"}, "catalog": catalog}})
        authenticator = log_in(token="t0ken", auth_url=IAM)
        assert (authenticator.project_id, authenticator.catalog) == ("p", catalog)
        headers = http.calls[0].request.headers
        assert (headers["X-Auth-Token"], headers["X-Subject-Token"]) == ("t0ken", "t0ken")

    @pytest.mark.parametrize(
        ("given", "option"), [({"project_id": "q"}, "project_id"), ({"project_name": "eu-nl"}, "project_name")]
    )
    def test_other_project_is_refused(self, http, log_in, given, option):
        http.get(TOKENS, json={"token": {"project": {"id": "p", "name": "eu-de"}}})
        message = rf"^The token belongs to the project eu-de \(p\)\. {option} names another one\.$"
        with pytest.raises(AuthenticationFailed, match=message):
            log_in(token="t", auth_url=IAM, **given)

    def test_project_id_overrides_project_name(self, http, log_in):
        http.get(TOKENS, json={"token": {"project": {"id": "p", "name": "eu-de"}}})
        assert log_in(token="t", auth_url=IAM, project_id="p", project_name="x").project_id == "p"

    @pytest.mark.parametrize("project", [None, {}, "p", {"id": ""}])
    def test_token_without_project_is_refused(self, http, log_in, project):
        http.get(TOKENS, json={"token": {"project": project}})
        with pytest.raises(AuthenticationFailed, match="^The token is not scoped to a project"):
            log_in(token="t", auth_url=IAM)

    @pytest.mark.parametrize("status", [401, 404])
    def test_unknown_token_is_reported(self, http, log_in, status):
        http.get(TOKENS, status=status, json={"error": {"code": status, "message": "Could not find token"}})
        with pytest.raises(AuthenticationFailed, match="Could not find token.* Get a new token") as error:
            log_in(token="t", auth_url=IAM)
        assert error.value.http_status == status


class TestPassword:
    """Authentication with a user name and a password."""

    GIVEN = {**USER, "auth_url": IAM}
    BODY = {
        "token": {
            "project": {"id": "p", "name": "eu-de"},
            "catalog": [{"type": "mrs", "endpoints": []}],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "methods": ["password"],
        }
    }

    def answer(self, http, token="fetched-token", **body):
        http.post(TOKENS, status=201, json={**self.BODY, **body}, headers={"X-Subject-Token": token})

    def test_login_fetches_token_and_project(self, http, log_in):
        self.answer(http)
        authenticator = log_in(**self.GIVEN)
        assert (authenticator.token, authenticator.project_id) == ("fetched-token", "p")
        assert authenticator.catalog == self.BODY["token"]["catalog"]
        assert "fetched-token" in log_in.registered
        identity = json.loads(http.calls[0].request.body)["auth"]
        user = {"name": "u", "password": "x", "domain": {"name": "d"}}
        assert identity["identity"] == {"methods": ["password"], "password": {"user": user}}
        assert identity["scope"] == {"project": {"name": "p", "domain": {"name": "d"}}}

    def test_passcode_is_sent_along(self, http, log_in):
        self.answer(http)
        log_in(**self.GIVEN, passcode="123456")
        identity = json.loads(http.calls[0].request.body)["auth"]["identity"]
        assert identity["methods"] == ["password", "totp"]
        assert identity["totp"]["user"]["passcode"] == "123456"

    @pytest.mark.parametrize(("endpoint", "catalog"), [(None, False), ("https://mrs.example.test", True)])
    def test_catalog_is_requested_if_needed(self, http, log_in, endpoint, catalog):
        self.answer(http)
        log_in(**self.GIVEN, endpoint=endpoint)
        assert ("nocatalog" in http.calls[0].request.url) is catalog

    def test_refused_login_is_reported(self, http, log_in):
        http.post(TOKENS, status=401, json={"error": {"code": 401, "message": "The password is wrong."}})
        message = (
            r"^Login at iam\.example\.test failed: The credentials were refused: The password is wrong "
            r"\(POST /v3/auth/tokens\) \[HTTP 401, 401\]\. Check user, password, passcode, domain and project\."
        )
        with pytest.raises(AuthenticationFailed, match=message):
            log_in(**self.GIVEN)

    def test_busy_iam_is_asked_again(self, http, log_in):
        http.post(TOKENS, status=503)
        self.answer(http)
        assert log_in(**self.GIVEN).project_id == "p"

    def test_passcode_is_never_sent_twice(self, http, log_in):
        http.post(TOKENS, status=503)
        with pytest.raises(ApiError, match="^Login at iam.example.test failed: Service Unavailable"):
            log_in(**self.GIVEN, passcode="123456")

    def test_redirect_never_receives_the_password(self, http, log_in):
        http.post(TOKENS, status=307, headers={"Location": "https://evil.example/v3/auth/tokens"})
        with pytest.raises(ApiError, match="redirects to evil.example"):
            log_in(**self.GIVEN)

    @pytest.mark.parametrize(
        ("status", "body"),
        [(200, "<html>"), (201, {"token": {}}), (201, [1]), (201, {"token": {"project": {"id": None}}})],
    )
    def test_unexpected_response_is_an_error(self, http, log_in, status, body):
        how = {"json": body} if not isinstance(body, str) else {"body": body}
        http.post(TOKENS, status=status, headers={"X-Subject-Token": "t"}, **how)
        with pytest.raises(ApiError, match="^Login at iam.example.test failed: "):
            log_in(**self.GIVEN)

    def test_slow_login_is_aborted(self, log_in, serve, trickle):
        server = serve(trickle)
        began = time.monotonic()
        with pytest.raises(ResponseLost, match=r"No .*response: .*(within 0\.2 seconds|timed out)"):
            log_in(**{**self.GIVEN, "auth_url": server.url}, transport={"timeout": 0.2, "retries": 0})
        assert time.monotonic() - began < 3

    def test_nothing_is_sent_after_the_deadline(self, http, log_in):
        with pytest.raises(DeadlineExceeded):
            log_in(**self.GIVEN, transport={"deadline": Deadline(0)})

    def test_token_is_renewed_once(self, http, log_in):
        self.answer(http, "old-token")
        http.get("https://mrs.example.test/v1", status=401)
        self.answer(http, "new-token")
        http.get("https://mrs.example.test/v1", json={"ok": 1})
        authenticator = log_in(**self.GIVEN)
        assert log_in.send(authenticator, "v1").body == {"ok": 1}
        assert http.calls[3].request.headers["X-Auth-Token"] == "new-token"
        assert authenticator.renew(0) and authenticator.generation == 1

    def test_failed_renewal_is_not_repeated(self, http, log_in):
        self.answer(http, "old-token")
        http.post(TOKENS, status=401)
        authenticator = log_in(**self.GIVEN)
        for _attempt in range(3):
            with pytest.raises(AuthenticationFailed, match="^Login at iam.example.test failed"):
                authenticator.renew(0)


class TestAccessKey:
    """Authentication with an access key."""

    GIVEN = {**KEYS, "auth_url": IAM}
    PROJECTS = f"{IAM}/projects"

    def test_requests_are_signed_with_key(self, http, log_in):
        http.get("https://mrs.example.test/v1", json={})
        log_in.send(log_in(**KEYS, project_id="p", security_token="temporary"), "v1")
        headers = http.calls[0].request.headers
        assert headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=AK, ")
        assert (headers["X-Project-Id"], headers["X-Security-Token"]) == ("p", "temporary")
        assert "SECRET" not in str(headers)

    @pytest.mark.parametrize("given", [{"project_name": "eu-de"}, {"region": "eu-de"}])
    def test_project_is_found_by_name(self, http, log_in, given):
        http.get(self.PROJECTS, json={"projects": [{"id": "x", "name": "eu-de_sub"}, {"id": "p", "name": "eu-de"}]})
        assert log_in(**self.GIVEN, **given).project_id == "p"
        assert http.calls[0].request.params == {"name": "eu-de"}
        assert "X-Project-Id" not in http.calls[0].request.headers

    @pytest.mark.parametrize(
        ("projects", "message"),
        [
            ([], "^IAM does not know a project eu-de"),
            ([{"name": "eu-de"}], "^IAM does not know a project eu-de"),
            (
                [{"id": "p", "name": "eu-de"}, {"id": "q", "name": "eu-de"}],
                r"^Several projects have the name eu-de: p, q\. Set project_id",
            ),
        ],
    )
    def test_ambiguous_project_is_refused(self, http, log_in, projects, message):
        http.get(self.PROJECTS, json={"projects": projects})
        with pytest.raises(AuthenticationFailed, match=message):
            log_in(**self.GIVEN, project_name="eu-de")

    def test_response_without_projects_is_unusable(self, http, log_in):
        http.get(self.PROJECTS, json={"projects": None})
        with pytest.raises(ResponseLost, match="^The response cannot be used: it has no projects"):
            log_in(**self.GIVEN, project_name="eu-de")


PROFILE = "[basic]\nak = AK\nsk = profile-secret\nproject_id = p\n"


class TestVendorChain:
    """Authentication with a profile of the vendor, or as the last resort."""

    @pytest.mark.parametrize("environment", [{}, {"OS_USERNAME": "hidden"}])
    def test_missing_credentials_are_explained(self, log_in, environment):
        with pytest.raises(AuthenticationFailed) as error:
            log_in(environment, region="eu-de")
        message = error.value.message
        incomplete = "username (from OS_USERNAME) is set without password. " if environment else ""
        assert message.startswith(
            f"{incomplete}No credentials found: set token, or username, password and domain_name,"
        )
        assert "The credential chain of the vendor (profile, then metadata service) has no keys: ProxyError" in message
        assert "hidden" not in message

    def test_missing_library_hides_no_options(self, monkeypatch, log_in):
        for module in [name for name in sys.modules if name.partition(".")[0] == "huaweicloudsdkcore"]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, "huaweicloudsdkcore", None)
        with pytest.raises(AuthenticationFailed) as error:
            log_in(region="eu-de")
        assert error.value.message.startswith("No credentials found: set token, or username, password and domain_name,")
        assert "the required Python library (huaweicloudsdkcore)" in error.value.message

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "credentials file .* does not exist"),
            ("[global]\nak = AK\n", "credential type 'basic' does not exist"),
            ("[basic]\nak = AK\n", "does not exist in credentials file"),
            ("[basic]\nprofile-secret\n", r"has no keys: ParsingError\.$"),
            ("profile-secret", r"has no keys: MissingSectionHeaderError\.$"),
            (
                "[basic]\nidp_id = i\nid_token_file = f\n",
                r"^The profile names an identity provider\. Only access keys are supported\.$",
            ),
        ],
    )
    def test_unusable_profile_is_not_replaced(self, monkeypatch, tmp_path, log_in, content, message):
        file = tmp_path / "credentials"
        if content is not None:
            file.write_text(content)
        monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
        with pytest.raises(AuthenticationFailed, match=message) as error:
            log_in(os.environ)
        assert "profile-secret" not in str(error.value) and "No credentials found" not in str(error.value)

    @pytest.mark.parametrize("variable", [True, False], ids=["by variable", "in the home"])
    def test_profile_authenticates_the_task(self, monkeypatch, tmp_path, log_in, variable):
        file = tmp_path / ("elsewhere" if variable else ".huaweicloud/credentials")
        file.parent.mkdir(exist_ok=True)
        file.write_text(PROFILE)
        if variable:
            monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
        assert log_in(os.environ).project_id == "p"
        assert log_in.registered == {"profile-secret"}
        assert log_in(os.environ, project_id="q").project_id == "q"

    def test_iam_of_profile_is_used(self, tmp_path, log_in):
        (tmp_path / ".huaweicloud").mkdir()
        file = tmp_path / ".huaweicloud/credentials"
        file.write_text(f"{PROFILE}iam_endpoint = https://iam.example.test\n")
        assert log_in(region="eu-de").auth_url == "https://iam.example.test"
        assert log_in(auth_url="https://iam.other.test").auth_url == "https://iam.other.test"

    def test_rotated_key_is_used_once(self, tmp_path, log_in):
        (tmp_path / ".huaweicloud").mkdir()
        file = tmp_path / ".huaweicloud/credentials"
        file.write_text(PROFILE)
        authenticator = log_in()
        file.write_text(PROFILE.replace("AK", "AK2"))
        assert authenticator.renew(0) and authenticator.generation == 1
        assert not authenticator.renew(1)  # the profile still has the same key

    def test_failed_renewal_is_not_repeated(self, tmp_path, log_in):
        (tmp_path / ".huaweicloud").mkdir()
        file = tmp_path / ".huaweicloud/credentials"
        file.write_text(PROFILE)
        authenticator = log_in()
        file.write_text("")
        for _attempt in range(2):
            with pytest.raises(AuthenticationFailed, match="has no keys"):
                authenticator.renew(0)
            file.write_text(PROFILE)
