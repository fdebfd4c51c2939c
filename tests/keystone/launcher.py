# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a real Keystone in its own process and virtual environment, and configure it through its API."""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

START_TIMEOUT = 120.0  # seconds
STOP_TIMEOUT = 10.0  # seconds
REGION = "eu-de"
# The domain of the account. Keystone creates it under another name.
DOMAIN = "OTC-EU-DE-00000000001000000001"
PROJECT = "eu-de"
ROLE = "te_admin"
# Caches are off: with them, Keystone accepts a revoked token for some time.
CONFIGURATION = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/keys
[fernet_receipts]
key_repository = {folder}/keys
[credential]
key_repository = {folder}/keys
[auth]
methods = password,token,totp
[identity]
password_hash_rounds = 4
[cache]
enabled = false
[token]
provider = fernet
caching = false
[revoke]
caching = false
"""


class KeystoneError(Exception):
    """Keystone did not start, or refused a request of a test."""


@dataclass(frozen=True)
class User:
    """A user in DOMAIN."""

    id: str
    name: str
    password: str


class Keystone:
    """A running Keystone; ``with Keystone.start(python, project_id) as keystone: ...``.

    :ivar url: the public URL, for users.
    :ivar internal_url: the internal URL, for the services and the administrator.
    :ivar project_id: the id of PROJECT.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[str], ports: list[str], project_id: str) -> None:
        self.url, self.internal_url = (f"http://127.0.0.1:{port}/v3" for port in ports)
        self.project_id = project_id
        self._folder = folder
        self._process = process
        self._session = requests.Session()
        self._session.trust_env = False
        self._offset = 0
        self._roles: dict[str, str] = {}
        self._services: dict[str, str] = {}

    @classmethod
    @contextlib.contextmanager
    def start(cls, python: str, project_id: str) -> Iterator[Keystone]:
        """Create a Keystone, serve it on free ports and configure it.

        :param python: the interpreter of Keystone's virtual environment.
        :param project_id: the id of PROJECT; only keystone-manage can set the id of a project.
        """
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as last:
            folder = Path(name)
            (folder / "keys").mkdir(mode=0o700)
            settings = folder / "keystone.conf"
            settings.write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
            admin = User("", "admin", secrets.token_urlsafe())
            kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
            env = {**kept, "OS_BOOTSTRAP_PASSWORD": admin.password, "PYTHONWARNINGS": "ignore"}
            (folder / "requests.log").touch()
            files = (str(settings), str(folder / "requests.log"))
            errors = last.enter_context(open(folder / "errors.log", "w+", encoding="utf-8"))
            process = last.enter_context(
                subprocess.Popen(
                    [python, str(Path(__file__).with_name("serve.py")), *files, PROJECT, project_id],
                    env=env,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
            )
            last.callback(stop, process)
            line = first_line(process)
            if not line.startswith("READY "):
                errors.seek(0)
                raise KeystoneError(f"Keystone did not start: {line}{errors.read()}")
            keystone = cls(folder, process, line.split()[1:], project_id)
            keystone._fill(admin)
            yield keystone

    def _fill(self, admin: User) -> None:
        """Create the domain, the user of the services, a user with a role in PROJECT, and projects without access."""
        # Keystone names the domain Default at first.
        self._session.headers["X-Auth-Token"] = self.token(admin, project="admin", domain="Default")
        self.domain_id = self.call("GET", "/domains?name=Default")["domains"][0]["id"]
        self.call("PATCH", f"/domains/{self.domain_id}", {"domain": {"name": DOMAIN}})
        self._roles = {role["name"]: role["id"] for role in self.call("GET", "/roles")["roles"]}
        # Without caches, each implied role costs many queries per request.
        self.call("DELETE", "/roles/{admin}/implies/{manager}".format(**self._roles))
        self._roles[ROLE] = self.call("POST", "/roles", {"role": {"name": ROLE}})["role"]["id"]
        self.service_user = self.new_user("services", "service", self.new_project("service"))
        self.user = self.new_user("operator")
        self.closed_project_id = self.new_project("closed")
        elsewhere = self.call("POST", "/domains", {"domain": {"name": "elsewhere"}})["domain"]["id"]
        self.new_project(PROJECT, elsewhere)
        self.call("PUT", "/regions/eu-nl", {"region": {}})
        self.new_service("identity", self.url, internal=self.internal_url)

    # Administration

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Call Keystone's API as the administrator and return the response.

        :raises KeystoneError: if Keystone refuses the request.
        """
        url = self.internal_url + path
        answer = self._session.request(method, url, json=body, headers=headers, timeout=30)
        if not answer.ok:
            raise KeystoneError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def token(self, user: User, project: str = PROJECT, domain: str = DOMAIN) -> str:
        """Create a token of a user for a project.

        :param project: the name of the project.
        """
        named = {"name": user.name, "password": user.password, "domain": {"name": domain}}
        identity = {"methods": ["password"], "password": {"user": named}}
        body = {"auth": {"identity": identity, "scope": {"project": {"name": project, "domain": {"name": domain}}}}}
        nobody = {"X-Auth-Token": None}  # not with the token of the administrator
        answer = self._session.post(self.internal_url + "/auth/tokens", json=body, headers=nobody, timeout=30)
        if answer.status_code != 201:
            raise KeystoneError(f"no token for {user.name}: {answer.status_code} {answer.text}")
        return answer.headers["X-Subject-Token"]

    def revoke(self, token: str) -> None:
        """Revoke a token."""
        self.call("DELETE", "/auth/tokens", headers={"X-Subject-Token": token})

    def new_project(self, name: str, domain_id: str = "") -> str:
        """Create a project and return its id."""
        project = {"name": name, "domain_id": domain_id or self.domain_id}
        return self.call("POST", "/projects", {"project": project})["project"]["id"]

    def new_user(self, name: str, role: str = ROLE, project_id: str = "") -> User:
        """Create a user in DOMAIN with a role in a project."""
        password = secrets.token_urlsafe()
        user = {"name": name, "password": password, "domain_id": self.domain_id}
        user_id = self.call("POST", "/users", {"user": user})["user"]["id"]
        self.call("PUT", self._role_path(user_id, role, project_id))
        return User(user_id, name, password)

    def remove_role(self, user: User, role: str = ROLE) -> None:
        """Remove the role of a user in PROJECT."""
        self.call("DELETE", self._role_path(user.id, role))

    def require_passcode(self, user: User) -> str:
        """Require a passcode of a user besides the password, and return the current passcode."""
        secret = secrets.token_bytes(20)
        blob = base64.b32encode(secret).decode()
        self.call("POST", "/credentials", {"credential": {"type": "totp", "blob": blob, "user_id": user.id}})
        rules = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
        self.call("PATCH", f"/users/{user.id}", {"user": {"options": rules}})
        # RFC 6238. Keystone also accepts the passcode of the previous half minute.
        digest = hmac.digest(secret, int(time.time() // 30).to_bytes(8, "big"), "sha1")
        offset = digest[-1] & 15
        number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def _role_path(self, user_id: str, role: str, project_id: str = "") -> str:
        return f"/projects/{project_id or self.project_id}/users/{user_id}/roles/{self._roles[role]}"

    # The catalog

    def new_service(self, kind: str, public: str, region: str = REGION, **others: str) -> None:
        """Add a service, or another region of a service, to the catalog.

        :param kind: the type of the service.
        :param public: the URL of the public interface.
        :param others: the URLs of other interfaces by name.
        """
        if kind not in self._services:
            service = {"type": kind, "name": kind}
            self._services[kind] = self.call("POST", "/services", {"service": service})["service"]["id"]
        for interface, url in {"public": public, **others}.items():
            row = {"service_id": self._services[kind], "interface": interface, "url": url, "region_id": region}
            self.call("POST", "/endpoints", {"endpoint": row})

    @contextlib.contextmanager
    def without(self, *kinds: str) -> Iterator[None]:
        """Remove services from the catalog for the duration of a with block."""
        try:
            for kind in kinds:
                self.call("PATCH", f"/services/{self._services[kind]}", {"service": {"enabled": False}})
            yield
        finally:
            for kind in kinds:
                self.call("PATCH", f"/services/{self._services[kind]}", {"service": {"enabled": True}})

    # Logs

    def requests(self, plane: str = "public") -> list[str]:
        """Return the requests on one port since the last :meth:`clear_log`: method, path and status.

        :param plane: ``public`` or ``internal``.
        """
        text = (self._folder / "requests.log").read_text(encoding="utf-8")[self._offset :]
        rows = (line.partition(" ") for line in text.splitlines())
        return [request for at, _blank, request in rows if at == plane]

    def clear_log(self) -> None:
        """Ignore all requests so far."""
        self._offset = len((self._folder / "requests.log").read_text(encoding="utf-8"))

    def errors(self) -> str:
        """Return the errors in Keystone's own log."""
        text = (self._folder / "keystone.log").read_text(encoding="utf-8")
        return "\n".join(line for line in text.splitlines() if " ERROR " in line or " CRITICAL " in line)


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line that a process prints; an empty string if it exits without output."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.1)[0]:
            return process.stdout.readline()
        if process.poll() is not None:
            return ""
    return f"no READY line within {START_TIMEOUT:g} seconds\n"


def stop(process: subprocess.Popen[str]) -> None:
    """Terminate a process, and kill it if it does not exit in time."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
