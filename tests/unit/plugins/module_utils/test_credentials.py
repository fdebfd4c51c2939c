# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice of the authentication method, without any request."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._auth.registry import (
    AUTH_METHODS,
    resolve_credentials,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import AuthenticationFailed
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets

KEYS = {"access_key": "AK", "secret_key": "SK"}
USER = {"username": "u", "password": "x", "domain_name": "d", "project_name": "p"}


@pytest.fixture
def resolve(make_options):
    """Resolve the credentials of a task from its arguments and environment variables."""

    def resolve(environment=None, **arguments):
        return resolve_credentials(make_options(environment, **arguments), Secrets())

    return resolve


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"username": "u"},
            "^Incomplete credentials: username is set without password and domain_name or domain_id or user_id and",
        ),
        ({"token": "t"}, r"^Incomplete credentials: token is set without project_id or auth_url or region\.$"),
        ({"token": "t", "project_name": "p"}, r"token is set without project_id or auth_url or region\.$"),
        ({"password": "x"}, "password is set without username or user_id and domain_name or domain_id"),
        ({"password": "x", "username": "u", "project_id": "p"}, "password is set without domain_name or domain_id"),
        ({"passcode": "x", **USER, "password": None}, r"username is set without password\.$"),
        ({"access_key": "x", "project_id": "p"}, r"access_key is set without secret_key\.$"),
        ({"secret_key": "x", "project_id": "p"}, r"secret_key is set without access_key\.$"),
        ({"security_token": "x"}, "security_token is set without access_key and secret_key and project_id or"),
        (KEYS, r"access_key is set without project_id or project_name or region\.$"),
    ],
)
def test_incomplete_credentials_are_refused(resolve, given, message):
    with pytest.raises(AuthenticationFailed, match=message):
        resolve(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"token": "t", "password": "x"}, r"^Conflicting credentials: token and password are set\. Set only one\.$"),
        ({"token": "t", **KEYS, "cloud": "c"}, "^Conflicting credentials: token, access_key and cloud are set"),
    ],
)
def test_several_methods_are_refused(resolve, given, message):
    with pytest.raises(AuthenticationFailed, match=message):
        resolve(**given)


@pytest.mark.parametrize(
    ("variables", "given", "message"),
    [
        ({"OS_TOKEN": "hidden"}, {}, r"token \(from OS_TOKEN\) is set without project_id"),
        (
            {"OS_TOKEN": "hidden", "HW_SECRET_KEY": "hidden2"},
            {},
            r"^Conflicting credentials: token \(from OS_TOKEN\) and secret_key \(from HW_SECRET_KEY\) are set",
        ),
        (
            {"OS_CLIENT_CONFIG_FILE": "hidden", "HW_AUTH_TOKEN": "hidden2"},
            {},
            r"token \(from HW_AUTH_TOKEN\) and clouds_yaml \(from OS_CLIENT_CONFIG_FILE\) are set",
        ),
        (
            {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "hidden", "OS_CLOUD": "hidden2"},
            {},
            r"credentials_file \(from HUAWEICLOUD_SDK_CREDENTIALS_FILE\) and cloud \(from OS_CLOUD\) are set",
        ),
        ({"OS_PASSWORD": "hidden"}, KEYS, "^Incomplete credentials: access_key is set without project_id"),
        (
            {"HW_ACCESS_KEY": "hidden", "HUAWEICLOUD_SDK_SK": "hidden2"},
            {"project_id": "p"},
            r"access_key \(from HW_ACCESS_KEY\) and secret_key \(from HUAWEICLOUD_SDK_SK\) have different sources",
        ),
        (
            {"HW_SECURITY_TOKEN": "hidden"},
            {**KEYS, "project_id": "p"},
            r"access_key and secret_key and security_token \(from HW_SECURITY_TOKEN\) have different sources",
        ),
        ({"OS_USERNAME": "hidden", "OS_PASSWORD": "hidden"}, {}, r"password \(from OS_PASSWORD\) is set without"),
    ],
)
def test_message_names_variable_without_value(resolve, variables, given, message):
    with pytest.raises(AuthenticationFailed, match=message) as error:
        resolve(variables, **given)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("variables", "given", "method"),
    [
        # the task takes precedence over the environment
        ({"OS_PASSWORD": "x", "OS_USERNAME": "u"}, {"token": "t", "project_id": "p"}, "token"),
        ({"OS_TOKEN": "t", "OS_PASSWORD": "x"}, {**KEYS, "project_id": "p"}, "access key"),
        ({"OS_CLIENT_CONFIG_FILE": "f"}, {**KEYS, "project_id": "p"}, "access key"),
        # a secret may be kept in the environment
        ({"HW_SECRET_KEY": "x"}, {"access_key": "k", "project_id": "p"}, "access key"),
        ({"OS_PASSWORD": "x", "HW_SECRET_KEY": "s"}, {"username": "u", "domain_id": "d", "region": "r"}, "password"),
        # a user name in the environment may have another purpose
        ({"OS_USERNAME": "u", "HW_ACCESS_KEY": "k", "HW_SECRET_KEY": "s"}, {"region": "r"}, "access key"),
        ({"OS_USERNAME": "u", "OS_TOKEN": "t"}, {"project_id": "p"}, "token"),
        ({"HUAWEICLOUD_SDK_AK": "k", "HUAWEICLOUD_SDK_SK": "s", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}, {}, "access key"),
        ({"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "f"}, {}, "vendor chain"),
    ],
)
def test_options_select_the_method(resolve, variables, given, method):
    credentials = resolve(variables, **given)
    assert (credentials.method, credentials.explicit) == (method, True)


@pytest.mark.parametrize("variables", [{}, {"OS_USERNAME": "u"}])
def test_vendor_chain_is_the_last_resort(resolve, variables):
    credentials = resolve(variables)
    assert (credentials.method, credentials.explicit) == ("vendor chain", False)


def test_methods_are_registered_by_name():
    assert [*AUTH_METHODS] == ["token", "password", "access key", "vendor chain"]


@pytest.mark.parametrize(
    ("variables", "given", "used", "dropped"),
    [
        ({"OS_PROJECT_ID": "x"}, {"project_name": "p"}, "project_name", "project_id"),
        ({"OS_PROJECT_DOMAIN_ID": "x"}, {"domain_name": "d"}, "domain_name", "domain_id"),
        ({"HW_PROJECT_NAME": "p", "OS_PROJECT_ID": "x"}, {}, "project_name", "project_id"),
        ({"HW_PROJECT_ID": "p", "OS_PROJECT_NAME": "x"}, {}, "project_id", "project_name"),
    ],
)
def test_nearer_source_overrides_id_or_name(resolve, variables, given, used, dropped):
    options = resolve(variables, **{**KEYS, "region": "r", **given}).options
    assert options[used] and not options[dropped]


def test_user_of_task_overrides_environment(resolve):
    variables = {"OS_USER_ID": "x", "OS_PASSWORD": "p"}
    options = resolve(variables, username="u", domain_name="d", region="r").options
    assert (options["username"], options["user_id"]) == ("u", None)


@pytest.mark.parametrize(
    "variables",
    [
        {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "x", "HW_DOMAIN_NAME": "d", "OS_AUTH_URL": "https://iam.other"},
        {"HUAWEICLOUD_SDK_AK": "k", "HUAWEICLOUD_SDK_SK": "s", "OS_AUTH_URL": "https://iam.other"},
    ],
)
def test_auth_url_of_other_family_is_refused(resolve, variables):
    with pytest.raises(AuthenticationFailed, match=r"auth_url \(from OS_AUTH_URL\) have different sources"):
        resolve(variables, region="r")


def test_hw_auth_url_fits_all_families(resolve):
    variables = {"OS_USERNAME": "u", "OS_PASSWORD": "x", "OS_DOMAIN_NAME": "d", "HW_AUTH_URL": "https://iam.own"}
    assert resolve(variables, region="r").method == "password"


def test_equal_token_of_environment_is_ignored(resolve):
    variables = {"OS_TOKEN": "same", "HW_ACCESS_KEY": "k", "HW_SECRET_KEY": "s"}
    assert resolve(variables, token="same", project_id="p").method == "token"
