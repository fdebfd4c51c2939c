# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity and Access Management (contract, sections 6.2, 7.2, 8.1, 8.4), the Keystone v3 calls that logins need."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .calls import Call, Operation, Refusal, is_integer, reply
from .times import iso_zulu
from .world import AccessKey, Project, Token, User, new_access_key, new_token_id

TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
REGION = "eu-de"


def refused(status: int, text: str) -> Refusal:
    return Refusal(status, {"error": {"code": status, "message": text, "title": TITLES[status]}})


INVALID = "The request body is invalid"
AUTHENTICATION = "The request you have made requires authentication."
# The native codes of refused logins, and their texts.
NATIVE = {
    "IAM.0001": AUTHENTICATION,
    "IAM.0062": "Incorrect password.",
    "IAM.0066": "The token has expired.",
    "IAM.0067": "Invalid token.",
}


def no_login(call: Call, text: str, code: str) -> Refusal:
    """The 401 of a refused login, in the form that the switch says (6.2)."""
    if call.switches["iam_login_refused"] == "native":
        return Refusal(401, {"error_msg": NATIVE[code], "error_code": code})
    return refused(401, text)


def member(data: Any, *path: str) -> Any:
    """A member of nested objects; None where one is missing or no object."""
    for key in path:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def create_token(call: Call) -> Response:
    """Login by password, or with a passcode too, or by a token; a project by id, or by name and domain (8.1)."""
    body = call.json()
    methods = member(body, "auth", "identity", "methods")
    if not isinstance(methods, list) or not methods:
        raise refused(400, INVALID)
    if "password" in methods:
        user = user_by_password(call, member(body, "auth", "identity", "password", "user"))
        check_passcode(call, user, "totp" in methods, member(body, "auth", "identity", "totp", "user"))
    elif "token" in methods:
        user = user_by_token(call, member(body, "auth", "identity", "token", "id"))
    else:
        raise refused(400, INVALID)
    project = scope_of(call, user, member(body, "auth", "scope"))
    token = call.world.issue_token(user, project.id if project else None, [str(method) for method in methods])
    return token_answer(call, token, 201)


def user_by_password(call: Call, wanted: Any) -> User:
    password = member(wanted, "password")
    if not isinstance(password, str) or not (member(wanted, "id") or member(wanted, "name")):
        raise refused(400, INVALID)
    domain_name, domain_id = member(wanted, "domain", "name"), member(wanted, "domain", "id")
    for user in call.world.users:
        named = user.id == wanted.get("id") or (
            user.name == wanted.get("name") and (domain_name == user.domain_name or domain_id == user.domain_id)
        )
        if named and user.password == password:
            return user
    raise no_login(call, "The username or password is wrong.", "IAM.0062")


def check_passcode(call: Call, user: User, given: bool, wanted: Any) -> None:
    """The second factor of a user who needs one, and who may be named without the domain here (8.1)."""
    if given:
        by_id, by_name, passcode = (member(wanted, key) for key in ("id", "name", "passcode"))
        if call.switches["iam_totp_user"] == "id":
            by_name = None
        if not isinstance(passcode, str) or not (by_id or by_name):
            raise refused(400, INVALID)
        domain_name, domain_id = member(wanted, "domain", "name"), member(wanted, "domain", "id")
        at_home = domain_name in (None, user.domain_name) and domain_id in (None, user.domain_id)
        if (by_id == user.id or (by_name == user.name and at_home)) and passcode == user.passcode:
            return
    elif not user.passcode:
        return
    raise no_login(call, AUTHENTICATION, "IAM.0001")


def user_by_token(call: Call, token_id: Any) -> User:
    token = call.world.tokens.get(token_id or call.header("x-auth-token") or "")
    if token is None or token.expires_at <= call.now:
        text = "The token is invalid or has expired."
        raise no_login(call, text, "IAM.0066" if token else "IAM.0067")
    return token.user


def scope_of(call: Call, user: User, scope: Any) -> Project | None:
    """The project of the scope; None for a domain's scope and for none at all. The project wins over the domain."""
    wanted = member(scope, "project")
    if wanted is None:
        return None
    domain_name, domain_id = member(wanted, "domain", "name"), member(wanted, "domain", "id")
    if domain_name not in (None, user.domain_name) or domain_id not in (None, user.domain_id):
        raise no_login(call, AUTHENTICATION, "IAM.0001")
    for project in call.world.projects_of(user):
        if project.id == member(wanted, "id") or project.name == member(wanted, "name"):
            return project
    raise no_login(call, AUTHENTICATION, "IAM.0001")


def token_answer(call: Call, token: Token, status: int) -> Response:
    user = token.user
    domain = {"id": user.domain_id, "name": user.domain_name}
    body: dict[str, Any] = {
        "methods": token.methods,
        "expires_at": iso_zulu(token.expires_at),
        "issued_at": iso_zulu(token.issued_at),
        "user": {"id": user.id, "name": user.name, "domain": domain, "password_expires_at": ""},
        "roles": [{"id": "0", "name": "te_admin"}],
        "catalog": [] if call.query.get("nocatalog") else catalog(call, token.project_id),
    }
    if token.project_id is not None:
        project = call.world.projects[token.project_id]
        body["project"] = {"id": project.id, "name": project.name, "domain": domain}
    else:
        body["domain"] = domain
    return reply({"token": body}, status, {"X-Subject-Token": token.id})


def catalog(call: Call, project_id: str | None) -> list[dict[str, Any]]:
    """The catalog: identity always, MRS in both recorded shapes for a project (7.2)."""
    base = call.world.addresses["mrs"]
    rows = [("keystone", "identity", "*", base + "/v3")]
    if project_id is not None:
        rows.append(("mapreduce", "mrs", REGION, base + "/v1.1"))
        rows.append(("mrsv1", "mrsv1", REGION, base + "/v1.1/" + project_id))
        if call.switches["iam_catalog"] == "all":
            rows.append(("cdm", "cdm", REGION, base + "/v1.1/" + project_id))
            rows.append(("dli", "dli", REGION, base + "/v1.0/" + project_id))
    return [
        {
            "id": name,
            "name": name,
            "type": kind,
            "endpoints": [
                {"id": name + "-public", "region": region, "region_id": region, "interface": "public", "url": url}
            ],
        }
        for name, kind, region, url in rows
    ]


def validate_token(call: Call) -> Response:
    token = call.world.tokens.get(call.header("x-subject-token") or "")
    if token is None or token.expires_at <= call.now:
        raise refused(404, "X-Subject-Token is invalid in the request")
    return token_answer(call, token, 200)


def caller(call: Call) -> User:
    if call.user is None:
        raise refused(401, AUTHENTICATION)
    return call.user


def project_record(call: Call, project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "parent_id": project.domain_id,
        "is_domain": False,
        "enabled": True,
        "description": "",
        "links": {"self": call.world.addresses["iam"] + "/projects/" + project.id},
    }


def list_projects(call: Call) -> Response:
    """The caller's projects, by `name` and `domain_id` if asked so."""
    base = call.world.addresses["iam"]
    wanted = {key: call.query.get(key) for key in ("name", "domain_id")}
    projects = [project_record(call, project) for project in call.world.projects_of(caller(call))]
    found = [one for one in projects if all(not value or one[key] == value for key, value in wanted.items())]
    return reply({"projects": found, "links": {"self": base + "/projects", "next": None, "previous": None}})


def show_project(call: Call) -> Response:
    for project in call.world.projects_of(caller(call)):
        if project.id == call.params["id"]:
            return reply({"project": project_record(call, project)})
    raise refused(404, "Could not find project: " + call.params["id"])


def list_domains(call: Call) -> Response:
    user = caller(call)
    base = call.world.addresses["iam"]
    domain = {
        "id": user.domain_id,
        "name": user.domain_name,
        "enabled": True,
        "description": "",
        "links": {"self": base + "/domains/" + user.domain_id},
    }
    return reply({"domains": [domain], "links": {"self": base + "/auth/domains", "next": None, "previous": None}})


def create_temporary_key(call: Call) -> Response:
    """A temporary access key from a token (8.4); `duration_seconds` 900 to 86400, default 900."""
    identity = member(call.json(), "auth", "identity")
    if "token" not in (member(identity, "methods") or []):
        raise refused(400, INVALID)
    user = user_by_token(call, call.header("x-auth-token") or member(identity, "token", "id"))
    duration = member(identity, "token", "duration_seconds") or 900
    if not is_integer(duration) or not 900 <= duration <= 86400:
        raise refused(400, INVALID)
    ends = call.now + duration
    key = AccessKey(new_access_key(), new_token_id()[3:43], user, new_token_id(), ends)
    call.world.access_keys[key.access] = key
    credential = {
        "access": key.access,
        "secret": key.secret,
        "securitytoken": key.security_token,
        "expires_at": iso_zulu(ends),
    }
    return reply({"credential": credential}, 201)


def version(call: Call) -> dict[str, Any]:
    url = call.world.addresses["iam"] + "/"
    return {
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": url}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


def show_versions(call: Call) -> Response:
    return reply({"versions": {"values": [version(call)]}}, 300)


def show_version(call: Call) -> Response:
    return reply({"version": version(call)})


OPERATIONS = (
    Operation("POST", "/v3/auth/tokens", "iam.token.create", create_token, open=True),
    Operation("GET", "/v3/auth/tokens", "iam.token.validate", validate_token),
    Operation("GET", "/v3/projects", "iam.project.list", list_projects),
    Operation("GET", "/v3/projects/{id}", "iam.project.show", show_project),
    Operation("GET", "/v3/auth/projects", "iam.project.list", list_projects),
    Operation("GET", "/v3/auth/domains", "iam.domain.list", list_domains),
    Operation(
        "POST", "/v3.0/OS-CREDENTIAL/securitytokens", "iam.securitytoken.create", create_temporary_key, open=True
    ),
    Operation("GET", "/", "iam.discovery", show_versions, open=True),
    Operation("GET", "/v3", "iam.discovery", show_version, open=True),
    Operation("GET", "/v3/", "iam.discovery", show_version, open=True),
)
