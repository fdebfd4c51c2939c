# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options: their sources, their precedence and their types."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import InvalidOption
from ansible_collections.dataops.huaweicloud.plugins.module_utils._options import (
    CLOUDS_YAML,
    SECRET_OPTIONS,
    ResolvedOption,
    connection_arguments,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._redaction import Secrets


def test_defaults_apply_without_any_source(make_options):
    options = make_options()
    assert dict(options) == {
        "cloud_domain": "myhuaweicloud.com",
        "allow_http": False,
        "validate_certs": True,
        "request_timeout": 30,
        "retries": 5,
    }
    assert options["token"] is None
    assert options.source("retries") is None


def test_arguments_have_neither_defaults_nor_fallbacks():
    for argument in connection_arguments().values():
        assert argument["type"] in ("str", "bool", "int", "path")
        assert not {"default", "fallback"} & argument.keys()


def test_arguments_are_independent_copies():
    connection_arguments()["token"]["type"] = "int"
    assert connection_arguments()["token"]["type"] == "str"


def test_secret_options_are_not_logged():
    assert {*SECRET_OPTIONS} == {"token", "password", "passcode", "secret_key", "security_token"}
    arguments = connection_arguments()
    assert all(arguments[name]["no_log"] is True for name in SECRET_OPTIONS)
    assert all(arguments[name]["no_log"] is False for name in ("access_key", "client_key"))


def test_task_takes_precedence_over_environment(make_options):
    options = make_options({"HW_REGION_NAME": "eu-de"}, region="eu-nl")
    assert (options["region"], options.source("region"), options.source_rank("region")) == ("eu-nl", "", 0)


@pytest.mark.parametrize(("name", "value"), [("region", ""), ("allow_http", False), ("retries", 0)])
def test_empty_value_of_task_counts(make_options, name, value):
    environment = {"HW_REGION_NAME": "eu-de", "HW_ALLOW_HTTP": "yes", "HW_MAX_RETRIES": "9"}
    options = make_options(environment, **{name: value})
    assert (options[name], options.source(name)) == (value, "")


def test_equal_values_keep_their_source(make_options):
    options = make_options({"OS_TOKEN": "same"}, token="same")
    assert options.variable("token") is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HW_INSECURE", "true", False),
        ("HW_INSECURE", "Yes", False),
        ("HW_INSECURE", "1", False),
        ("OS_INSECURE", "0", True),
        ("OS_INSECURE", "no", True),
        ("OS_INSECURE", "perhaps", True),
    ],
)
def test_insecure_variables_negate_the_option(make_options, variable, value, expected):
    assert make_options({variable: value})["validate_certs"] is expected


def test_first_variable_with_value_counts(make_options):
    options = make_options({"HW_AUTH_TOKEN": "", "OS_TOKEN": "second", "OS_AUTH_TOKEN": "third"})
    assert (options["token"], options.variable("token")) == ("second", "OS_TOKEN")


@pytest.mark.parametrize(
    ("variable", "precedence"), [("HW_ACCESS_KEY", 1), ("OS_ACCESS_KEY", 2), ("HUAWEICLOUD_SDK_AK", 3)]
)
def test_precedence_follows_variable_families(make_options, variable, precedence):
    options = make_options({variable: "AK"})
    assert options.source_rank("access_key") == precedence
    assert options.label("access_key") == f"access_key (from {variable})"


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("HW_REQUEST_TIMEOUT", "7", "request_timeout", 7),
        ("OS_MAX_BACKOFF_RETRIES", "0", "retries", 0),
        ("HW_ALLOW_HTTP", "yes", "allow_http", True),
        ("HW_CACERT", "~/ca.pem", "ca_cert", "{home}/ca.pem"),
    ],
)
def test_variables_have_the_options_type(make_options, tmp_path, variable, value, name, expected):
    if isinstance(expected, str):
        expected = expected.format(home=tmp_path)
    assert make_options({variable: value})[name] == expected


@pytest.mark.parametrize(
    ("variable", "kind"), [("HW_REQUEST_TIMEOUT", "int"), ("HW_MAX_RETRIES", "int"), ("HW_ALLOW_HTTP", "bool")]
)
def test_variable_of_wrong_type_is_named(make_options, variable, kind):
    with pytest.raises(InvalidOption, match=f"^The environment variable {variable} must be of type {kind}.$"):
        make_options({variable: "many"})


@pytest.mark.parametrize(
    ("environment", "arguments", "message"),
    [
        ({}, {"request_timeout": 0}, r"^request_timeout must be at least 1, not 0\.$"),
        ({}, {"retries": -1}, r"^retries must be at least 0, not -1\.$"),
        ({"HW_MAX_RETRIES": "-1"}, {}, r"^retries \(from HW_MAX_RETRIES\) must be at least 0, not -1\.$"),
    ],
)
def test_numbers_out_of_range_are_refused(make_options, environment, arguments, message):
    with pytest.raises(InvalidOption, match=message):
        make_options(environment, **arguments)


def test_secrets_of_all_sources_are_registered(make_options):
    secrets = Secrets()
    make_options({"HW_SECRET_KEY": "env-secret"}, secrets, token="task-secret")
    assert secrets.redact("env-secret task-secret") == "******** ********"


def test_options_do_not_show_their_values(make_options):
    assert "S3CR3T" not in repr(make_options(token="S3CR3T"))


def test_other_values_leave_the_original_alone(make_options):
    options = make_options({"HW_PROJECT_ID": "p"}, region="eu-de")
    other = options.with_values({"project_id": None, "region": "eu-nl", "token": "t"}, CLOUDS_YAML)
    assert (options["project_id"], options["region"], options["token"]) == ("p", "eu-de", None)
    assert (other["project_id"], other["region"], other["token"]) == (None, "eu-nl", "t")
    assert "project_id" not in [*other]
    assert (other.source("region"), other.variable("region"), other.source_rank("region")) == (CLOUDS_YAML, None, 0)
    assert other.label("region") == "region (from clouds.yaml)"


def test_resolved_option_comes_from_task_by_default():
    assert ResolvedOption("x").source == ""
