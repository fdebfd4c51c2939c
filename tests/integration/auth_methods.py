# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The authentication methods as an environment configures them: variables, and files in the home directory."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass, field
from typing import Any, Callable

Ready = dict[str, Any]


def clouds_yaml(ready: Ready, **auth: str) -> str:
    """Return a clouds.yaml with a single cloud, as AWX writes it for an OpenStack credential."""
    user = {"username": ready["username"], "password": ready["password"], "domain_name": ready["domain_name"]}
    auth = {"auth_url": ready["iam"], "project_name": ready["project_name"], **user, **auth}
    return json.dumps({"clouds": {"devstack": {"auth": auth, "region_name": "eu-de"}}})


def profile(ready: Ready, secret_key: str | None = None) -> str:
    """Return the content of the vendor's credentials file."""
    lines = ["[basic]", f"ak = {ready['access_key']}", f"sk = {secret_key or ready['secret_key']}"]
    return "\n".join([*lines, f"project_id = {ready['project_id']}", ""])


@dataclass(frozen=True)
class AuthMethod:
    """An authentication method.

    The functions take the facts that a running simulator reports when it is ready.

    :param variables: returns the environment variables; ``{home}`` in a value is the home directory.
    :param files: returns the content of each file by its path in the home directory.
    :param requests: meanings of the requests that IAM receives before the first job is read.
    :param agency: whether the method reads the keys of an agency from a metadata service.
    """

    name: str
    variables: Callable[[Ready], dict[str, str]] = lambda ready: {}
    files: Callable[[Ready], dict[str, str]] = lambda ready: {}
    requests: list[str] = field(default_factory=list)
    agency: bool = False

    def __str__(self) -> str:
        return self.name

    def prepare(self, ready: Ready, home: pathlib.Path) -> dict[str, str]:
        """Write the files into a home directory and return all variables that a task needs to stop a job."""
        for name, content in self.files(ready).items():
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        variables = {"HW_ENDPOINT": ready["mrs"], "HW_AUTH_URL": ready["iam"], **self.variables(ready)}
        return {name: value.replace("{home}", str(home)) for name, value in variables.items()}


def access_key(ready: Ready, prefix: str = "HW_") -> dict[str, str]:
    return {f"{prefix}ACCESS_KEY": ready["access_key"], f"{prefix}SECRET_KEY": ready["secret_key"]}


def user(ready: Ready) -> dict[str, str]:
    return {"OS_USERNAME": ready["username"], "OS_PASSWORD": ready["password"], "OS_DOMAIN_NAME": ready["domain_name"]}


def passcode(ready: Ready) -> dict[str, str]:
    names = {"HW_USER_ID": "mfa_user_id", "HW_USER_PASSWORD": "mfa_password", "HW_PASSCODE": "mfa_passcode"}
    return {variable: ready[name] for variable, name in names.items()}


LOGIN, VALIDATE, PROJECTS = ["iam.token.create"], ["iam.token.validate"], ["iam.project.list"]
TOKEN = AuthMethod("token", lambda r: {"HW_AUTH_TOKEN": r["token"], "HW_PROJECT_ID": r["project_id"]})
PASSWORD = AuthMethod("password", lambda r: {**user(r), "OS_PROJECT_NAME": r["project_name"]}, requests=LOGIN)
CLOUDS = AuthMethod(
    "clouds.yaml in the home", files=lambda r: {".config/openstack/clouds.yaml": clouds_yaml(r)}, requests=LOGIN
)
AWX = AuthMethod(
    "clouds.yaml of AWX",
    lambda r: {"OS_CLIENT_CONFIG_FILE": "{home}/private/openstack"},
    lambda r: {"private/openstack": clouds_yaml(r)},
    requests=LOGIN,
)
CLOUD = AuthMethod("cloud", lambda r: {**AWX.variables(r), "OS_CLOUD": "devstack"}, AWX.files, requests=LOGIN)
KEY = AuthMethod("access key", lambda r: {**access_key(r), "HW_PROJECT_ID": r["project_id"]})
TEMPORARY = AuthMethod(
    "temporary access key",
    lambda r: {
        "HUAWEICLOUD_SDK_AK": r["temporary_access_key"],
        "HUAWEICLOUD_SDK_SK": r["temporary_secret_key"],
        "HUAWEICLOUD_SDK_SECURITY_TOKEN": r["security_token"],
        "HUAWEICLOUD_SDK_PROJECT_ID": r["project_id"],
    },
)
PROFILE = AuthMethod("profile", files=lambda r: {".huaweicloud/credentials": profile(r)})
AGENCY = AuthMethod("agency", lambda r: {"HW_PROJECT_ID": r["project_id"]}, agency=True)
PASSCODE = AuthMethod("passcode", lambda r: {**passcode(r), "HW_PROJECT_ID": r["project_id"]}, requests=LOGIN)
AUTH_METHODS = [
    TOKEN,
    AuthMethod("token, region", lambda r: {"OS_TOKEN": r["token"], "OS_REGION_NAME": "eu-de"}, requests=VALIDATE),
    PASSWORD,
    AuthMethod("password, project id", lambda r: {**user(r), "OS_PROJECT_ID": r["project_id"]}, requests=LOGIN),
    AuthMethod("password, region", lambda r: {**user(r), "OS_REGION_NAME": "eu-de"}, requests=LOGIN),
    PASSCODE,
    CLOUD,
    AWX,
    KEY,
    AuthMethod(
        "access key, project name", lambda r: {**access_key(r, "OS_"), "OS_PROJECT_NAME": "eu-de"}, requests=PROJECTS
    ),
    AuthMethod("access key, region", lambda r: {**access_key(r), "HW_REGION_NAME": "eu-de"}, requests=PROJECTS),
    TEMPORARY,
    PROFILE,
    AGENCY,
]
