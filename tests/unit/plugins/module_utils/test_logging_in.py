# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to a login and an address, without any request."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import types

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import arguments, auth, endpoints
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import InvalidInput, LoginFailed

OPTIONS = {name: spec.get("default") for name, spec in arguments.connection().items()}


def options(**given):
    return {**OPTIONS, **given}


KEYS = {"access_key": "AK", "secret_key": "SK"}
USER = {"username": "u", "password": "x", "domain_name": "d", "project_name": "p"}


@pytest.fixture(autouse=True)
def nothing_taken():
    """As at the start of a module: no option has come from the environment."""
    arguments.connection()


def begin(given, secrets=None):
    way, settled = auth.settle(options(**given), set())
    wire = types.SimpleNamespace(secrets=set() if secrets is None else secrets, seconds=lambda: 1)
    return auth.log_in(way, settled, wire)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"username": "u"},
            "^username is given without password and domain_name or domain_id or user_id and",
        ),
        ({"token": "t"}, "^token is given without project_id or auth_url or region$"),
        ({"token": "t", "project_name": "p"}, "^token is given without project_id or auth_url or region$"),
        ({"password": "x"}, "^password is given without username or user_id and domain_name or domain_id"),
        ({"password": "x", "username": "u", "project_id": "p"}, "^password is given without domain_name or domain_id"),
        ({"passcode": "x", **USER, "password": None}, "^username is given without password$"),
        ({"access_key": "x", "project_id": "p"}, "^access_key is given without secret_key$"),
        ({"secret_key": "x", "project_id": "p"}, "^secret_key is given without access_key$"),
        ({"security_token": "x"}, "^security_token is given without access_key and secret_key and project_id or"),
        (KEYS, "^access_key is given without project_id or project_name or region$"),
        ({"token": "t", "password": "x"}, "^token and password are 2 ways to log in: unset all but one$"),
        ({"token": "t", **KEYS, "cloud": "c"}, "^token and access_key and cloud are 3 ways to log in"),
        ({"token": "a b", "project_id": "p"}, "^the token holds a blank"),
        ({**KEYS, "secret_key": "S\n", "project_id": "p"}, "^the secret_key holds a blank, a line break"),
    ],
)
def test_half_and_double_ways_to_log_in_are_refused(given, message):
    with pytest.raises(LoginFailed, match=message):
        begin(given)


def environment(monkeypatch, **variables):
    """Set variables, and give the options that take their values."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    taken = {}
    for name, spec in arguments.connection().items():
        read, names = spec["fallback"]
        with contextlib.suppress(arguments.AnsibleFallbackNotFound):
            taken[name] = read(*names)
    return taken


@pytest.mark.parametrize(
    ("variables", "given", "message"),
    [
        ({"OS_TOKEN": "hidden"}, {}, r"^token \(from OS_TOKEN\) is given without project_id"),
        (
            {"OS_TOKEN": "hidden", "HW_SECRET_KEY": "hidden2"},
            {},
            r"^token \(from OS_TOKEN\) and secret_key \(from HW_SECRET_KEY\) are 2 ways to log in",
        ),
        (
            {"OS_CLIENT_CONFIG_FILE": "hidden", "HW_AUTH_TOKEN": "hidden2"},
            {},
            r"^token \(from HW_AUTH_TOKEN\) and OS_CLIENT_CONFIG_FILE are 2 ways",
        ),
        (
            {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "hidden", "OS_CLOUD": "hidden2"},
            {},
            r"^cloud \(from OS_CLOUD\) and HUAWEICLOUD_SDK_CREDENTIALS_FILE are 2 ways",
        ),
        ({"OS_PASSWORD": "hidden"}, KEYS, "^access_key is given without project_id"),
        (
            {"HW_ACCESS_KEY": "hidden", "HUAWEICLOUD_SDK_SK": "hidden2"},
            {"project_id": "p"},
            r"^access_key \(from HW_ACCESS_KEY\) and secret_key \(from HUAWEICLOUD_SDK_SK\) are parts of different",
        ),
        (
            {"HW_SECURITY_TOKEN": "hidden"},
            {**KEYS, "project_id": "p"},
            r"^access_key and secret_key and security_token \(from HW_SECURITY_TOKEN\) are parts of different",
        ),
        ({"OS_USERNAME": "hidden"}, {}, r"^username \(from OS_USERNAME\) is given without password"),
    ],
)
def test_what_was_found_is_named_with_its_variable_and_never_its_value(monkeypatch, variables, given, message):
    with pytest.raises(LoginFailed, match=message) as error:
        begin({**environment(monkeypatch, **variables), **given})
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("variables", "given", "way"),
    [
        # what the task says goes before the environment
        ({"OS_PASSWORD": "x", "OS_USERNAME": "u"}, {"token": "t", "project_id": "p"}, "token"),
        ({"OS_TOKEN": "t", "OS_PASSWORD": "x"}, {**KEYS, "project_id": "p"}, "access key"),
        ({"OS_CLIENT_CONFIG_FILE": "f"}, {**KEYS, "project_id": "p"}, "access key"),
        # a secret may be kept in the environment
        ({"HW_SECRET_KEY": "x"}, {"access_key": "k", "project_id": "p"}, "access key"),
        ({"OS_PASSWORD": "x", "HW_SECRET_KEY": "s"}, {"username": "u", "domain_id": "d", "region": "r"}, "password"),
        # the name of a user is left over from something else
        ({"OS_USERNAME": "u", "HW_ACCESS_KEY": "k", "HW_SECRET_KEY": "s"}, {"region": "r"}, "access key"),
        ({"OS_USERNAME": "u", "OS_TOKEN": "t"}, {"project_id": "p"}, "token"),
        ({"HUAWEICLOUD_SDK_AK": "k", "HUAWEICLOUD_SDK_SK": "s", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}, {}, "access key"),
        ({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "f"}, {}, "vendor"),
        ({}, {}, ""),
    ],
)
def test_the_way_that_is_taken(monkeypatch, variables, given, way):
    taken = environment(monkeypatch, **variables)
    assert auth.settle(options(**{**taken, **given}), set())[0] == way


@pytest.mark.parametrize(
    ("variables", "given", "used", "dropped"),
    [
        ({"OS_PROJECT_ID": "x"}, {"project_name": "p"}, "project_name", "project_id"),
        ({"OS_PROJECT_DOMAIN_ID": "x"}, {"domain_name": "d"}, "domain_name", "domain_id"),
        ({"HW_PROJECT_NAME": "p", "OS_PROJECT_ID": "x"}, {}, "project_name", "project_id"),
        ({"HW_PROJECT_ID": "p", "OS_PROJECT_NAME": "x"}, {}, "project_id", "project_name"),
    ],
)
def test_of_an_id_and_a_name_the_nearer_counts(monkeypatch, variables, given, used, dropped):
    taken = environment(monkeypatch, **variables)
    settled = auth.settle(options(**{**KEYS, "region": "r", **taken, **given}), set())[1]
    assert settled[used] and not settled[dropped]


def test_a_user_of_the_task_is_not_another_of_the_environment(monkeypatch):
    taken = environment(monkeypatch, OS_USER_ID="x", OS_PASSWORD="p")
    settled = auth.settle(options(**{**taken, "username": "u", "domain_name": "d", "region": "r"}), set())[1]
    assert (settled["username"], settled["user_id"]) == ("u", None)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "x", "HW_DOMAIN_NAME": "d", "OS_AUTH_URL": "https://iam.other"},
            r"auth_url \(from OS_AUTH_URL\) are parts of different credentials",
        ),
        (
            {"HUAWEICLOUD_SDK_AK": "k", "HUAWEICLOUD_SDK_SK": "s", "OS_AUTH_URL": "https://iam.other"},
            r"auth_url \(from OS_AUTH_URL\) are parts of different credentials",
        ),
        ({"OS_USERNAME": "u", "OS_PASSWORD": "x", "OS_DOMAIN_NAME": "d", "HW_AUTH_URL": "https://iam.own"}, None),
    ],
)
def test_credentials_of_the_environment_are_for_the_iam_beside_them(monkeypatch, variables, message):
    given = {**environment(monkeypatch, **variables), "region": "r"}
    if message is None:
        assert auth.settle(options(**given), set())[0] == "password"
    else:
        with pytest.raises(LoginFailed, match=message):
            auth.settle(options(**given), set())


def test_a_value_that_the_task_has_and_the_environment_too_is_the_tasks(monkeypatch):
    monkeypatch.setenv("OS_TOKEN", "same")
    taken = environment(monkeypatch, HW_ACCESS_KEY="k", HW_SECRET_KEY="s")
    arguments._taken.pop("OS_TOKEN")  # the fallback is not asked for what the task says
    assert auth.settle(options(**{**taken, "token": "same", "project_id": "p"}), set())[0] == "token"


def test_without_anything_the_message_says_what_to_set_and_where_was_looked(monkeypatch):
    with pytest.raises(LoginFailed) as error:
        begin({"region": "eu-de"})
    assert error.value.message.startswith(
        "No way to log in is given: set token, or username, password and domain_name,"
    )
    assert "The vendor's chain, from its profile to the metadata service, has no keys: ProxyError" in str(error.value)


PROFILE = "[basic]\nak = AK\nsk = profile-secret\nproject_id = p\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "credentials file .* does not exist"),
        ("[global]\nak = AK\n", "credential type 'basic' does not exist"),
        ("[basic]\nak = AK\n", "does not exist in credentials file"),
        ("[basic]\nprofile-secret\n", "has no keys: ParsingError$"),
        ("profile-secret", "has no keys: MissingSectionHeaderError$"),
        (
            "[basic]\nidp_id = i\nid_token_file = f\n",
            "an identity provider in place of keys, as the vendor",
        ),
    ],
)
def test_a_profile_that_cannot_be_used_is_an_error_and_no_other_identity_takes_its_place(
    monkeypatch, tmp_path, content, message
):
    file = tmp_path / "credentials"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
    with pytest.raises(LoginFailed, match=message) as error:
        begin({})
    assert "profile-secret" not in str(error.value) and "No way" not in str(error.value)


@pytest.mark.parametrize("variable", [True, False], ids=["by variable", "in the home"])
def test_the_vendors_profile_logs_in_and_its_secret_is_known_as_one(monkeypatch, tmp_path, variable):
    file = tmp_path / ("elsewhere" if variable else ".huaweicloud/credentials")
    file.parent.mkdir(exist_ok=True)
    file.write_text(PROFILE)
    if variable:
        monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
    secrets = set()
    assert (begin({}, secrets).project_id, secrets) == ("p", {"profile-secret"})
    assert begin({"project_id": "q"}).project_id == "q"


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


@pytest.fixture
def clouds_yaml(monkeypatch, tmp_path):
    """Write a clouds.yaml and perhaps a secure.yaml, and name them in the environment."""

    def write(clouds, secure=None):
        for name, content in (("CONFIG", clouds), ("SECURE", secure)):
            file = tmp_path / f"{name}.yaml"
            if content is not None:
                file.write_text(content if isinstance(content, str) else json.dumps({"clouds": content}))
                monkeypatch.setenv(f"OS_CLIENT_{name}_FILE", str(file))

    return write


def test_a_single_cloud_needs_no_name(clouds_yaml):
    clouds_yaml({"devstack": CLOUD})
    secrets = set()
    way, settled = auth.settle(options(), secrets)
    assert (way, secrets) == ("password", {"file-secret"})
    expected = {"username": "u", "password": "file-secret", "domain_name": "d", "project_name": "p", "region": "eu-de"}
    assert {name: settled[name] for name in expected} == expected


def test_secure_yaml_is_read_as_well(clouds_yaml):
    open_part = {**CLOUD, "auth": {key: value for key, value in CLOUD["auth"].items() if key != "password"}}
    clouds_yaml({"mine": open_part}, {"mine": {"auth": {"password": "other-secret"}}})
    secrets = set()
    assert auth.settle(options(cloud="mine"), secrets)[1]["password"] == "other-secret"
    assert secrets == {"other-secret"}


def test_what_the_task_says_goes_before_the_file_and_the_file_before_the_environment(clouds_yaml, monkeypatch):
    clouds_yaml({"mine": {**CLOUD, "cacert": "/file.pem", "cert": "/c.pem", "key": "/k.pem"}})
    taken = environment(
        monkeypatch, OS_PASSWORD="x", OS_USERNAME="y", OS_PROJECT_ID="z", OS_CACERT="/env.pem", HW_ACCESS_KEY="k"
    )
    settled = auth.settle(options(**{**taken, "cloud": "mine"}), set())[1]
    assert (settled["username"], settled["password"], settled["project_id"]) == ("u", "file-secret", None)
    assert (settled["ca_cert"], settled["client_cert"], settled["client_key"]) == ("/file.pem", "/c.pem", "/k.pem")
    assert settled["access_key"] is None
    arguments.connection()  # another task, without the variables
    settled = auth.settle(options(cloud="mine", project_id="q", ca_cert="/task.pem"), set())[1]
    assert (settled["project_id"], settled["project_name"], settled["ca_cert"]) == ("q", None, "/task.pem")


@pytest.mark.parametrize(("file", "task", "holds"), [(False, True, False), (True, False, False), (True, True, True)])
def test_either_may_do_without_valid_certificates(clouds_yaml, file, task, holds):
    clouds_yaml({"mine": {**CLOUD, "verify": file}})
    assert auth.settle(options(cloud="mine", validate_certs=task), set())[1]["validate_certs"] is holds


def test_a_token_in_the_file_is_a_way_too(clouds_yaml):
    clouds_yaml({"mine": {"auth_type": "v3token", "auth": {"token": "file-secret", "project_id": "p"}}})
    secrets = set()
    way, settled = auth.settle(options(), secrets)
    assert (way, settled["project_id"], secrets) == ("token", "p", {"file-secret"})


@pytest.mark.parametrize(
    ("clouds", "given", "message"),
    [
        ({"a": CLOUD, "b": CLOUD}, {}, r"^set cloud to one of .*CONFIG.yaml: a, b$"),
        ({"a": CLOUD}, {"cloud": "b"}, r"^set cloud to one of .*CONFIG.yaml: a$"),
        ({"a": {**CLOUD, "auth_type": "v3oidcpassword"}}, {}, "^cloud a logs in by v3oidcpassword, which is none of"),
        ({"a": {"auth": {"password": "x"}}}, {}, "^in clouds.yaml password is given without username or user_id"),
        ({"a": {}}, {}, "^cloud a has neither a password nor a token$"),
        (
            {"a": {**CLOUD, "region_name": None, "regions": ["x", "y"]}},
            {"region": "z"},
            "Region z is not a valid",
        ),
        ("clouds: [unclosed", {}, "CONFIG.yaml"),
        ("just: text", {}, "^no clouds can be read from .*CONFIG.yaml$"),
        ("[1]", {}, "not a valid mapping|not as it should be"),
        ({"a": 1}, {}, "it is not as it should be"),
        ({"a": {"auth": ["file-secret"]}}, {}, "it is not as it should be"),
    ],
)
def test_a_clouds_yaml_that_cannot_be_used_says_why(clouds_yaml, clouds, given, message):
    clouds_yaml(clouds)
    with pytest.raises(LoginFailed, match=message) as error:
        auth.settle(options(**given), set())
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
def test_what_is_no_yaml_is_told_without_a_line_of_it(clouds_yaml, text):
    clouds_yaml(text)
    with pytest.raises(LoginFailed, match="CONFIG.yaml") as error:
        auth.settle(options(), set())
    assert "file-secret" not in str(error.value)


def test_the_regions_option_chooses_among_those_of_the_file_and_else_goes_before_it(clouds_yaml, monkeypatch):
    clouds_yaml({"mine": CLOUD})
    assert auth.settle(options(region="eu-nl"), set())[1]["region"] == "eu-nl"
    assert auth.settle(options(**environment(monkeypatch, OS_REGION_NAME="eu-nl")), set())[1]["region"] == "eu-de"
    clouds_yaml({"mine": {**CLOUD, "region_name": None, "regions": ["eu-de", "eu-nl"]}})
    assert auth.settle(options(region="eu-nl"), set())[1]["region"] == "eu-nl"


def test_secure_yaml_lies_beside_the_file_and_not_in_the_home(clouds_yaml, tmp_path):
    open_part = {**CLOUD, "auth": {key: value for key, value in CLOUD["auth"].items() if key != "password"}}
    clouds_yaml({"mine": open_part})
    (tmp_path / "secure.yaml").write_text(json.dumps({"clouds": {"mine": {"auth": {"password": "beside-secret"}}}}))
    assert auth.settle(options(), set())[1]["password"] == "beside-secret"


def test_a_passcode_of_the_task_is_for_the_cloud(clouds_yaml):
    clouds_yaml({"mine": CLOUD})
    way, settled = auth.settle(options(cloud="mine", passcode="123456"), set())
    assert (way, settled["passcode"], settled["password"]) == ("password", "123456", "file-secret")


def test_a_user_and_a_project_of_two_domains_are_not_mixed_up(clouds_yaml):
    clouds_yaml({"mine": {**CLOUD, "auth": {**CLOUD["auth"], "project_domain_name": "other"}}})
    with pytest.raises(LoginFailed, match="cloud mine has its user and its project in two domains"):
        auth.settle(options(), set())


def test_without_the_library_a_file_in_the_home_is_not_passed_over(monkeypatch, tmp_path):
    (tmp_path / ".config/openstack").mkdir(parents=True)
    (tmp_path / ".config/openstack/clouds.yaml").write_text("clouds: {}")
    monkeypatch.setattr(importlib.import_module(auth.__name__.replace(".auth", ".clouds")), "IMPORT_ERROR", "no")
    with pytest.raises(LoginFailed, match=r"the required Python library \(openstacksdk\)"):
        begin({})


def test_a_file_that_is_named_and_not_there_is_not_replaced_by_another(monkeypatch, tmp_path):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    with pytest.raises(LoginFailed, match="^no clouds can be read from .*none.yaml$"):
        auth.settle(options(), set())


@pytest.mark.parametrize(
    ("file", "library", "purpose", "given"),
    [
        ("auth_password", "keystoneauth1", "to log in with a password", USER),
        ("auth_key", "huaweicloudsdkcore", "to sign with an access key", {**KEYS, "project_id": "p"}),
        ("auth_vendor", "huaweicloudsdkcore", "to look for a profile of the vendor's or an agency", {}),
        ("clouds", "openstacksdk", "to read clouds.yaml", {"cloud": "mine"}),
    ],
)
def test_a_missing_library_is_named_with_what_needs_it_and_the_python_that_lacks_it(
    monkeypatch, file, library, purpose, given
):
    room = importlib.import_module(auth.__name__.replace(".auth", f".{file}"))
    monkeypatch.setattr(room, "IMPORT_ERROR", "No module named 'it'")
    with pytest.raises(LoginFailed) as error:
        begin(given)
    assert f"the required Python library ({library})" in str(error.value)
    assert purpose in str(error.value) and sys.executable in str(error.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"region": "eu-de", "cloud_domain": "otc.t-systems.com"}, "https://mrs.eu-de.otc.t-systems.com"),
        ({"region": "cn-north-4"}, "https://mrs.cn-north-4.myhuaweicloud.com"),
        ({"region": "cn-north-4", "endpoint": "https://mrs.example.com/"}, "https://mrs.example.com"),
        ({"endpoint": "https://[::1]:8080/path/"}, "https://[::1]:8080/path"),
        ({"region": "eu-west-101"}, "https://mrs.eu-west-101.myhuaweicloud.eu"),
        ({"region": "ap-southeast-1"}, "https://mrs.ap-southeast-1.myhuaweicloud.cn"),
        ({"region": "ap-southeast-1", "cloud_domain": "own.example"}, "https://mrs.ap-southeast-1.own.example"),
        ({"region": "ap-southeast-2"}, "https://mrs.ap-southeast-2.myhuaweicloud.com"),
        # an address of IAM tells what else is needed
        ({"auth_url": "https://iam.eu-de.otc.t-systems.com:443/v3"}, "https://mrs.eu-de.otc.t-systems.com"),
        ({"auth_url": "https://iam.eu-de.otc.t-systems.com/v3", "region": "x"}, "https://mrs.x.otc.t-systems.com"),
        ({"auth_url": "https://iam.ap-southeast-1.myhuaweicloud.com"}, "https://mrs.ap-southeast-1.myhuaweicloud.cn"),
        (
            {"auth_url": "https://iam.myhuaweicloud.com", "region": "cn-north-4"},
            "https://mrs.cn-north-4.myhuaweicloud.com",
        ),
    ],
)
def test_where_a_service_is(given, url):
    assert endpoints.service_url("mrs", options(**given)) == url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"auth_url": "https://iam.example.com"}, "https://iam.example.com/v3"),
        ({"auth_url": "https://iam.example.com/v3/"}, "https://iam.example.com/v3"),
        ({"auth_url": "https://iam.myhuaweicloud.com/v3.0"}, "https://iam.myhuaweicloud.com/v3"),
        ({"region": "eu-west-101"}, "https://iam.eu-west-101.myhuaweicloud.eu/v3"),
        ({"region": "eu-de", "cloud_domain": "otc.t-systems.com"}, "https://iam.eu-de.otc.t-systems.com/v3"),
    ],
)
def test_where_the_identity_service_is(given, url):
    assert endpoints.identity_url(options(**given)) == url


@pytest.mark.parametrize(
    "url",
    [
        "mrs.example.com",
        "ftp://host",
        "https://",
        "https://a..b",
        "https://h:p",
        "https://u:p@h",
        "https://h?x=1",
        "//h",
    ],
)
def test_what_is_no_base_url_is_refused_without_being_shown(url):
    with pytest.raises(InvalidInput) as error:
        endpoints.service_url("mrs", options(endpoint=url))
    assert str(error.value) == "endpoint must be a URL of scheme, host and perhaps path: https://host"


def test_what_logs_in_to_one_cloud_is_not_shown_to_another():
    given = options(auth_url="https://keystone.example:5000/v3", region="RegionOne")
    with pytest.raises(
        InvalidInput, match="where mrs is cannot be told: set cloud_domain to that of auth_url, or endp"
    ):
        endpoints.service_url("mrs", given)
    assert endpoints.service_url("mrs", {**given, "cloud_domain": "example"}) == "https://mrs.RegionOne.example"


def test_through_a_proxy_the_own_machine_is_another_one(monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(InvalidInput, match="over plain http"):
        endpoints.service_url("mrs", options(endpoint="http://127.0.0.1:80"))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        # the hosts that end otherwise are those of the public cloud
        ({"auth_url": "https://iam.eu-west-101.private.example/v3"}, "https://dli.eu-west-101.private.example"),
        ({"auth_url": "https://IAM.eu-de.otc.t-systems.com/v3"}, "https://dli.eu-de.otc.t-systems.com"),
    ],
)
def test_the_address_of_iam_says_which_cloud_it_is(given, url):
    assert endpoints.service_url("dli", options(**given)) == url


def test_a_cloud_of_the_environment_does_not_take_what_logs_in_to_that_of_the_task(monkeypatch):
    given = environment(monkeypatch, HW_CLOUD="otc.t-systems.com", HW_REGION_NAME="cn-north-4")
    given["auth_url"] = "https://iam.cn-north-4.myhuaweicloud.com/v3"
    assert endpoints.service_url("dli", options(**given)) == "https://dli.cn-north-4.myhuaweicloud.com"
    taken = environment(monkeypatch, HW_AUTH_URL="https://iam.cn-north-4.myhuaweicloud.com/v3")
    with pytest.raises(InvalidInput, match=r"^cloud_domain \(from HW_CLOUD\) and auth_url \(from HW_AUTH_URL\) are of"):
        endpoints.service_url("dli", options(**taken))


def test_a_regional_address_of_iam_chooses_from_the_catalog():
    catalog = [entry("mrs", "https://m.example"), entry("mrs", "https://n.example", region="eu-nl")]
    given = options(auth_url="https://iam.eu-nl.otc.t-systems.com/v3")
    assert endpoints.service_url("mrs", given, catalog) == "https://n.example"


def test_odd_entries_of_other_services_do_not_matter():
    catalog = [None, {"type": "x"}, {}, entry("mrs", "https://m.example")]
    assert endpoints.service_url("mrs", options(), catalog) == "https://m.example"


def entry(kind, url, region="eu-de", interface="public"):
    return {"type": kind, "endpoints": [{"interface": interface, "region": region, "url": url}]}


@pytest.mark.parametrize(
    ("service", "catalog", "url"),
    [
        ("mrs", [entry("mrs", "https://m.example/v1.1")], "https://m.example"),
        ("mrs", [entry("mrsv1", "https://m.example/v1.1/0391e4486e86")], "https://m.example"),
        ("dli", [entry("dli", "https://d.example/gate/v1.0/0391e4486e86/")], "https://d.example/gate"),
        (
            "dli",
            [entry("dli", "https://i.example/v1.0/p", interface="internal")],
            "https://dli.eu-de.myhuaweicloud.com",
        ),
        ("dli", [entry("dli", "https://n.example/v1.0/p", region="eu-nl")], "https://dli.eu-de.myhuaweicloud.com"),
        ("dli", [entry("dli", "https://n.example/v1.0/p", region="*")], "https://n.example"),
        ("mrs", [entry("mrsx", "https://x.example/v1.1")], "https://mrs.eu-de.myhuaweicloud.com"),
    ],
)
def test_the_catalog_goes_before_the_region(service, catalog, url):
    assert endpoints.service_url(service, options(region="eu-de"), catalog) == url


def test_the_endpoint_goes_before_the_catalog():
    catalog = [entry("mrs", "https://m.example/v1.1")]
    assert endpoints.service_url("mrs", options(endpoint="https://e.example"), catalog) == "https://e.example"


def test_without_a_region_the_catalog_must_have_one_address():
    one = [entry("mrs", "https://m.example/v1.1"), entry("mrsv1", "https://m.example/v1.1/p")]
    assert endpoints.service_url("mrs", options(), one) == "https://m.example"
    two = [*one, entry("mrs", "https://n.example/v1.1", region="eu-nl")]
    with pytest.raises(InvalidInput, match="mrs is in more than one region: set region to one of eu-de, eu-nl"):
        endpoints.service_url("mrs", options(), two)


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        ([entry("mrs", "http://m.example/v1.1")], "credentials are not sent to m.example over plain http"),
        ([entry("mrs", "m.example/v1.1")], "the address of a service is no URL"),
        ([{"type": "mrs"}], "the catalog of the token cannot be read; set endpoint"),
        ([entry("mrs", "https://[1.2.3.4]/v1.1")], "the address of a service is no URL"),
        ([entry("mrs", "https://[::::]/v1.1")], "the address of a service is no URL"),
        ([entry("mrs", None)], "the catalog of the token cannot be read; set endpoint"),
    ],
)
def test_a_catalog_that_cannot_be_trusted_is_not(catalog, message):
    with pytest.raises(InvalidInput, match=message):
        endpoints.service_url("mrs", options(), catalog)


@pytest.mark.parametrize("host", ["m.example", "10.0.0.1", "localhost.example", "127.0.0.1.example", "[::2]"])
def test_credentials_go_over_plain_http_only_where_the_user_says_so(host):
    given = options(endpoint=f"http://{host}:80")
    with pytest.raises(InvalidInput, match=r"over plain http: use https, or set allow_http$"):
        endpoints.service_url("mrs", given)
    assert endpoints.service_url("mrs", {**given, "allow_http": True}) == f"http://{host}:80"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST"])
def test_the_own_machine_may_speak_plain_http(monkeypatch, host):
    monkeypatch.delenv("http_proxy")
    assert endpoints.service_url("mrs", options(endpoint=f"http://{host}")) == f"http://{host}"


@pytest.mark.parametrize(("variable", "value", "holds"), [("HW_INSECURE", "true", False), ("OS_INSECURE", "0", True)])
def test_the_insecure_variables_say_the_opposite_of_the_option(monkeypatch, variable, value, holds):
    monkeypatch.setenv(variable, value)
    read, variables = arguments.connection()["validate_certs"]["fallback"]
    assert read(*variables) is holds


def test_the_first_variable_that_is_not_empty_counts(monkeypatch):
    monkeypatch.setenv("HW_AUTH_TOKEN", "")
    monkeypatch.setenv("OS_TOKEN", "second")
    monkeypatch.setenv("OS_AUTH_TOKEN", "third")
    read, variables = arguments.connection()["token"]["fallback"]
    assert read(*variables) == "second"
