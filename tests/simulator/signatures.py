# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of access-key signatures (docs/api, sections 8.2 and 8.3).

The verification covers the headers that the request lists as ``SignedHeaders``. The vendor's own signer (package
``huaweicloudsdkcore``) computes the current form; it is imported only when a signed request arrives. No Python library
computes the older form, so this module does.
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
    """The signed parts of a request: raw path, decoded query parameters, headers with lower-case names, and body."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Authorization:
    """A parsed ``Authorization`` header.

    ``scope`` is set only in the older form: date/region/service/sdk_request.
    """

    access: str
    scope: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, text: str) -> Authorization | None:
        """Return the parsed header, or None if it has neither form."""
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
    """The package ``huaweicloudsdkcore`` is not installed."""


class BadSignature(Exception):
    """The signature does not match. ``canonical`` is the canonical request that the verifier built."""

    def __init__(self, canonical: str) -> None:
        super().__init__(canonical)
        self.canonical = canonical


def is_timely(date: str | None, now: float | None = None) -> bool:
    """Return whether an ``X-Sdk-Date`` is within 15 minutes of ``now``.

    :param now: Seconds since the epoch; by default the real time, because clients use the real time.
    """
    try:
        sent = timegm(time.strptime(date or "", DATE_FORMAT))
    except ValueError:
        return False
    return abs(sent - (time.time() if now is None else now)) <= SKEW


def verify(request: SignedRequest, authorization: Authorization, secret: str) -> None:
    """Verify the signature of a request.

    :raises BadSignature: The signature does not match.
    :raises SignerMissing: The package that verifies the current form is not installed.
    """
    if "host" not in authorization.signed_headers or "x-sdk-date" not in authorization.signed_headers:
        raise BadSignature("host and x-sdk-date must be signed")
    if any(name not in request.headers for name in authorization.signed_headers):
        raise BadSignature("a signed header did not arrive")
    payload = request.headers.get("x-sdk-content-sha256")
    if payload not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise BadSignature("x-sdk-content-sha256 is not the hash of the body")
    compute = legacy_signature if authorization.scope else current_signature
    signature, canonical = compute(request, authorization, secret)
    if not hmac.compare_digest(signature, authorization.signature):
        raise BadSignature(canonical)


def current_signature(request: SignedRequest, authorization: Authorization, secret: str) -> tuple[str, str]:
    """Return signature and canonical request of the current form (docs/api, section 8.2)."""
    try:
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.sdk_request import SdkRequest
        from huaweicloudsdkcore.signer.signer import Signer
    except ImportError as error:
        raise SignerMissing("signed requests need the package huaweicloudsdkcore: " + str(error)) from error

    def sdk_request() -> SdkRequest:
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
    canonical = signer._process_canonical_request(sdk_request(), sorted(authorization.signed_headers))
    header = signer.sign(sdk_request()).header_params["Authorization"]
    return header.rpartition("Signature=")[2], canonical


def legacy_signature(request: SignedRequest, authorization: Authorization, secret: str) -> tuple[str, str]:
    """Return signature and canonical request of the older form (docs/api, section 8.3)."""

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
