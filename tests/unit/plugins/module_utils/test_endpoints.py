# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base URLs of the services, and the validation of URLs and path segments."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.huaweicloud.plugins.module_utils._endpoints import (
    iam_url,
    require_safe_url,
    service_url,
    validate_path_segment,
)
from ansible_collections.dataops.huaweicloud.plugins.module_utils._errors import InvalidOption


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
        # a regional address of IAM determines region and domain
        ({"auth_url": "https://iam.eu-de.otc.t-systems.com:443/v3"}, "https://mrs.eu-de.otc.t-systems.com"),
        ({"auth_url": "https://iam.eu-de.otc.t-systems.com/v3", "region": "x"}, "https://mrs.x.otc.t-systems.com"),
        ({"auth_url": "https://iam.ap-southeast-1.myhuaweicloud.com"}, "https://mrs.ap-southeast-1.myhuaweicloud.cn"),
        (
            {"auth_url": "https://iam.myhuaweicloud.com", "region": "cn-north-4"},
            "https://mrs.cn-north-4.myhuaweicloud.com",
        ),
    ],
)
def test_options_determine_the_service_url(make_options, given, url):
    assert service_url("mrs", make_options(**given)) == url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        # only hosts of the public cloud have other domains in some regions
        ({"auth_url": "https://iam.eu-west-101.private.example/v3"}, "https://dli.eu-west-101.private.example"),
        ({"auth_url": "https://IAM.eu-de.otc.t-systems.com/v3"}, "https://dli.eu-de.otc.t-systems.com"),
    ],
)
def test_iam_url_determines_the_cloud(make_options, given, url):
    assert service_url("dli", make_options(**given)) == url


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
def test_options_determine_the_iam_url(make_options, given, url):
    assert iam_url(make_options(**given)) == url


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
def test_invalid_url_is_refused_and_not_shown(make_options, url):
    with pytest.raises(InvalidOption) as error:
        service_url("mrs", make_options(endpoint=url))
    assert str(error.value) == "endpoint must be a URL such as https://host or https://host/path."


def test_message_names_variable_of_invalid_url(make_options):
    with pytest.raises(InvalidOption, match=r"^endpoint \(from HW_ENDPOINT\) must be a URL"):
        service_url("mrs", make_options({"HW_ENDPOINT": "host"}))


@pytest.mark.parametrize(("service", "given", "option"), [("mrs", {}, "endpoint"), ("iam", {}, "auth_url")])
def test_missing_region_is_reported(make_options, service, given, option):
    message = rf"^Cannot determine the {service.upper()} endpoint: set region or {option}\.$"
    with pytest.raises(InvalidOption, match=message):
        service_url(service, make_options(**given), option=option)


@pytest.mark.parametrize("given", [{"region": "a b"}, {"region": "x", "cloud_domain": "a/b"}])
def test_invalid_host_name_is_refused(make_options, given):
    with pytest.raises(InvalidOption, match="which is not a host name"):
        service_url("mrs", make_options(**given))


def test_credentials_stay_in_their_cloud(make_options):
    given = {"auth_url": "https://keystone.example:5000/v3", "region": "RegionOne"}
    message = "^Cannot determine the MRS endpoint: set cloud_domain to the domain of auth_url, or set endpoint"
    with pytest.raises(InvalidOption, match=message):
        service_url("mrs", make_options(**given))
    assert service_url("mrs", make_options(**given, cloud_domain="example")) == "https://mrs.RegionOne.example"


def test_cloud_of_environment_yields_to_task(make_options):
    environment = {"HW_CLOUD": "otc.t-systems.com", "HW_REGION_NAME": "cn-north-4"}
    options = make_options(environment, auth_url="https://iam.cn-north-4.myhuaweicloud.com/v3")
    assert service_url("dli", options) == "https://dli.cn-north-4.myhuaweicloud.com"


def test_different_clouds_in_environment_are_refused(make_options):
    environment = {
        "HW_CLOUD": "otc.t-systems.com",
        "HW_REGION_NAME": "cn-north-4",
        "HW_AUTH_URL": "https://iam.cn-north-4.myhuaweicloud.com/v3",
    }
    message = r"^cloud_domain \(from HW_CLOUD\) and auth_url \(from HW_AUTH_URL\) belong to different clouds"
    with pytest.raises(InvalidOption, match=message):
        service_url("dli", make_options(environment))


@pytest.mark.parametrize("host", ["m.example", "10.0.0.1", "localhost.example", "127.0.0.1.example", "[::2]"])
def test_plain_http_requires_an_option(make_options, host):
    given = {"endpoint": f"http://{host}:80"}
    with pytest.raises(InvalidOption, match=r"over plain HTTP. Use https, or set allow_http: true\.$"):
        service_url("mrs", make_options(**given))
    assert service_url("mrs", make_options(**given, allow_http=True)) == f"http://{host}:80"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST"])
def test_this_machine_may_use_plain_http(monkeypatch, make_options, host):
    monkeypatch.delenv("http_proxy")
    assert service_url("mrs", make_options(endpoint=f"http://{host}")) == f"http://{host}"


def test_proxy_makes_this_machine_remote(monkeypatch, make_options):
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(InvalidOption, match="over plain HTTP"):
        service_url("mrs", make_options(endpoint="http://127.0.0.1:80"))


@pytest.mark.parametrize("url", ["https://h", "https://h/path", "https://[::1]:1/x"])
def test_safe_url_is_returned_unchanged(make_options, url):
    assert require_safe_url(url, make_options()) == url


def entry(kind, url, region="eu-de", interface="public"):
    """Return one entry of a service catalog."""
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
        ("dli", [entry("dli", "https://n.example/v1.0/p", region=None)], "https://n.example"),
        ("mrs", [entry("mrsx", "https://x.example/v1.1")], "https://mrs.eu-de.myhuaweicloud.com"),
    ],
)
def test_catalog_takes_precedence_over_region(make_options, service, catalog, url):
    assert service_url(service, make_options(region="eu-de"), catalog) == url


def test_endpoint_takes_precedence_over_catalog(make_options):
    catalog = [entry("mrs", "https://m.example/v1.1")]
    assert service_url("mrs", make_options(endpoint="https://e.example"), catalog) == "https://e.example"


def test_regional_iam_url_selects_from_catalog(make_options):
    catalog = [entry("mrs", "https://m.example"), entry("mrs", "https://n.example", region="eu-nl")]
    options = make_options(auth_url="https://iam.eu-nl.otc.t-systems.com/v3")
    assert service_url("mrs", options, catalog) == "https://n.example"


def test_invalid_entries_of_others_are_ignored(make_options):
    catalog = [None, {"type": "x"}, {}, entry("mrs", "https://m.example")]
    assert service_url("mrs", make_options(), catalog) == "https://m.example"


def test_one_url_needs_no_region(make_options):
    catalog = [entry("mrs", "https://m.example/v1.1"), entry("mrsv1", "https://m.example/v1.1/p")]
    assert service_url("mrs", make_options(), catalog) == "https://m.example"
    catalog.append(entry("mrs", "https://n.example/v1.1", region="eu-nl"))
    message = r"^MRS is available in several regions. Set region to one of eu-de, eu-nl\.$"
    with pytest.raises(InvalidOption, match=message):
        service_url("mrs", make_options(), catalog)


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        ([entry("mrs", "http://m.example/v1.1")], "^Credentials are not sent to m.example over plain HTTP"),
        ([entry("mrs", "m.example/v1.1")], "^The address of a service is not a valid URL"),
        ([{"type": "mrs"}], "^The service catalog of the token cannot be read. Set endpoint"),
        ([entry("mrs", "https://[1.2.3.4]/v1.1")], "^The address of a service is not a valid URL"),
        ([entry("mrs", "https://[::::]/v1.1")], "^The address of a service is not a valid URL"),
        ([entry("mrs", None)], "^The service catalog of the token cannot be read. Set endpoint"),
    ],
)
def test_unusable_catalog_entry_is_refused(make_options, catalog, message):
    with pytest.raises(InvalidOption, match=message):
        service_url("mrs", make_options(), catalog)


@pytest.mark.parametrize("value", ["a", "ä ö", "a/b", "a%2Fb", "...", "日本"])
def test_ordinary_path_segments_are_valid(value):
    assert validate_path_segment("job_id", value) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "^job_id must not be empty"),
        (".", r"^job_id must not be '\.', which refers to another path"),
        ("..", r"^job_id must not be '\.\.', which refers to another path"),
        (" a", "^job_id must not begin or end with a space"),
        ("a\n", "^job_id must not begin or end with a space"),
        ("a\x00b", "^job_id must not contain control characters"),
        ("a\u200bb", "^job_id must not contain control characters or invisible characters"),
    ],
)
def test_dangerous_path_segments_are_refused(value, message):
    with pytest.raises(InvalidOption, match=message):
        validate_path_segment("job_id", value)
