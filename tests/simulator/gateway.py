# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API gateway in front of IAM, MRS, CDM, DLI and GES's management plane (contract, section 6.1)."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, Response

from .calls import Call, Refusal
from .signatures import Authorization, BadSignature, SignedRequest, SignerMissing, is_timely, verify
from .world import AccessKey, User, World, new_uuid

INCORRECT = "Incorrect IAM authentication information: "


def refusal(world: World, status: int, number: str, text: str, headers: dict[str, str] | None = None) -> Refusal:
    """An error in the gateway's envelope."""
    body = {
        "error_msg": text,
        "error_code": "{}.{}".format(world.switches["gateway_prefix"], number),
        "request_id": new_uuid().replace("-", ""),
    }
    return Refusal(status, body, headers)


def unknown(call: Call) -> Response:
    text = "The API does not exist or has not been published in the environment"
    return refusal(call.world, 404, "0101", text).response


def admit(call: Call) -> None:
    """Let a call through to its service, or refuse it: who calls, how often, for which project."""
    if not call.operation.open:
        authenticate(call)
    throttle = call.world.throttled(call.operation.meaning, call.now) if call.world.throttles else None
    if throttle is not None:
        raise too_many(call, throttle.limit, throttle.window, throttle.since + throttle.window - call.now)
    project_id = call.params.get("project_id")
    if project_id is not None and not may_use(call, project_id):
        raise wrong_project(call)


def too_many(call: Call, limit: int, window: float, wait: float) -> Refusal:
    headers = {"Retry-After": str(math.ceil(wait))} if call.switches["retry_after"] == "on" else None
    if call.operation.service == "iam":
        body = {"error_msg": "Requests are throttled, please try again later.", "error_code": "IAM.0012"}
        return Refusal(429, body, headers)
    time = "1 minute" if window == 60 else f"{window:g} second"
    text = "The throttling threshold has been reached: policy user over ratelimit,limit:{0},time:{1}"
    return refusal(call.world, 429, "0308", text.format(limit, time), headers)


# Who calls


def authenticate(call: Call) -> None:
    """Set `call.user`, and `call.token_project` for a token, or refuse."""
    token_id = call.header("x-auth-token")
    authorization = call.header("authorization")
    if token_id:
        by_token(call, token_id)
    elif authorization:
        by_signature(call, authorization)
    else:
        raise bad_token(call, "0301", INCORRECT + "x-auth-token not found")


def by_token(call: Call, token_id: str) -> None:
    token = call.world.tokens.get(token_id) or call.foreign
    if token is None:
        raise bad_token(call, "0301", INCORRECT + "decrypt token fail")
    if token.expires_at <= call.now:
        raise bad_token(call, "0307", "The token must be updated")
    call.user = token.user
    call.token = token


def bad_token(call: Call, number: str, text: str) -> Refusal:
    """The gateway's 401, or the service's own code where a switch says so; Keystone's body for IAM."""
    service = call.operation.service
    code = call.switches.get(service + "_bad_token", "gateway")
    if service == "iam":
        message = "The request you have made requires authentication."
        return Refusal(401, {"error": {"code": 401, "message": message, "title": "Unauthorized"}})
    if code == "gateway":
        return refusal(call.world, 401, number, text)
    status = {"130000002": 500, "DLI.0015": 400}.get(code, 401)
    return Refusal(status, {"error_code": code, "error_msg": "Invalid authentication"})


def by_signature(call: Call, header: str) -> None:
    """Check an access-key signature (contract, section 8.2 and 8.3) as the gateway words it."""
    world = call.world
    authorization = Authorization.parse(header)
    if authorization is None:
        raise refusal(world, 401, "0301", INCORRECT + "verify aksk signature fail,malformed Authorization header")
    key = find_key(world, authorization.access, call.header("x-security-token"), call.now)
    if key is None:
        text = f"Get secretKey failed,ak:{authorization.access},err:ak not exist"
        raise refusal(world, 401, "0301", INCORRECT + text)
    request = signed_request(call)
    if not is_timely(request.headers.get("x-sdk-date")):
        raise refusal(world, 401, "0303", "Incorrect app authentication information: signature expired, X-Sdk-Date")
    try:
        verify(request, authorization, key.secret)
    except BadSignature as error:
        text = "verify aksk signature fail,canonicalRequest:" + error.canonical.replace("\n", "|")
        raise refusal(world, 401, "0301", INCORRECT + text) from error
    except SignerMissing as error:
        raise Refusal(501, {"error_msg": str(error), "error_code": "SIMULATOR"}) from error
    call.user = key.user


def find_key(world: World, access: str, security_token: str | None, now: float) -> AccessKey | None:
    """The access key; a temporary one only together with its security token and before its end."""
    key = world.access_keys.get(access)
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return key if key.security_token is None or key.security_token == security_token else None


def signed_request(call: Call) -> SignedRequest:
    scope = call.scope
    return SignedRequest(
        method=scope["method"],
        path=scope["path"],
        query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=call.body,
    )


# For which project


def may_use(call: Call, project_id: str) -> bool:
    """A token is good for the project of its scope, an access key for all projects of its user."""
    if call.token is not None:
        scope = call.token.project_id
        return scope is not None and call.world.same_home(scope, project_id)
    return isinstance(call.user, User) and call.world.may_use(call.user, project_id)


def wrong_project(call: Call) -> Refusal:
    """The project in the path is not the caller's."""
    service, dialect = call.operation.service, call.switches["mrs_dialect"]
    if service == "mrs" and dialect == "sahara":
        html = "<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
        return Refusal(401, HTMLResponse(html, 401))
    own: dict[str, Any] = {
        "mrs": {"error_code": "12000107", "error_msg": "Invalid project ID."},
        "cdm": {"errCode": "Cdm.0001", "externalMessage": "The resource is missing, invalid or not permitted."},
        "dli": {"error_code": "DLI.0016", "error_msg": "The project of the token and the project in the path differ."},
    }
    if call.switches["wrong_project"] == "gateway" or service not in own:
        return refusal(call.world, 403, "0302", "The IAM user is not authorized to access the API")
    return Refusal(400, own[service])
