# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to a login and an address, without any request."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils import arguments, auth, endpoints
from ansible_collections.dataops.huaweicloud.plugins.module_utils.errors import InvalidInput, LoginFailed

OPTIONS = {name: spec.get("default") for name, spec in arguments.connection().items()}


def options(**given):
    return {**OPTIONS, **given}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "No way to log in is given: set token and project_id, or username"),
        ({"username": "u"}, "username is given without password. No way to log in is given"),
        ({"token": "t"}, "token is given without project_id"),
        ({"token": "t", "project_name": "p"}, "token is given without project_id"),
        ({"password": "x"}, "password is given without username and domain_name and project_name"),
        ({"password": "x", "username": "u", "project_id": "p"}, "password is given without domain_name"),
        ({"token": "t", "password": "x"}, "token and password are two ways to log in: unset one"),
        ({"token": "a b", "project_id": "p"}, "the token holds a blank"),
    ],
)
def test_half_and_double_ways_to_log_in_are_refused(given, message):
    with pytest.raises(LoginFailed, match=message):
        auth.log_in(options(**given), None)


def test_a_message_names_the_variable_and_never_the_value(monkeypatch):
    monkeypatch.setenv("OS_TOKEN", "value-of-it")
    with pytest.raises(LoginFailed, match=r"^token \(from OS_TOKEN\) is given without project_id$"):
        auth.log_in(options(token="value-of-it"), None)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"region": "eu-de", "cloud_domain": "otc.t-systems.com"}, "https://mrs.eu-de.otc.t-systems.com"),
        ({"region": "cn-north-4"}, "https://mrs.cn-north-4.myhuaweicloud.com"),
        ({"region": "cn-north-4", "endpoint": "https://mrs.example.com/"}, "https://mrs.example.com"),
        ({"endpoint": "http://[::1]:8080/path/"}, "http://[::1]:8080/path"),
    ],
)
def test_where_a_service_is(given, url):
    assert endpoints.service_url("mrs", options(**given)) == url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"auth_url": "https://iam.example.com"}, "https://iam.example.com/v3"),
        ({"auth_url": "https://iam.example.com/v3/"}, "https://iam.example.com/v3"),
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
