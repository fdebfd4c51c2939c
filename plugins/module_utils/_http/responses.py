# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Translation of HTTP responses and of failed exchanges into results and errors.

Sources: the error tables of the services, of the API gateway and of IAM; docs/api, sections 0.2 and 6.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
from typing import Any, NamedTuple

from .._errors import (
    ApiError,
    AuthenticationFailed,
    ConnectionFailed,
    Error,
    InvalidOption,
    JobNotFound,
    ResponseLost,
)
from .._redaction import Secrets
from .session import RequestNotSent, UnusableResponse

try:
    import requests
    from urllib3.exceptions import HTTPError, NewConnectionError
except ImportError:
    pass  # reported by the session

# The keys under which the services, their gateway, IAM and OpenStack Sahara report an error, best first.
_CODES = ("error_name", "error_code", "errorCode", "errCode", "code")
_MESSAGES = ("error_msg", "errorMsg", "errorMessage", "externalMessage", "ternalMessage", "message", "error_message")
_REQUEST_IDS = ("X-Request-Id", "X-Apig-Request-Id", "X-Openstack-Request-Id")
# Codes that ask for a new login under another HTTP status than 401: MRS, DLI, GES.
_TOKEN_REFUSED = frozenset({"130000002", "DLI.0015", "GES.8007"})
# MRS reports with 401 that a policy denies the call, although the login is valid.
_DENIED_BY_POLICY = "12000136"
MESSAGE_LENGTH = 500  # characters
_CODE_LENGTH = 64
MATCH_NOTHING = re.compile("(?!)")
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class RequestContext(NamedTuple):
    """The facts about a request that its response is judged by.

    :param label: method, host and path, for messages.
    :param mutating: whether the request is meant to change something, whatever its method.
    :param not_found: matches "code message" of the errors by which the service reports an unknown job.
    :param advice: what to do if the credentials are refused.
    :param secrets: what must not be repeated from the response.
    """

    label: str
    secrets: Secrets
    mutating: bool = False
    not_found: re.Pattern[str] = MATCH_NOTHING
    advice: str = ""

    def describe(self, text: str) -> str:
        """Return the text of a service without secrets and control characters, cut to a bounded length."""
        return self.secrets.describe(text, MESSAGE_LENGTH)

    def sentence(self, text: str) -> str:
        """Return a text as a sentence that names the request."""
        return f"{text.rstrip('.')} ({self.label})."


class Response(NamedTuple):
    """A successful response: its JSON body (None if it is empty), and what an error message about it needs."""

    context: RequestContext
    status: int
    body: Any
    request_id: str | None

    def record(self, key: str | None = None) -> dict[str, Any]:
        """Return the object that the body is, or has under a key; raise :class:`ResponseLost` if there is none."""
        found = self.body.get(key) if key and isinstance(self.body, dict) else self.body
        if not isinstance(found, dict):
            raise self.unusable(f"it has no {key or 'JSON object'}")
        return found

    def unusable(self, reason: str) -> ResponseLost:
        """Return the error for a response whose content cannot be what was asked for."""
        text = self.context.sentence(f"The response cannot be used: {self.context.describe(reason)}")
        return ResponseLost(text, None, self.status, self.request_id)

    def refusal(self, item: Any) -> ApiError | None:
        """Return the error that a part of the body reports with ``is_success``, a boolean or a string (DLI)."""
        if not isinstance(item, dict) or str(item.get("is_success", True)).lower() == "true":
            return None
        return self.error(str(item.get("message") or "The service reports a failure without a reason."))

    def error(self, text: str) -> ApiError:
        """Return the error that the body reports although the HTTP status is that of a success."""
        message = self.context.sentence(self.context.describe(text))
        return ApiError(message, None, self.status, self.request_id)


def parse_response(raw: requests.Response, context: RequestContext) -> Response:
    """Return a successful response, or raise the error that it reports.

    A successful response is empty or JSON, whatever its content type is.

    :raises JobNotFound: the service does not know the job.
    :raises AuthenticationFailed: the service refused the credentials.
    :raises ResponseLost: the response does not show whether a mutating request had its effect.
    :raises ApiError: the service refused the request.
    """
    body, problem = None, ""
    try:
        body = decode_json(raw.content) if raw.content.strip() else None
    except (ValueError, RecursionError):
        content_type = raw.headers.get("Content-Type", "no content type").partition(";")[0]
        problem = f"The response ({context.describe(content_type)}) is not JSON"
    request_id = next((raw.headers[name] for name in _REQUEST_IDS if raw.headers.get(name)), None)
    request_id = request_id and context.secrets.describe(request_id, _CODE_LENGTH)
    if raw.status_code < 300 and not problem:
        response = Response(context, raw.status_code, body, request_id)
        refusal = response.refusal(body)
        if refusal:
            raise refusal
        return response
    raise _failure(raw, context, body, problem, request_id)


def _failure(raw: requests.Response, context: RequestContext, body: Any, problem: str, request_id: str | None) -> Error:
    """Return the error for an unsuccessful response."""
    status = raw.status_code
    code, text, id_in_body = _parse_error(body)
    message, advice = context.describe(text) if text else "", ""
    kind: type[Error] = ApiError
    if status < 300:
        kind, message, advice = ResponseLost if context.mutating else ApiError, problem, "Check the endpoint."
    elif status < 400:
        host = re.sub(r"^(\w+:(?=//))?(//)?([^/?#]*@)?|[/?#].*", "", raw.headers.get("Location", "another host"))
        message = f"The service redirects to {context.describe(host)}"
        advice = "Redirects are not followed. Check the endpoint."
    elif context.not_found.match(f"{code} {text}"):
        kind = JobNotFound
    elif (status == 401 and code != _DENIED_BY_POLICY) or code in _TOKEN_REFUSED:
        reason = message or context.describe(raw.reason or "") or "Unauthorized"
        kind, message, advice = AuthenticationFailed, f"The credentials were refused: {reason}", context.advice
    elif context.mutating and (status > 500 or (status == 500 and (code or "APIG").startswith("APIG"))):
        kind = ResponseLost  # an error of a gateway: the service may have received the request
    message = message or ". ".join(filter(None, (context.describe(raw.reason or "") or "No reason given", problem)))
    code = code and context.secrets.describe(code, _CODE_LENGTH)
    request_id = request_id or (id_in_body and context.secrets.describe(id_in_body, _CODE_LENGTH))
    return kind(context.sentence(message), code, status, request_id, raw.headers.get("Retry-After"), advice)


def decode_json(content: bytes) -> Any:
    """Return the value of a JSON text. Invalid Unicode, also in the form of escapes, becomes U+FFFD.

    :raises ValueError: it is not JSON. :raises RecursionError: it is nested too deeply.
    """
    text = content.decode(json.detect_encoding(content), errors="replace")
    value = json.loads(text, object_hook=_intern_strings)
    return _replace_surrogates(value) if _LONE_SURROGATE.search(text) else value


def _intern_strings(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record that shares its strings: thousands of records have the same owners, queues and statuses."""
    return {key: sys.intern(value) if isinstance(value, str) else value for key, value in record.items()}


def _replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    return value


def _parse_error(body: Any) -> tuple[str | None, str | None, str | None]:
    """Return code, text and request id of an error, from the envelope of any of the services."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if not isinstance(body, dict):
        return None, None, None
    code = next((str(body[key]) for key in _CODES if body.get(key) is not None), None)
    text = next((str(body[key]) for key in _MESSAGES if body.get(key)), None)
    request_id = body.get("request_id")
    return code, text, str(request_id) if request_id else None


def translate_exception(error: BaseException, context: RequestContext) -> Error:
    """Return the error for a failed exchange. It depends on whether the request may have reached the service.

    :param error: an exception of requests, urllib3 or the operating system.
    """
    label = context.label
    cause, known = _root_cause(error), requests.exceptions
    # without the addresses of Python objects, and without lines of the library's source
    text = re.sub(r"^.*?(<[^>]*>|Connection\([^)]*\)): | \(_ssl\.c:\d+\)", "", str(cause)) or type(cause).__name__
    text = context.describe(text).rstrip(".")
    if isinstance(error, RequestNotSent):
        return ConnectionFailed(f"No connection to the service: {text} ({label}).")
    if isinstance(error, UnusableResponse):
        return ResponseLost(f"No usable response: {text} ({label}).")
    if isinstance(error, known.SSLError):
        advice = "Check client_cert." if " alert " in text else "Check that the port speaks TLS, and check ca_cert."
        # a connection that ends may have transmitted the request
        kind = ResponseLost if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) else Error
        return kind(f"No secure connection: {text} ({label}).", advice=advice)
    if isinstance(error, known.ConnectTimeout) or isinstance(cause, NewConnectionError):
        peer = "to the proxy" if isinstance(error, known.ProxyError) else "to the service"
        return ConnectionFailed(f"No connection {peer}: {text} ({label}).")
    if text.startswith("Tunnel connection failed"):
        return Error(f"The proxy refused the connection: {text} ({label}).")
    unsent = isinstance(error, ValueError) and not isinstance(error, known.InvalidHeader)
    if isinstance(error, (known.RequestException, HTTPError)) and not unsent:
        return ResponseLost(f"No response: {text} ({label}).")
    # a URL may contain a password, also that of a proxy
    text = "the endpoint or proxy URL is not valid" if unsent else text
    return InvalidOption(f"The request cannot be sent: {text} ({label}).")


def _root_cause(error: BaseException) -> BaseException:
    """Return the exception that the exceptions of the libraries wrap."""
    wrapped = (item for item in (getattr(error, "reason", None), *error.args) if isinstance(item, BaseException))
    return next(map(_root_cause, wrapped), error)
