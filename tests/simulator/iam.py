# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity and Access Management: the Keystone v3 calls for logins (docs/api, sections 6.2, 7.2, 8.1 and 8.4)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .routing import ApiError, Call, Operation, is_integer, reply
from .store import AccessKey, Project, Token, User, new_access_key, new_token_id
from .timestamps import iso_zulu

TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
REGION = "eu-de"


def api_error(status: int, text: str) -> ApiError:
    """Return an error in the envelope of Keystone."""
    return ApiError(status, {"error": {"code": status, "message": text, "title": TITLES[status]}})


INVALID = "The request body is invalid"
AUTHENTICATION = "The request you have made requires authentication."
# The native error codes of refused logins, with their messages.
NATIVE = {
    "IAM.0001": AUTHENTICATION,
    "IAM.0062": "Incorrect password.",
    "IAM.0066": "The token has expired.",
    "IAM.0067": "Invalid token.",
}


def login_error(call: Call, text: str, code: str) -> ApiError:
    """Return the error of a refused login, in the form of Keystone or of IAM (docs/api, section 6.2)."""
    if call.switches["iam_login_refused"] == "native":
        return ApiError(401, {"error_msg": NATIVE[code], "error_code": code})
    return api_error(401, text)


def get_nested(data: Any, *path: str) -> Any:
    """Return a member of nested objects, or None if there is none."""
    for key in path:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def create_token(call: Call) -> Response:
    """Handle ``POST auth/tokens`` (docs/api, section 8.1).

    The login uses a password, a password and a passcode, or a token. The scope is a project by its id, or by name and
    domain.
    """
    body = call.json()
    methods = get_nested(body, "auth", "identity", "methods")
    if not isinstance(methods, list) or not methods:
        raise api_error(400, INVALID)
    if "password" in methods:
        user = user_by_password(call, get_nested(body, "auth", "identity", "password", "user"))
        check_passcode(call, user, "totp" in methods, get_nested(body, "auth", "identity", "totp", "user"))
    elif "token" in methods:
        user = user_by_token(call, get_nested(body, "auth", "identity", "token", "id"))
    else:
        raise api_error(400, INVALID)
    project = project_of_scope(call, user, get_nested(body, "auth", "scope"))
    token = call.store.issue_token(user, project.id if project else None, [str(method) for method in methods])
    return token_response(call, token, 201)


def user_by_password(call: Call, wanted: Any) -> User:
    """Return the user with this name or id and password.

    :raises ApiError: There is no such user.
    """
    password = get_nested(wanted, "password")
    if not isinstance(password, str) or not (get_nested(wanted, "id") or get_nested(wanted, "name")):
        raise api_error(400, INVALID)
    domain_name, domain_id = get_nested(wanted, "domain", "name"), get_nested(wanted, "domain", "id")
    for user in call.store.users:
        named = user.id == wanted.get("id") or (
            user.name == wanted.get("name") and (domain_name == user.domain_name or domain_id == user.domain_id)
        )
        if named and user.password == password:
            return user
    raise login_error(call, "The username or password is wrong.", "IAM.0062")


def check_passcode(call: Call, user: User, given: bool, wanted: Any) -> None:
    """Check the passcode of a user who needs one (docs/api, section 8.1).

    :param given: Whether the request has the method ``totp``.
    :param wanted: The user in that method, who may be named without the domain.
    :raises ApiError: The passcode is missing or wrong.
    """
    if given:
        by_id, by_name, passcode = (get_nested(wanted, key) for key in ("id", "name", "passcode"))
        if call.switches["iam_totp_user"] == "id":
            by_name = None
        if not isinstance(passcode, str) or not (by_id or by_name):
            raise api_error(400, INVALID)
        domain_name, domain_id = get_nested(wanted, "domain", "name"), get_nested(wanted, "domain", "id")
        at_home = domain_name in (None, user.domain_name) and domain_id in (None, user.domain_id)
        if (by_id == user.id or (by_name == user.name and at_home)) and passcode == user.passcode:
            return
    elif not user.passcode:
        return
    raise login_error(call, AUTHENTICATION, "IAM.0001")


def user_by_token(call: Call, token_id: Any) -> User:
    """Return the user of a token.

    :raises ApiError: The token is unknown or has expired.
    """
    token = call.store.tokens.get(token_id or call.header("x-auth-token") or "")
    if token is None or token.expires_at <= call.now:
        text = "The token is invalid or has expired."
        raise login_error(call, text, "IAM.0066" if token else "IAM.0067")
    return token.user


def project_of_scope(call: Call, user: User, scope: Any) -> Project | None:
    """Return the project of the scope, or None if it has none. A project takes precedence over a domain."""
    wanted = get_nested(scope, "project")
    if wanted is None:
        return None
    domain_name, domain_id = get_nested(wanted, "domain", "name"), get_nested(wanted, "domain", "id")
    if domain_name not in (None, user.domain_name) or domain_id not in (None, user.domain_id):
        raise login_error(call, AUTHENTICATION, "IAM.0001")
    for project in call.store.projects_of(user):
        if project.id == get_nested(wanted, "id") or project.name == get_nested(wanted, "name"):
            return project
    raise login_error(call, AUTHENTICATION, "IAM.0001")


def token_response(call: Call, token: Token, status: int) -> Response:
    """Return the response that describes a token."""
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
        project = call.store.projects[token.project_id]
        body["project"] = {"id": project.id, "name": project.name, "domain": domain}
    else:
        body["domain"] = domain
    return reply({"token": body}, status, {"X-Subject-Token": token.id})


def catalog(call: Call, project_id: str | None) -> list[dict[str, Any]]:
    """Return the catalog: identity, and for a project MRS in both recorded forms (docs/api, section 7.2) [NF-28]."""
    base = call.store.base_urls["mrs"]
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
    """Handle ``GET auth/tokens``."""
    token = call.store.tokens.get(call.header("x-subject-token") or "")
    if token is None or token.expires_at <= call.now:
        raise api_error(404, "X-Subject-Token is invalid in the request")
    return token_response(call, token, 200)


def authenticated_user(call: Call) -> User:
    """Return the user of the call."""
    if call.user is None:
        raise api_error(401, AUTHENTICATION)
    return call.user


def project_record(call: Call, project: Project) -> dict[str, Any]:
    """Return the record of a project."""
    return {
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "parent_id": project.domain_id,
        "is_domain": False,
        "enabled": True,
        "description": "",
        "links": {"self": call.store.base_urls["iam"] + "/projects/" + project.id},
    }


def list_projects(call: Call) -> Response:
    """Handle ``GET projects`` and ``GET auth/projects``, with the filters ``name`` and ``domain_id``."""
    base = call.store.base_urls["iam"]
    wanted = {key: call.query.get(key) for key in ("name", "domain_id")}
    records = [project_record(call, project) for project in call.store.projects_of(authenticated_user(call))]
    found = [record for record in records if all(not value or record[key] == value for key, value in wanted.items())]
    return reply({"projects": found, "links": {"self": base + "/projects", "next": None, "previous": None}})


def show_project(call: Call) -> Response:
    """Handle ``GET projects/{id}``."""
    for project in call.store.projects_of(authenticated_user(call)):
        if project.id == call.params["id"]:
            return reply({"project": project_record(call, project)})
    raise api_error(404, "Could not find project: " + call.params["id"])


def list_domains(call: Call) -> Response:
    """Handle ``GET auth/domains``."""
    user = authenticated_user(call)
    base = call.store.base_urls["iam"]
    domain = {
        "id": user.domain_id,
        "name": user.domain_name,
        "enabled": True,
        "description": "",
        "links": {"self": base + "/domains/" + user.domain_id},
    }
    return reply({"domains": [domain], "links": {"self": base + "/auth/domains", "next": None, "previous": None}})


def create_temporary_key(call: Call) -> Response:
    """Handle ``POST securitytokens``, which returns a temporary access key (docs/api, section 8.4).

    It is valid for ``duration_seconds``: 900 to 86400, by default 900.
    """
    identity = get_nested(call.json(), "auth", "identity")
    if "token" not in (get_nested(identity, "methods") or []):
        raise api_error(400, INVALID)
    user = user_by_token(call, call.header("x-auth-token") or get_nested(identity, "token", "id"))
    duration = get_nested(identity, "token", "duration_seconds") or 900
    if not is_integer(duration) or not 900 <= duration <= 86400:
        raise api_error(400, INVALID)
    ends = call.now + duration
    key = AccessKey(new_access_key(), new_token_id()[3:43], user, new_token_id(), ends)
    call.store.access_keys[key.access] = key
    credential = {
        "access": key.access,
        "secret": key.secret,
        "securitytoken": key.security_token,
        "expires_at": iso_zulu(ends),
    }
    return reply({"credential": credential}, 201)


def version(call: Call) -> dict[str, Any]:
    """Return the description of the API version."""
    url = call.store.base_urls["iam"] + "/"
    return {
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": url}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


def show_versions(call: Call) -> Response:
    """Handle ``GET /``."""
    return reply({"versions": {"values": [version(call)]}}, 300)


def show_version(call: Call) -> Response:
    """Handle ``GET /v3``."""
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
