# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with an access key: nothing is fetched, each request is signed by the vendor's own signer.

Source: contract of the API gateway of both clouds, algorithm SDK-HMAC-SHA256 in the form with C{Access=}.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth import WAYS, fit_for_header
from .client import Auth, Client, Wire
from .endpoints import identity_url
from .errors import LoginFailed

try:
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)


class Key(NamedTuple):
    """An access key, under the names by which the vendor's signer asks for it; a temporary one has a token as well."""

    ak: str
    sk: str
    security_token: str | None = None


class KeyAuth(Auth):
    """Signs requests with an access key, and names the project in C{X-Project-Id}."""

    advice = (
        "is the access key active, is the secret key its own, has a temporary one its security_token, "
        "is this machine's clock right? graphs of GES may take tokens only"
    )

    def __init__(self, options: Options, wire: Wire) -> None:
        """Ask IAM for the project's id where only its name is given; see L{Client.send} for the errors."""
        if IMPORT_ERROR:
            raise LoginFailed(missing_required_lib("huaweicloudsdkcore", f"to sign with an access key: {IMPORT_ERROR}"))
        self._key = Key(*(options[name] and fit_for_header(name, options[name]) for name in WAYS["access key"]))
        self.project_id = options["project_id"] or self._find_project(options, wire)

    def __call__(self, request: Any) -> Any:
        """Sign a request: what a proxy may change stays out of the signature."""
        url, key = urlsplit(request.url), self._key
        headers = {name: request.headers[name] for name in ("Content-Type",) if name in request.headers}
        if self.project_id:
            headers["X-Project-Id"] = self.project_id
        if key.security_token:
            headers["X-Security-Token"] = key.security_token
        query = parse_qsl(url.query, keep_blank_values=True)
        wanted = SdkRequest(request.method, url.scheme, url.netloc, url.path, "", query, headers, request.body)
        request.headers.update(Signer(key).sign(wanted).header_params)
        return request

    def _find_project(self, options: Options, wire: Wire) -> str:
        """The id of the project with the exact name; where none is given, regions and their projects share names."""
        name = options["project_name"] or options["region"]
        if not name:
            raise LoginFailed("the project is not given: set project_id, project_name or region")
        answer = Client(wire, identity_url(options), self).send("GET", "projects", params={"name": name})
        projects = answer.record().get("projects")
        if not isinstance(projects, list):
            raise answer.error("the answer has no projects")
        named = [each for each in projects if isinstance(each, dict) and each.get("name") == name]
        found = [str(each["id"]) for each in named if each.get("id")]
        if len(found) != 1:
            problem = (
                f"more than one project has the name {name}: {', '.join(found)}" if found else f"no project {name}"
            )
            raise LoginFailed(f"{problem}; set project_id")
        return found[0]
