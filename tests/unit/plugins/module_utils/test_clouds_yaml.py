# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials from clouds.yaml and secure.yaml."""

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.registry import resolve_credentials
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import AuthenticationFailed
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

CLOUD = {
    "region_name": "eu-de",
    "auth": {
        "auth_url": "https://iam.example.com/v3",
        "username": "u",
        "password": "file-secret",
        "project_name": "p",
        "domain_name": "d",
    },
}
WITHOUT_PASSWORD = {**CLOUD, "auth": {key: value for key, value in CLOUD["auth"].items() if key != "password"}}


class CloudFiles:
    """A clouds.yaml and a secure.yaml, named in the environment.

    :ivar registered: the secrets that were found, in all their forms.
    """

    def __init__(self, folder, make_options):
        self._folder, self._make_options = folder, make_options
        self._environment = {}
        self.registered = set()

    def write(self, clouds, secure=None):
        for name, content in (("CONFIG", clouds), ("SECURE", secure)):
            if content is not None:
                file = self._folder / f"{name}.yaml"
                file.write_text(content if isinstance(content, str) else json.dumps({"clouds": content}))
                self._environment[f"OS_CLIENT_{name}_FILE"] = str(file)

    def resolve(self, environment=None, **arguments):
        """Resolve the credentials of a task that uses the files."""
        options = self._make_options({**self._environment, **(environment or {})}, **arguments)
        return resolve_credentials(options, Secrets(self.registered.add))


@pytest.fixture
def files(tmp_path, make_options):
    return CloudFiles(tmp_path, make_options)


def test_single_cloud_needs_no_name(files):
    files.write({"devstack": CLOUD})
    credentials = files.resolve()
    assert (credentials.method, files.registered) == ("password", {"file-secret"})
    expected = {"username": "u", "password": "file-secret", "domain_name": "d", "project_name": "p", "region": "eu-de"}
    assert {name: credentials.options[name] for name in expected} == expected


def test_secure_yaml_is_read_too(files):
    files.write({"mine": WITHOUT_PASSWORD}, {"mine": {"auth": {"password": "other-secret"}}})
    assert files.resolve(cloud="mine").options["password"] == "other-secret"
    assert files.registered == {"other-secret"}


def test_secure_yaml_is_beside_clouds_yaml(files, tmp_path):
    files.write({"mine": WITHOUT_PASSWORD})
    content = {"clouds": {"mine": {"auth": {"password": "beside-secret"}}}}
    (tmp_path / "secure.yaml").write_text(json.dumps(content))
    assert files.resolve().options["password"] == "beside-secret"


def test_file_takes_precedence_over_environment(files):
    files.write({"mine": {**CLOUD, "cacert": "/file.pem", "cert": "/c.pem", "key": "/k.pem"}})
    environment = {
        "OS_PASSWORD": "x",
        "OS_USERNAME": "y",
        "OS_PROJECT_ID": "z",
        "OS_CACERT": "/env.pem",
        "HW_ACCESS_KEY": "k",
    }
    options = files.resolve(environment, cloud="mine").options
    assert (options["username"], options["password"], options["project_id"]) == ("u", "file-secret", None)
    assert (options["ca_cert"], options["client_cert"], options["client_key"]) == ("/file.pem", "/c.pem", "/k.pem")
    assert options["access_key"] is None


def test_task_takes_precedence_over_file(files):
    files.write({"mine": {**CLOUD, "cacert": "/file.pem"}})
    options = files.resolve(cloud="mine", project_id="q", ca_cert="/task.pem").options
    assert (options["project_id"], options["project_name"], options["ca_cert"]) == ("q", None, "/task.pem")


@pytest.mark.parametrize(
    ("file", "environment", "task", "expected"),
    [
        (False, {}, None, False),
        (False, {}, True, True),
        (True, {}, False, False),
        (True, {}, None, True),
        (True, {"HW_INSECURE": "1"}, None, False),
        (False, {"HW_INSECURE": "0"}, None, False),
    ],
)
def test_task_decides_on_certificate_validation(files, file, environment, task, expected):
    files.write({"mine": {**CLOUD, "verify": file}})
    assert files.resolve(environment, cloud="mine", validate_certs=task).options["validate_certs"] is expected


def test_file_may_contain_a_token(files):
    files.write({"mine": {"auth_type": "v3token", "auth": {"token": "file-secret", "project_id": "p"}}})
    credentials = files.resolve()
    assert (credentials.method, credentials.options["project_id"]) == ("token", "p")
    assert files.registered == {"file-secret"}


@pytest.mark.parametrize(
    ("clouds", "given", "message"),
    [
        ({"a": CLOUD, "b": CLOUD}, {}, r"^Cannot determine the cloud in .*CONFIG\.yaml\. Set cloud to one of a, b\.$"),
        ({"a": CLOUD}, {"cloud": "b"}, r"^Cannot determine the cloud in .*CONFIG\.yaml\. Set cloud to one of a\.$"),
        ({"a": {**CLOUD, "auth_type": "v3oidcpassword"}}, {}, "^The cloud a in clouds.yaml has the auth_type v3oidc"),
        ({"a": {"auth": {"password": "x"}}}, {}, r"password \(from clouds.yaml\) is set without username or user_id"),
        ({"a": {}}, {}, r"^The cloud a in clouds.yaml has neither a password nor a token\.$"),
        (
            {"a": {**CLOUD, "region_name": None, "regions": ["x", "y"]}},
            {"region": "z"},
            "Region z is not a valid",
        ),
        ("clouds: [unclosed", {}, "^Cannot read .*CONFIG.yaml"),
        ("just: text", {}, r"^Cannot read any cloud from .*CONFIG\.yaml\.$"),
        ("[1]", {}, "not a valid mapping|it is not valid"),
        ({"a": 1}, {}, "it is not valid"),
        ({"a": {"auth": ["file-secret"]}}, {}, "it is not valid"),
    ],
)
def test_unusable_file_is_reported(files, clouds, given, message):
    files.write(clouds)
    with pytest.raises(AuthenticationFailed, match=message) as error:
        files.resolve(**given)
    assert "file-secret" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "password: *file-secret",
        "password: !file-secret",
        "password: \0file-secret",
        pytest.param("[" * 9999, id="nested deeply"),
    ],
)
def test_invalid_yaml_is_not_shown(files, text):
    files.write(text)
    with pytest.raises(AuthenticationFailed, match="CONFIG.yaml") as error:
        files.resolve()
    assert "file-secret" not in str(error.value)


def test_region_of_task_overrides_file(files):
    files.write({"mine": CLOUD})
    assert files.resolve(region="eu-nl").options["region"] == "eu-nl"


def test_region_of_file_overrides_environment(files):
    files.write({"mine": CLOUD})
    assert files.resolve({"OS_REGION_NAME": "eu-nl"}).options["region"] == "eu-de"


def test_region_selects_among_several(files):
    files.write({"mine": {**CLOUD, "region_name": None, "regions": ["eu-de", "eu-nl"]}})
    assert files.resolve(region="eu-nl").options["region"] == "eu-nl"


def test_passcode_of_task_belongs_to_cloud(files):
    files.write({"mine": CLOUD})
    credentials = files.resolve(cloud="mine", passcode="123456")
    options = credentials.options
    assert (credentials.method, options["passcode"], options["password"]) == ("password", "123456", "file-secret")


def test_different_domains_are_refused(files):
    files.write({"mine": {**CLOUD, "auth": {**CLOUD["auth"], "project_domain_name": "other"}}})
    message = "^The cloud mine in clouds.yaml has different domains for user and project"
    with pytest.raises(AuthenticationFailed, match=message):
        files.resolve()


def test_missing_file_is_not_replaced(make_options, tmp_path):
    environment = {"OS_CLIENT_CONFIG_FILE": str(tmp_path / "none.yaml")}
    with pytest.raises(AuthenticationFailed, match=r"^Cannot read any cloud from .*none\.yaml\.$"):
        resolve_credentials(make_options(environment), Secrets())


@pytest.mark.parametrize("given", [{"cloud": "mine"}, {}], ids=["named", "in the home"])
def test_missing_library_is_named(monkeypatch, tmp_path, make_options, given):
    if not given:
        (tmp_path / ".config/openstack").mkdir(parents=True)
        (tmp_path / ".config/openstack/clouds.yaml").write_text("clouds: {}")
    monkeypatch.setitem(sys.modules, "openstack.config", None)
    with pytest.raises(AuthenticationFailed) as error:
        resolve_credentials(make_options(**given), Secrets())
    assert "the required Python library (openstacksdk)" in str(error.value)
    assert "to read clouds.yaml" in str(error.value) and sys.executable in str(error.value)


def test_library_is_not_needed_without_file(monkeypatch, make_options):
    monkeypatch.setitem(sys.modules, "openstack.config", None)
    assert resolve_credentials(make_options(), Secrets()).method == "vendor chain"
