# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""The base URLs of the services, and the validation of URLs and path segments.

Sources: the endpoint lists of both clouds; docs/api, section 7.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ._errors import InvalidOption
from ._options import PUBLIC_CLOUD, ConnectionOptions
from ._redaction import has_invisible_characters

_HOST = r"[\w-]+(\.[\w-]+)*"
_BASE_URL = re.compile(rf"https?://({_HOST}|\[[0-9a-f:.]+\])(:\d{{1,5}})?(/[^?#@\s]*)?", re.IGNORECASE)
_REGIONAL_IAM = re.compile(r"iam\.([a-z]+-[\w-]+)\.([\w-]+\.[\w.-]+)")
# Hosts of the public cloud in other domains: by region, and by service and region.
_OTHER_DOMAINS = {
    "eu-west-101": "myhuaweicloud.eu",
    ("mrs", "ap-southeast-1"): "myhuaweicloud.cn",
    ("mrs", "ap-southeast-4"): "myhuaweicloud.cn",
    ("mrs", "ru-northwest-2"): "myhuaweicloud.cn",
}


def service_url(service: str, options: ConnectionOptions, catalog: Sequence[Any] = (), option: str = "endpoint") -> str:
    """Return the base URL of a service, without a version.

    An explicit endpoint takes precedence over the service catalog, and that over the host that region and cloud imply.

    :param service: the short name, such as ``mrs`` or ``iam``.
    :param catalog: the service catalog of the token.
    :param option: the option that holds an explicit endpoint.
    :raises InvalidOption: the options do not determine the endpoint.
    """
    if options[option]:
        return validate_url(option, options)
    iam_host = urlsplit(options["auth_url"] or "").hostname or ""
    regional = _REGIONAL_IAM.fullmatch(iam_host)
    region = options["region"] or (regional and regional[1])
    listed = _url_in_catalog(service, region, catalog)
    if listed:
        return require_safe_url(listed, options)
    unknown = f"Cannot determine the {service.upper()} endpoint"
    if not region:
        raise InvalidOption(f"{unknown}: set region or {option}.")
    domain = options["cloud_domain"]
    # credentials for one cloud must not reach another
    if regional and (domain == PUBLIC_CLOUD or options.source_rank("cloud_domain") > options.source_rank("auth_url")):
        domain = regional[2]
    elif regional and regional[2] != domain:
        labels = f"{options.label('cloud_domain')} and {options.label('auth_url')}"
        raise InvalidOption(f"{labels} belong to different clouds. Set only one.")
    elif iam_host and domain == PUBLIC_CLOUD and ".myhuaweicloud." not in f".{iam_host}":
        raise InvalidOption(f"{unknown}: set cloud_domain to the domain of auth_url, or set {option}.")
    if domain == PUBLIC_CLOUD:
        domain = _OTHER_DOMAINS.get((service, region)) or _OTHER_DOMAINS.get(region) or domain
    host = f"{service}.{region}.{domain}"
    if not re.fullmatch(_HOST, host):
        raise InvalidOption(f"{unknown}: region and cloud_domain result in {host!r}, which is not a host name.")
    return f"https://{host}"


def iam_url(options: ConnectionOptions) -> str:
    """Return the base URL of IAM, which always ends in ``/v3``."""
    return re.sub(r"/v3(\.0)?$", "", service_url("iam", options, option="auth_url")) + "/v3"


def validate_url(option: str, options: ConnectionOptions) -> str:
    """Return the URL in an option, without a slash at its end.

    :raises InvalidOption: it is not a base URL, or credentials must not be sent to it.
    """
    if not _BASE_URL.fullmatch(options[option]):
        # the value may contain a password
        raise InvalidOption(f"{options.label(option)} must be a URL such as https://host or https://host/path.")
    return require_safe_url(options[option].rstrip("/"), options)


def require_safe_url(url: str, options: ConnectionOptions) -> str:
    """Return a URL that credentials may be sent to.

    :raises InvalidOption: it is not a base URL, or it is plain HTTP to another machine and ``allow_http`` is not set.
    """
    try:
        parts, valid = urlsplit(url), bool(_BASE_URL.fullmatch(url))
        if "[" in parts.netloc:
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        valid = False
    if not valid:
        raise InvalidOption("The address of a service is not a valid URL. Set endpoint.")
    if parts.scheme == "http" and not options["allow_http"] and not _is_local(url, parts.hostname or ""):
        host = parts.netloc
        raise InvalidOption(f"Credentials are not sent to {host} over plain HTTP. Use https, or set allow_http: true.")
    return url


def validate_path_segment(option: str, value: str) -> str:
    """Return a value that may be one segment of a path, which is sent percent-encoded.

    :raises InvalidOption: the value is empty, names another path or contains invisible characters.
    """
    for invalid, reason in (
        (not value, "must not be empty"),
        (value in (".", ".."), f"must not be {value!r}, which refers to another path"),
        (value != value.strip(), f"must not begin or end with a space: {value!r}"),
        (has_invisible_characters(value), f"must not contain control characters or invisible characters: {value!r}"),
    ):
        if invalid:
            raise InvalidOption(f"{option} {reason}.")
    return value


def _url_in_catalog(service: str, region: str | None, catalog: Sequence[Any]) -> str | None:
    """Return the public base URL of a service in the catalog of a token, without version and project.

    MRS has an entry ``mrs`` without the project and an entry ``mrsv1`` with it. They do not differ otherwise.
    """
    urls: dict[str, str] = {}
    kind = re.compile(rf"{service}(v[\d.]+)?")
    try:
        for entry in (each for each in catalog if isinstance(each, dict)):
            for endpoint in entry["endpoints"] if kind.fullmatch(str(entry.get("type"))) else ():
                here = region in (None, endpoint["region"]) or endpoint["region"] in (None, "*")
                if here and endpoint["interface"] == "public":
                    urls.setdefault(str(endpoint["region"]), re.sub(r"/v\d[\d.]*(/[^/]*)?/?$", "", endpoint["url"]))
    except (KeyError, TypeError) as error:
        raise InvalidOption("The service catalog of the token cannot be read. Set endpoint.") from error
    if len({*urls.values()}) > 1:
        regions = ", ".join(sorted(urls))
        raise InvalidOption(f"{service.upper()} is available in several regions. Set region to one of {regions}.")
    return next(iter(urls.values()), None)


def _is_local(url: str, host: str) -> bool:
    """Return whether requests to a host never leave this machine."""
    from requests.utils import get_environ_proxies

    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return loopback and not {"http", "all"} & get_environ_proxies(url).keys()
