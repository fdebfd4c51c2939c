# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clouds.yaml and secure.yaml say, by openstacksdk's reader of its configuration."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options, variable_of
from .errors import LoginFailed

try:
    from openstack.config import OpenStackConfig
    from openstack.exceptions import ConfigException

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)

_LOGINS = ("password", "v3password", "v3multifactor", "token", "v3token")
_FOLDERS = (".", "~/.config/openstack", "/etc/openstack")
_BY_ID_OR_NAME = ("project_id", "project_name")
# Under auth in the file, by the option that it stands for.
_AUTH = {
    **{name: (name,) for name in ("auth_url", "token", "username", "user_id", "password", "passcode", *_BY_ID_OR_NAME)},
    "domain_name": ("user_domain_name", "project_domain_name"),
    "domain_id": ("user_domain_id", "project_domain_id"),
}


def with_cloud(options: Options, secrets: set[str], wanted: bool) -> Options | None:
    """The options, with what the cloud that they name has in clouds.yaml; a single cloud needs no name.

    What the task itself says goes before the file, and the file before the environment.

    :param secrets: takes what the file holds and must not be shown.
    :param wanted: whether a cloud was asked for; where not, and there is no single cloud, the answer is None.
    :raises LoginFailed: the cloud that was asked for cannot be read.
    """
    file, secure = (os.environ.get(name) for name in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"))
    if IMPORT_ERROR:
        # where such a file is, no other identity takes its place
        if wanted or any(os.path.exists(os.path.expanduser(f"{folder}/clouds.yaml")) for folder in _FOLDERS):
            raise LoginFailed(missing_required_lib("openstacksdk", f"to read clouds.yaml: {IMPORT_ERROR}"))
        return None
    if file and not secure:
        secure = os.path.join(os.path.dirname(file), "secure.yaml")
    try:
        reader = OpenStackConfig(
            [file] if file else None, secure_files=[secure] if secure else None, load_envvars=False
        )
        # without a file the reader makes a cloud of this name up
        names = sorted({*reader.get_cloud_names()} - {"defaults"})
        if not wanted and len(names) != 1:
            return None
        if not names:
            raise LoginFailed(f"no clouds can be read from {file or 'clouds.yaml'}")
        if len(names) > 1 if not options["cloud"] else options["cloud"] not in names:
            raise LoginFailed(f"set cloud to one of {reader.config_filename}: {', '.join(names)}")
        name = options["cloud"] or names[0]
        several = {"regions", "profile"} & reader.cloud_config["clouds"][name].keys()
        region = options["region"] if several else None
        return _merged(options, reader.get_one(name, validate=False, region_name=region), secrets)
    except LoginFailed:
        raise
    except Exception as error:
        # the texts of other errors hold lines of the file
        text = error if isinstance(error, ConfigException) else f"it is not as it should be ({type(error).__name__})"
        raise LoginFailed(f"{file or 'clouds.yaml'}: {text}") from None


def _merged(options: Options, cloud: Any, secrets: set[str]) -> Options:
    """The options of the task, then those of the file, then, for what has no part in a login, the environment's."""
    auth = cloud.config["auth"]
    kind = cloud.config["auth_type"]
    if kind not in _LOGINS:
        raise LoginFailed(f"cloud {cloud.name} logs in by {kind}, which is none of {', '.join(_LOGINS)}")
    read = {name: next((str(auth[key]) for key in keys if auth.get(key)), None) for name, keys in _AUTH.items()}
    if not (read["token"] or read["password"]):
        raise LoginFailed(f"cloud {cloud.name} has neither a password nor a token")
    secrets.update(filter(None, (read["token"], read["password"], read["passcode"])))
    unused = "password" if "token" in kind or not read["password"] else "token"
    read[unused] = None
    for each in ("name", "id"):
        domains = {str(auth[key]) for key in _AUTH[f"domain_{each}"] if auth.get(key)}
        if len(domains) > 1:
            raise LoginFailed(f"cloud {cloud.name} has its user and its project in two domains, which is not supported")
    verify, cert = cloud.get_requests_verify_args()
    files = {
        "ca_cert": verify if isinstance(verify, str) else None,
        **dict(zip(("client_cert", "client_key"), (cert,) if isinstance(cert, str) else cert or ())),
    }
    typed = {name: options[name] for name in options if options[name] and not variable_of(name, options)}
    if typed.keys() & _BY_ID_OR_NAME:
        read.update(dict.fromkeys(_BY_ID_OR_NAME))
    region = cloud.region_name or options["region"]
    return {
        **options,
        **dict.fromkeys(("access_key", "secret_key", "security_token")),
        **read,
        "region": region or None,
        **{name: path for name, path in files.items() if path},
        **typed,
        "validate_certs": options["validate_certs"] and verify is not False,
    }
