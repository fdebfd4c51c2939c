# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins, their errors, the catalog, and the validation of tokens (docs/api, sections 6.2, 7.2 and 8.1)."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkiam.v3 as iam
import pytest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

REFUSED = "The request you have made requires authentication."


def mfa_body(ready: dict[str, Any], totp: Any, methods: tuple[str, ...] = ("password", "totp")) -> dict[str, Any]:
    domain = {"name": ready["domain_name"]}
    user = {"name": ready["mfa_username"], "password": ready["mfa_password"], "domain": domain}
    identity: dict[str, Any] = {"methods": list(methods), "password": {"user": user}}
    if totp is not None:
        identity["totp"] = {"user": totp}
    return {"auth": {"identity": identity, "scope": {"project": {"id": ready["project_id"]}}}}


def log_in(cloud: Any, body: dict[str, Any], query: str = "") -> Any:
    return cloud.send("POST", "/v3/auth/tokens" + query, body, token=None)


def by_keystoneauth(cloud: Any, totp_user: dict[str, str], passcode: str | None = None) -> session.Session:
    """Return a session of the user with a second factor.

    :param totp_user: How the method ``totp`` names the user.
    """
    ready = cloud.ready
    password = v3.PasswordMethod(
        username=ready["mfa_username"], password=ready["mfa_password"], user_domain_name=ready["domain_name"]
    )
    totp = v3.TOTPMethod(passcode=passcode or ready["mfa_passcode"], **totp_user)
    return session.Session(auth=v3.Auth(ready["iam"], [password, totp], project_id=cloud.project))


@pytest.mark.parametrize("accepted", ["any", "id"])
@pytest.mark.parametrize("named", ["id", "name"])
def test_keystoneauth_logs_in_with_passcode(cloud: Any, accepted: str, named: str) -> None:
    cloud.simulator.switches(iam_totp_user=accepted)
    by_name = {"username": cloud.ready["mfa_username"], "user_domain_name": cloud.ready["domain_name"]}
    login = by_keystoneauth(cloud, {"user_id": cloud.ready["mfa_user_id"]} if named == "id" else by_name)
    if (accepted, named) == ("id", "name"):
        with pytest.raises(exceptions.BadRequest):
            login.get_token()
        return
    answer = login.get(cloud.ready["mrs"] + cloud.job_exe())
    assert answer.status_code == 200
    assert login.auth.get_user_id(login) == cloud.ready["mfa_user_id"]


def test_keystoneauth_multifactor_plugin_logs_in(cloud: Any) -> None:
    ready = cloud.ready
    auth = v3.MultiFactor(
        ready["iam"],
        ["v3password", "v3totp"],
        user_id=ready["mfa_user_id"],
        password=ready["mfa_password"],
        passcode=ready["mfa_passcode"],
        project_id=cloud.project,
    )
    login = session.Session(auth=auth)
    assert login.get(ready["mrs"] + cloud.job_exe()).status_code == 200
    again = auth.get_token(login)
    auth.invalidate()
    assert auth.get_token(login) != again  # no document limits a passcode to one login


def test_wrong_passcode_is_refused(cloud: Any) -> None:
    wrong = "000000" if cloud.ready["mfa_passcode"] != "000000" else "111111"
    with pytest.raises(exceptions.Unauthorized):
        by_keystoneauth(cloud, {"user_id": cloud.ready["mfa_user_id"]}, wrong).get_token()


def test_sdk_logs_in_with_passcode(cloud: Any) -> None:
    ready = cloud.ready
    user = iam.PwdPasswordUser(
        domain=iam.PwdPasswordUserDomain(name=ready["domain_name"]),
        name=ready["mfa_username"],
        password=ready["mfa_password"],
    )
    totp = iam.MfaTotp(user=iam.MfaTotpUser(id=ready["mfa_user_id"], passcode=ready["mfa_passcode"]))
    identity = iam.MfaIdentity(methods=["password", "totp"], password=iam.PwdPassword(user=user), totp=totp)
    scope = iam.AuthScope(project=iam.AuthScopeProject(id=cloud.project))
    body = iam.KeystoneCreateUserTokenByPasswordAndMfaRequestBody(iam.MfaAuth(identity=identity, scope=scope))
    keys = GlobalCredentials(ready["access_key"], ready["secret_key"], "d78cbac186b744899480f25bd022f468")
    builder = iam.IamClient.new_builder().with_credentials(keys)
    client = builder.with_endpoint(ready["iam"].removesuffix("/v3")).build()
    answer = client.keystone_create_user_token_by_password_and_mfa(
        iam.KeystoneCreateUserTokenByPasswordAndMfaRequest(body=body)
    )
    assert cloud.send("GET", cloud.job_exe(), token=answer.x_subject_token).status == 200
    assert answer.token.methods == ["password", "totp"]


def test_second_factor_is_required_if_configured(cloud: Any) -> None:
    ready = cloud.ready
    whole = {"id": ready["mfa_user_id"], "passcode": ready["mfa_passcode"]}
    by_name = {"name": ready["mfa_username"], "passcode": ready["mfa_passcode"]}
    assert log_in(cloud, mfa_body(ready, whole)).status == log_in(cloud, mfa_body(ready, by_name)).status == 201
    for totp, methods in (
        (None, ("password",)),
        (whole, ("password",)),  # ignored, because totp is not among the methods
        ({**whole, "passcode": "12345"}, ("password", "totp")),
        ({**whole, "id": "somebody"}, ("password", "totp")),
        ({**by_name, "domain": {"name": "elsewhere"}}, ("password", "totp")),
    ):
        answer = log_in(cloud, mfa_body(ready, totp, methods))
        assert (answer.status, answer.json["error"]["message"]) == (401, REFUSED)
    for broken in (None, {}, {"id": ready["mfa_user_id"]}, {"passcode": "1"}, {**whole, "passcode": 1}, "text"):
        assert log_in(cloud, mfa_body(ready, broken)).status == 400
    plain = {"name": ready["username"], "password": ready["password"], "domain": {"name": ready["domain_name"]}}
    body = mfa_body(ready, whole)
    body["auth"]["identity"]["password"]["user"] = plain
    assert log_in(cloud, body).status == 401


# Refused logins


@pytest.mark.parametrize("form", ["keystone", "native"])
def test_refused_login_has_two_forms(cloud: Any, form: str) -> None:
    cloud.simulator.switches(iam_login_refused=form)
    identity = {"methods": ["token"], "token": {"id": "unknown"}}
    unknown = {"auth": {"identity": identity}}
    passcode = {"id": cloud.ready["mfa_user_id"], "passcode": "none"}
    answers = {
        "IAM.0062": cloud.login(password="wrong"),
        "IAM.0001": cloud.login({"name": "nowhere"}),
        "IAM.0067": log_in(cloud, unknown),
        "IAM.0001, too": log_in(cloud, mfa_body(cloud.ready, passcode)),
        "IAM.0067, too": cloud.send("POST", "/v3.0/OS-CREDENTIAL/securitytokens", unknown, token=None),
    }
    cloud.simulator.expire_tokens()
    identity["token"]["id"] = cloud.ready["token"]
    answers["IAM.0066"] = log_in(cloud, unknown)
    for code, answer in answers.items():
        assert answer.status == 401
        if form == "native":
            assert answer.json["error_code"] == code.partition(",")[0] and answer.json["error_msg"]
        else:
            assert answer.json["error"]["code"] == 401 and answer.json["error"]["title"] == "Unauthorized"


@pytest.mark.parametrize(("form", "code"), [("keystone", "401"), ("native", "IAM.0067")])
def test_sdk_parses_both_forms(cloud: Any, form: str, code: str) -> None:
    cloud.simulator.switches(iam_login_refused=form)
    identity = iam.TokenAuthIdentity(methods=["token"], token=iam.IdentityToken(id="unknown"))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(iam.TokenAuth(identity=identity))
    keys = GlobalCredentials(cloud.ready["access_key"], cloud.ready["secret_key"], "d78cbac186b744899480f25bd022f468")
    builder = iam.IamClient.new_builder().with_credentials(keys)
    client = builder.with_endpoint(cloud.ready["iam"].removesuffix("/v3")).build()
    with pytest.raises(ClientRequestException) as caught:
        client.create_temporary_access_key_by_token(iam.CreateTemporaryAccessKeyByTokenRequest(body=body))
    assert (caught.value.status_code, str(caught.value.error_code)) == (401, code)


# Token validation


@pytest.mark.parametrize("query", ["", "?nocatalog=1"])
def test_token_can_describe_itself(cloud: Any, query: str) -> None:
    own = cloud.login({"id": cloud.project}).headers["x-subject-token"]
    answer = cloud.send("GET", "/v3/auth/tokens" + query, token=own, headers={"X-Subject-Token": own})
    assert (answer.status, answer.headers["x-subject-token"]) == (200, own)
    token = answer.json["token"]
    assert (token["project"]["id"], token["project"]["name"]) == (cloud.project, cloud.ready["project_name"])
    assert bool(token["catalog"]) == (not query)


def test_unscoped_token_has_no_project(cloud: Any) -> None:
    own = cloud.login().headers["x-subject-token"]
    headers = {"X-Subject-Token": own}
    assert "project" not in cloud.send("GET", "/v3/auth/tokens", token=own, headers=headers).json["token"]
    cloud.simulator.expire_tokens()
    answer = cloud.send("GET", "/v3/auth/tokens", token=own, headers=headers)
    assert (answer.status, answer.json["error"]["title"]) == (401, "Unauthorized")


# Logins with a password, catalog and discovery (docs/api, sections 6.2, 7.2 and 8.1)


def test_login_accepts_names_and_ids(cloud: Any) -> None:
    answer = cloud.login({"name": cloud.ready["project_name"], "domain": {"name": cloud.ready["domain_name"]}})
    token = answer.json["token"]
    assert (answer.status, token["project"]["id"], token["methods"]) == (201, cloud.project, ["password"])
    assert answer.headers["x-subject-token"].startswith("MII")
    user = {"id": token["user"]["id"], "password": cloud.ready["password"]}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": cloud.project}}}}
    assert cloud.send("POST", "/v3/auth/tokens", body, token=None).status == 201


def test_unscoped_token_cannot_use_services(cloud: Any) -> None:
    token = cloud.login().headers["x-subject-token"]
    assert cloud.send("GET", cloud.job_exe(), token=token).json["error_code"] == "12000107"
    assert cloud.send("GET", "/v3/auth/projects", token=token).status == 200
    identity = {"methods": ["token"], "token": {"id": token}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": cloud.project}}}}
    scoped = cloud.send("POST", "/v3/auth/tokens", body, token=None).headers["x-subject-token"]
    assert cloud.send("GET", cloud.job_exe(), token=scoped).status == 200


def test_invalid_login_is_refused(cloud: Any) -> None:
    wrong = cloud.login(password="wrong")
    wanted = {"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}
    assert (wrong.status, wrong.json) == (401, wanted)
    assert cloud.login({"name": "nowhere"}).status == 401
    assert cloud.login({"id": cloud.ready["foreign_project_id"]}).status == 401
    invalid = {"error": {"code": 400, "message": "The request body is invalid", "title": "Bad Request"}}
    for body in (b"{", b"[]", {}, {"auth": {}}, {"auth": {"identity": {"methods": ["dance"]}}}):
        answer = cloud.send("POST", "/v3/auth/tokens", body, token=None)
        assert (answer.status, answer.json) == (400, invalid)


def test_catalog_is_as_recorded_or_complete(cloud: Any, simulator: Any) -> None:
    def catalog() -> dict[str, str]:
        entries = cloud.login({"id": cloud.project}).json["token"]["catalog"]
        return {entry["type"]: entry["endpoints"][0]["url"] for entry in entries}

    base = cloud.ready["mrs"]
    recorded = {"identity": base + "/v3", "mrs": base + "/v1.1", "mrsv1": f"{base}/v1.1/{cloud.project}"}
    assert catalog() == recorded
    simulator.switches(iam_catalog="all")
    more = {"cdm": f"{base}/v1.1/{cloud.project}", "dli": f"{base}/v1.0/{cloud.project}"}
    assert catalog() == {**recorded, **more}


def test_identity_api_serves_other_calls(cloud: Any) -> None:
    user = {"name": cloud.ready["username"], "password": cloud.ready["password"], "domain": {"name": "IAMDomain"}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    answer = cloud.send("POST", "/v3/auth/tokens?nocatalog=1", body, token=None)
    assert answer.json["token"]["catalog"] == []
    subject = {"X-Subject-Token": answer.headers["x-subject-token"]}
    assert cloud.send("GET", "/v3/auth/tokens", headers=subject).json["token"]["user"]["name"] == "IAMUser"
    bad = cloud.send("GET", "/v3/auth/tokens", headers={"X-Subject-Token": "bad"})
    assert (bad.status, bad.json["error"]["message"]) == (404, "X-Subject-Token is invalid in the request")
    assert cloud.send("GET", "/", token=None).status == 300
    assert cloud.send("GET", "/v3", token=None).json["version"]["links"][0]["href"].startswith(cloud.ready["iam"])
    assert cloud.send("GET", "/v3/projects?name=eu-de").json["projects"][0]["id"] == cloud.project
    assert cloud.send("GET", "/v3/auth/domains").json["domains"][0]["name"] == "IAMDomain"
    assert cloud.send("GET", "/v3/projects", token="bad").json["error"]["code"] == 401
