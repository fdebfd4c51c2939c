# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API gateway in front of IAM, MRS, CDM, DLI and the management plane of GES (docs/api, section 6.1)."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, Response

from .routing import ApiError, Call
from .signatures import Authorization, BadSignature, SignedRequest, SignerMissing, is_timely, verify
from .store import AccessKey, Store, User, new_uuid

BAD_CREDENTIALS = "Incorrect IAM authentication information: "


def gateway_error(store: Store, status: int, number: str, text: str, headers: dict[str, str] | None = None) -> ApiError:
    """Return an error in the envelope of the gateway.

    :param number: The four digits of the error code; a switch sets the prefix [D-42].
    """
    body = {
        "error_msg": text,
        "error_code": "{}.{}".format(store.switches["gateway_prefix"], number),
        "request_id": new_uuid().replace("-", ""),
    }
    return ApiError(status, body, headers)


def unknown_path(call: Call) -> Response:
    """Return the response for a path that no operation has."""
    text = "The API does not exist or has not been published in the environment"
    return gateway_error(call.store, 404, "0101", text).response


def admit(call: Call) -> None:
    """Check credentials, rate limit and project of a call.

    :raises ApiError: The gateway refuses the call.
    """
    if not call.operation.open:
        authenticate(call)
    throttle = call.store.exceeded_throttle(call.operation.name, call.now) if call.store.throttles else None
    if throttle is not None:
        raise throttling_error(call, throttle.limit, throttle.window, throttle.since + throttle.window - call.now)
    project_id = call.params.get("project_id")
    if project_id is not None and not may_use(call, project_id):
        raise project_error(call)


def throttling_error(call: Call, limit: int, window: float, wait: float) -> ApiError:
    """Return the error of a rate limit.

    :param window: Seconds in which ``limit`` calls are allowed.
    :param wait: Seconds until the next call is allowed; a switch adds them as ``Retry-After`` [NF-27].
    """
    headers = {"Retry-After": str(math.ceil(wait))} if call.switches["retry_after"] == "on" else None
    if call.operation.service == "iam":
        body = {"error_msg": "Requests are throttled, please try again later.", "error_code": "IAM.0012"}
        return ApiError(429, body, headers)
    time = "1 minute" if window == 60 else f"{window:g} second"
    text = "The throttling threshold has been reached: policy user over ratelimit,limit:{0},time:{1}"
    return gateway_error(call.store, 429, "0308", text.format(limit, time), headers)


# Authentication


def authenticate(call: Call) -> None:
    """Set ``call.user``, and ``call.token`` if there is one.

    :raises ApiError: The credentials are missing or not valid.
    """
    token_id = call.header("x-auth-token")
    authorization = call.header("authorization")
    if token_id:
        authenticate_by_token(call, token_id)
    elif authorization:
        authenticate_by_signature(call, authorization)
    else:
        raise token_error(call, "0301", BAD_CREDENTIALS + "x-auth-token not found")


def authenticate_by_token(call: Call, token_id: str) -> None:
    """Authenticate a call by its token."""
    token = call.store.tokens.get(token_id) or call.external_token
    if token is None:
        raise token_error(call, "0301", BAD_CREDENTIALS + "decrypt token fail")
    if token.expires_at <= call.now:
        raise token_error(call, "0307", "The token must be updated")
    call.user = token.user
    call.token = token


def token_error(call: Call, number: str, text: str) -> ApiError:
    """Return the error for a missing or invalid token.

    The gateway sends it by default. A switch selects a code of the service instead. IAM answers as Keystone does.
    """
    service = call.operation.service
    code = call.switches.get(service + "_bad_token", "gateway")
    if service == "iam":
        message = "The request you have made requires authentication."
        return ApiError(401, {"error": {"code": 401, "message": message, "title": "Unauthorized"}})
    if code == "gateway":
        return gateway_error(call.store, 401, number, text)
    status = {"130000002": 500, "DLI.0015": 400}.get(code, 401)
    return ApiError(status, {"error_code": code, "error_msg": "Invalid authentication"})


def authenticate_by_signature(call: Call, header: str) -> None:
    """Authenticate a call by its access-key signature (docs/api, sections 8.2 and 8.3)."""
    store = call.store
    authorization = Authorization.parse(header)
    if authorization is None:
        raise gateway_error(
            store, 401, "0301", BAD_CREDENTIALS + "verify aksk signature fail,malformed Authorization header"
        )
    key = find_key(store, authorization.access, call.header("x-security-token"), call.now)
    if key is None:
        text = f"Get secretKey failed,ak:{authorization.access},err:ak not exist"
        raise gateway_error(store, 401, "0301", BAD_CREDENTIALS + text)
    request = signed_request(call)
    if not is_timely(request.headers.get("x-sdk-date")):
        raise gateway_error(
            store, 401, "0303", "Incorrect app authentication information: signature expired, X-Sdk-Date"
        )
    try:
        verify(request, authorization, key.secret)
    except BadSignature as error:
        text = "verify aksk signature fail,canonicalRequest:" + error.canonical.replace("\n", "|")
        raise gateway_error(store, 401, "0301", BAD_CREDENTIALS + text) from error
    except SignerMissing as error:
        raise ApiError(501, {"error_msg": str(error), "error_code": "SIMULATOR"}) from error
    call.user = key.user


def find_key(store: Store, access: str, security_token: str | None, now: float) -> AccessKey | None:
    """Return the access key if it is valid.

    A temporary key is valid until it expires, and only with its security token.
    """
    key = store.access_keys.get(access)
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return key if key.security_token is None or key.security_token == security_token else None


def signed_request(call: Call) -> SignedRequest:
    """Return the request in the form in which its signature is verified."""
    scope = call.scope
    return SignedRequest(
        method=scope["method"],
        path=scope["path"],
        query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=call.body,
    )


# Projects


def may_use(call: Call, project_id: str) -> bool:
    """Return whether the credentials of the call are valid for a project.

    A token is valid for the project of its scope, an access key for all projects of its user.
    """
    if call.token is not None:
        scope = call.token.project_id
        return scope is not None and call.store.same_project(scope, project_id)
    return isinstance(call.user, User) and call.store.may_use(call.user, project_id)


def project_error(call: Call) -> ApiError:
    """Return the error for a project that the credentials are not valid for."""
    service, dialect = call.operation.service, call.switches["mrs_dialect"]
    if service == "mrs" and dialect == "sahara":
        html = "<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
        return ApiError(401, HTMLResponse(html, 401))
    own: dict[str, Any] = {
        "mrs": {"error_code": "12000107", "error_msg": "Invalid project ID."},
        "cdm": {"errCode": "Cdm.0001", "externalMessage": "The resource is missing, invalid or not permitted."},
        "dli": {"error_code": "DLI.0016", "error_msg": "The project of the token and the project in the path differ."},
    }
    if call.switches["wrong_project"] == "gateway" or service not in own:
        return gateway_error(call.store, 403, "0302", "The IAM user is not authorized to access the API")
    return ApiError(400, own[service])
