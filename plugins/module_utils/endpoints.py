# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the services are, and what may be part of an address."""

from __future__ import annotations

import re
import unicodedata

from .arguments import Options, where
from .errors import InvalidInput

_HOST = r"[\w-]+(\.[\w-]+)*"
_BASE_URL = re.compile(rf"https?://({_HOST}|\[[0-9a-f:.]+\])(:\d{{1,5}})?(/[^?#@\s]*)?", re.IGNORECASE)


def service_url(service: str, options: Options, option: str = "endpoint") -> str:
    """Base URL of a service, by its short name (C{mrs}, C{cdm}, C{dli}, C{ges}, C{iam}).

    What the option says goes before the host that C{region} and C{cloud_domain} give.
    """
    if options[option]:
        return checked_url(option, options)
    if not options["region"]:
        raise InvalidInput(f"where {service} is cannot be told: set region, or {option}")
    host = f"{service}.{options['region']}.{options['cloud_domain']}"
    if not re.fullmatch(_HOST, host):
        raise InvalidInput(f"region and cloud_domain give {host!r}, which is no name of a host")
    return f"https://{host}"


def identity_url(options: Options) -> str:
    """Base URL of the identity service, which always ends in C{/v3}."""
    return service_url("iam", options, "auth_url").removesuffix("/v3") + "/v3"


def checked_url(option: str, options: Options) -> str:
    """The URL in an option, without a slash at its end; raises L{InvalidInput} unless it is a plain base URL."""
    if not _BASE_URL.fullmatch(options[option]):
        # the value may hold a password: it is not shown
        raise InvalidInput(f"{where(option, options)} must be a URL of scheme, host and perhaps path: https://host")
    return options[option].rstrip("/")


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
