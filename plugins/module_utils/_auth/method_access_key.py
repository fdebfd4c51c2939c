# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Authentication with an access key: the vendor's signer signs each request.

Source: the API gateway of both clouds, algorithm SDK-HMAC-SHA256 in the form with ``Access=``; docs/api, section 8.2.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ansible.module_utils.basic import missing_required_lib

from .._errors import AuthenticationFailed
from .._http.rate_limiter import RateLimiter
from .._http.transport import HttpTransport
from .._options import ConnectionOptions
from .base import AuthMethod, validate_header_value

KEY_OPTIONS = ("access_key", "secret_key", "security_token")


class Key(NamedTuple):
    """An access key, with the attribute names that the vendor's signer expects. A temporary key has a token."""

    ak: str
    sk: str
    security_token: str | None = None


class AccessKeyAuth(AuthMethod):
    """Signs requests with an access key, and names the project in the header ``X-Project-Id``."""

    advice = (
        "Check that the access key is active, that secret_key belongs to it, that a temporary key has its "
        "security_token, and that the clock of this machine is right. Graphs of GES may accept tokens only."
    )

    def __init__(self, options: ConnectionOptions, transport: HttpTransport, limiter: RateLimiter) -> None:
        super().__init__(options, transport, limiter)
        self._key = self._load_key()
        try:
            from huaweicloudsdkcore.sdk_request import SdkRequest
            from huaweicloudsdkcore.signer.signer import Signer
        except ImportError as error:
            reason = f"to sign requests with an access key: {error}"
            raise AuthenticationFailed(missing_required_lib("huaweicloudsdkcore", reason)) from error
        self._request_class, self._signer_class = SdkRequest, Signer
        self.project_id = self._options["project_id"] or self._find_project()

    def _load_key(self) -> Key:
        """Return the key that the options contain."""
        values = (self._options[name] and validate_header_value(name, self._options[name]) for name in KEY_OPTIONS)
        return Key(*values)

    def __call__(self, request: Any) -> Any:
        """Sign a request. The signature does not cover the headers that a proxy may change."""
        url, key = urlsplit(request.url), self._key
        headers = {name: request.headers[name] for name in ("Content-Type",) if name in request.headers}
        if self.project_id:
            headers["X-Project-Id"] = self.project_id
        if key.security_token:
            headers["X-Security-Token"] = key.security_token
        query = parse_qsl(url.query, keep_blank_values=True)
        unsigned = self._request_class(
            request.method, url.scheme, url.netloc, url.path, "", query, headers, request.body
        )
        request.headers.update(self._signer_class(key).sign(unsigned).header_params)
        return request

    def _find_project(self) -> str:
        """Return the id of the project with the exact name. By default it has the name of its region."""
        name = self._options["project_name"] or self._options["region"]
        if not name:
            raise AuthenticationFailed("The project is not given: set project_id, project_name or region.")
        answer = self._iam(self._options, self).send("GET", "projects", params={"name": name})
        projects = answer.record().get("projects")
        if not isinstance(projects, list):
            raise answer.unusable("it has no projects")
        named = [each for each in projects if isinstance(each, dict) and each.get("name") == name]
        found = [str(each["id"]) for each in named if each.get("id")]
        if not found:
            raise AuthenticationFailed(f"IAM does not know a project {name}. Check project_name, or set project_id.")
        if len(found) > 1:
            raise AuthenticationFailed(
                f"Several projects have the name {name}: {self._describe(', '.join(found))}. Set project_id."
            )
        return found[0]
