# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the services are, and what may be part of an address."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from .arguments import PUBLIC_CLOUD, Options, rank, where
from .errors import InvalidInput

_HOST = r"[\w-]+(\.[\w-]+)*"
_BASE_URL = re.compile(rf"https?://({_HOST}|\[[0-9a-f:.]+\])(:\d{{1,5}})?(/[^?#@\s]*)?", re.IGNORECASE)
_REGIONAL_IAM = re.compile(r"iam\.([a-z]+-[\w-]+)\.([\w-]+\.[\w.-]+)")
# Hosts of the public cloud that end otherwise: by region, and by service and region.
_EXCEPTIONS = {
    "eu-west-101": "myhuaweicloud.eu",
    ("mrs", "ap-southeast-1"): "myhuaweicloud.cn",
    ("mrs", "ap-southeast-4"): "myhuaweicloud.cn",
    ("mrs", "ru-northwest-2"): "myhuaweicloud.cn",
}


def service_url(service: str, options: Options, catalog: Sequence[Any] = (), option: str = "endpoint") -> str:
    """Base URL of a service, by its short name (C{mrs}, C{cdm}, C{dli}, C{ges}, C{iam}), without a version.

    What the option says goes before the catalog, and that before the host that C{region} and C{cloud_domain} give.
    """
    if options[option]:
        return checked_url(option, options)
    # the host of the identity service may tell region and cloud
    iam = urlsplit(options["auth_url"] or "").hostname or ""
    told = _REGIONAL_IAM.fullmatch(iam)
    region, domain = options["region"] or (told and told[1]), options["cloud_domain"]
    found = _in_catalog(service, region, catalog)
    if found:
        return safe_url(found, options)
    if not region:
        raise InvalidInput(f"where {service} is cannot be told: set region, or {option}")
    # what logs in to one cloud is not shown to another
    if told and (domain == PUBLIC_CLOUD or rank("cloud_domain", options) > rank("auth_url", options)):
        domain = told[2]
    elif told and told[2] != domain:
        raise InvalidInput(f"{where('cloud_domain', options)} and {where('auth_url', options)} are of two clouds")
    elif iam and domain == PUBLIC_CLOUD and ".myhuaweicloud." not in f".{iam}":
        raise InvalidInput(f"where {service} is cannot be told: set cloud_domain to that of auth_url, or {option}")
    if domain == PUBLIC_CLOUD:
        domain = _EXCEPTIONS.get((service, region)) or _EXCEPTIONS.get(region) or domain
    host = f"{service}.{region}.{domain}"
    if not re.fullmatch(_HOST, host):
        raise InvalidInput(f"region and cloud_domain give {host!r}, which is no name of a host")
    return f"https://{host}"


def identity_url(options: Options) -> str:
    """Base URL of the identity service, which always ends in C{/v3}."""
    return re.sub(r"/v3(\.0)?$", "", service_url("iam", options, option="auth_url")) + "/v3"


def checked_url(option: str, options: Options) -> str:
    """The URL in an option, without a slash at its end; raises L{InvalidInput} unless it is a plain, safe base URL."""
    if not _BASE_URL.fullmatch(options[option]):
        # the value may hold a password: it is not shown
        raise InvalidInput(f"{where(option, options)} must be a URL of scheme, host and perhaps path: https://host")
    return safe_url(options[option].rstrip("/"), options)


def safe_url(url: str, options: Options) -> str:
    """The URL of a service that credentials may be sent to; raises L{InvalidInput} for plain http over a network."""
    try:
        parts, plain = urlsplit(url), bool(_BASE_URL.fullmatch(url))
        if "[" in parts.netloc:
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        plain = False
    if not plain:
        raise InvalidInput("the address of a service is no URL; set it by an option")
    if parts.scheme == "http" and not options["allow_http"] and not _stays_here(url, parts.hostname or ""):
        raise InvalidInput(f"credentials are not sent to {parts.netloc} over plain http: use https, or set allow_http")
    return url


def checked_segment(option: str, value: str) -> str:
    """A value fit to be one segment of a path, which is sent percent-encoded; raises L{InvalidInput} otherwise."""
    invisible = any(unicodedata.category(character).startswith("C") for character in value)
    for bad, reason in (
        (not value, "which is empty"),
        (value in (".", ".."), "which would name another path"),
        (value != value.strip(), "which begins or ends with a blank"),
        (invisible, "in which there is a control character, or an invisible one"),
    ):
        if bad:
            raise InvalidInput(f"{option} holds {value!r}, {reason}")
    return value


def _in_catalog(service: str, region: str | None, catalog: Sequence[Any]) -> str | None:
    """A service's public base URL in the catalog of a token, without the version and the project at its end.

    MRS has an entry C{mrs}, without the project, and C{mrsv1}, with it: they differ in nothing else.
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
        raise InvalidInput("the catalog of the token cannot be read; set endpoint") from error
    if len({*urls.values()}) > 1:
        raise InvalidInput(f"{service} is in more than one region: set region to one of {', '.join(sorted(urls))}")
    return next(iter(urls.values()), None)


def _stays_here(url: str, host: str) -> bool:
    """Whether what is sent to a host never leaves this machine."""
    from requests.utils import get_environ_proxies

    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return loopback and not {"http", "all"} & get_environ_proxies(url).keys()
