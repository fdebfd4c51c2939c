# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins that need more than a password, the forms of a refusal, and what a token tells of itself."""

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
    return cloud.ask("POST", "/v3/auth/tokens" + query, body, token=None)


def by_keystoneauth(cloud: Any, totp_user: dict[str, str], passcode: str | None = None) -> session.Session:
    """A session of a user with a second factor, whom the password part names and `totp_user` names again."""
    ready = cloud.ready
    password = v3.PasswordMethod(
        username=ready["mfa_username"], password=ready["mfa_password"], user_domain_name=ready["domain_name"]
    )
    totp = v3.TOTPMethod(passcode=passcode or ready["mfa_passcode"], **totp_user)
    return session.Session(auth=v3.Auth(ready["iam"], [password, totp], project_id=cloud.project))


@pytest.mark.parametrize("accepted", ["any", "id"])
@pytest.mark.parametrize("named", ["id", "name"])
def test_keystoneauth_logs_in_with_a_passcode(cloud: Any, accepted: str, named: str) -> None:
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


def test_keystoneauths_own_plugin_for_many_factors_logs_in(cloud: Any) -> None:
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
    assert auth.get_token(login) != again  # nothing says that a passcode is good only once


def test_keystoneauth_with_a_wrong_passcode_is_refused(cloud: Any) -> None:
    wrong = "000000" if cloud.ready["mfa_passcode"] != "000000" else "111111"
    with pytest.raises(exceptions.Unauthorized):
        by_keystoneauth(cloud, {"user_id": cloud.ready["mfa_user_id"]}, wrong).get_token()


def test_the_sdk_logs_in_with_a_passcode(cloud: Any) -> None:
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
    assert cloud.ask("GET", cloud.job_exe(), token=answer.x_subject_token).status == 200
    assert answer.token.methods == ["password", "totp"]


def test_a_second_factor_is_demanded_of_those_who_have_one(cloud: Any) -> None:
    ready = cloud.ready
    whole = {"id": ready["mfa_user_id"], "passcode": ready["mfa_passcode"]}
    by_name = {"name": ready["mfa_username"], "passcode": ready["mfa_passcode"]}
    assert log_in(cloud, mfa_body(ready, whole)).status == log_in(cloud, mfa_body(ready, by_name)).status == 201
    for totp, methods in (
        (None, ("password",)),
        (whole, ("password",)),  # what is in no method does not count
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


# Refusals


@pytest.mark.parametrize("form", ["keystone", "native"])
def test_a_refused_login_in_both_forms(cloud: Any, form: str) -> None:
    cloud.simulator.switches(iam_login_refused=form)
    identity = {"methods": ["token"], "token": {"id": "unknown"}}
    unknown = {"auth": {"identity": identity}}
    passcode = {"id": cloud.ready["mfa_user_id"], "passcode": "none"}
    answers = {
        "IAM.0062": cloud.login(password="wrong"),
        "IAM.0001": cloud.login({"name": "nowhere"}),
        "IAM.0067": log_in(cloud, unknown),
        "IAM.0001, too": log_in(cloud, mfa_body(cloud.ready, passcode)),
        "IAM.0067, too": cloud.ask("POST", "/v3.0/OS-CREDENTIAL/securitytokens", unknown, token=None),
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
def test_the_sdk_reads_both_forms(cloud: Any, form: str, code: str) -> None:
    cloud.simulator.switches(iam_login_refused=form)
    identity = iam.TokenAuthIdentity(methods=["token"], token=iam.IdentityToken(id="unknown"))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(iam.TokenAuth(identity=identity))
    keys = GlobalCredentials(cloud.ready["access_key"], cloud.ready["secret_key"], "d78cbac186b744899480f25bd022f468")
    builder = iam.IamClient.new_builder().with_credentials(keys)
    client = builder.with_endpoint(cloud.ready["iam"].removesuffix("/v3")).build()
    with pytest.raises(ClientRequestException) as caught:
        client.create_temporary_access_key_by_token(iam.CreateTemporaryAccessKeyByTokenRequest(body=body))
    assert (caught.value.status_code, str(caught.value.error_code)) == (401, code)


# What a token tells of itself


@pytest.mark.parametrize("query", ["", "?nocatalog=1"])
def test_a_token_may_ask_about_itself(cloud: Any, query: str) -> None:
    own = cloud.login({"id": cloud.project}).headers["x-subject-token"]
    answer = cloud.ask("GET", "/v3/auth/tokens" + query, token=own, headers={"X-Subject-Token": own})
    assert (answer.status, answer.headers["x-subject-token"]) == (200, own)
    token = answer.json["token"]
    assert (token["project"]["id"], token["project"]["name"]) == (cloud.project, cloud.ready["project_name"])
    assert bool(token["catalog"]) == (not query)


def test_a_token_without_a_project_says_so_and_a_dead_one_says_nothing(cloud: Any) -> None:
    own = cloud.login().headers["x-subject-token"]
    headers = {"X-Subject-Token": own}
    assert "project" not in cloud.ask("GET", "/v3/auth/tokens", token=own, headers=headers).json["token"]
    cloud.simulator.expire_tokens()
    answer = cloud.ask("GET", "/v3/auth/tokens", token=own, headers=headers)
    assert (answer.status, answer.json["error"]["title"]) == (401, "Unauthorized")
