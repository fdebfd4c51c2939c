# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access-key signatures (contract, sections 8.2 and 8.3), verified by the headers that arrive as SignedHeaders.

The current form is computed with the vendor's own signer (package huaweicloudsdkcore), imported only when a signed
request arrives. The older form is computed here: no library for it exists in Python.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
SKEW = 15 * 60  # seconds


@dataclass(frozen=True)
class SignedRequest:
    """What was signed. `path` is raw, `query` holds decoded pairs, header names are lower-case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Authorization:
    """The parsed Authorization header. `scope` is set in the older form: date/region/service/sdk_request."""

    access: str
    scope: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, text: str) -> Authorization | None:
        match = re.fullmatch(
            ALGORITHM + r" (Access|Credential)=([^,]+), ?SignedHeaders=([^,]*), ?Signature=([0-9a-f]+)", text.strip()
        )
        if match is None:
            return None
        form, credential, names, signature = match.groups()
        access, _sep, scope = credential.partition("/")
        if (form == "Credential") != bool(scope):
            return None
        return cls(access, scope, tuple(names.split(";")), signature)


class SignerMissing(Exception):
    """The package that verifies signatures is not installed."""


class BadSignature(Exception):
    """`canonical` is the canonical request that the verifier built."""

    def __init__(self, canonical: str) -> None:
        super().__init__(canonical)
        self.canonical = canonical


def is_timely(date: str | None, now: float | None = None) -> bool:
    """Whether an X-Sdk-Date is within 15 minutes of `now` (seconds; default: the real clock, which clients go by)."""
    try:
        sent = timegm(time.strptime(date or "", DATE_FORMAT))
    except ValueError:
        return False
    return abs(sent - (time.time() if now is None else now)) <= SKEW


def verify(request: SignedRequest, authorization: Authorization, secret: str) -> None:
    """Raise BadSignature unless the signature is that of this request with this secret key."""
    if "host" not in authorization.signed_headers or "x-sdk-date" not in authorization.signed_headers:
        raise BadSignature("host and x-sdk-date must be signed")
    if any(name not in request.headers for name in authorization.signed_headers):
        raise BadSignature("a signed header did not arrive")
    payload = request.headers.get("x-sdk-content-sha256")
    if payload not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise BadSignature("x-sdk-content-sha256 is not the hash of the body")
    compute = older_signature if authorization.scope else current_signature
    signature, canonical = compute(request, authorization, secret)
    if not hmac.compare_digest(signature, authorization.signature):
        raise BadSignature(canonical)


def current_signature(request: SignedRequest, authorization: Authorization, secret: str) -> tuple[str, str]:
    """Signature and canonical request of the current form, by the vendor's signer."""
    try:
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.sdk_request import SdkRequest
        from huaweicloudsdkcore.signer.signer import Signer
    except ImportError as error:
        raise SignerMissing("signed requests need the package huaweicloudsdkcore: " + str(error)) from error

    def as_sent() -> SdkRequest:
        headers = {name: request.headers[name] for name in authorization.signed_headers}
        return SdkRequest(
            method=request.method,
            schema="http",
            host=request.headers["host"],
            resource_path=request.path,
            query_params=list(request.query),
            header_params=headers,
            body=request.body,
        )

    signer = Signer(BasicCredentials(authorization.access, secret))
    canonical = signer._process_canonical_request(as_sent(), sorted(authorization.signed_headers))
    header = signer.sign(as_sent()).header_params["Authorization"]
    return header.rpartition("Signature=")[2], canonical


def older_signature(request: SignedRequest, authorization: Authorization, secret: str) -> tuple[str, str]:
    """Signature and canonical request of the older form (contract, section 8.3)."""

    def encode(text: str) -> str:
        return quote(text, safe="~*")

    pairs = sorted(request.query, key=lambda pair: (pair[0].lower(), pair[1]))
    query = "&".join(encode(key) + "=" + encode(value) for key, value in pairs)
    payload = request.body
    if request.method == "POST" and not request.body:
        query, payload = "", query.encode()
    path = "/".join(encode(unquote(segment)) for segment in request.path.split("/")).rstrip("/") + "/"
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in authorization.signed_headers)
    names = ";".join(authorization.signed_headers)
    canonical = "\n".join([request.method, path, query, headers, names, hashlib.sha256(payload).hexdigest()])
    date = request.headers["x-sdk-date"]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, date, authorization.scope, digest])
    key = ("SDK" + secret).encode()
    for part in authorization.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), canonical
