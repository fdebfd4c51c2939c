# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Credentials from clouds.yaml and secure.yaml, through the configuration reader of openstacksdk."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._errors import AuthenticationFailed
from .._options import CLOUDS_YAML, ConnectionOptions
from .._redaction import Secrets

_AUTH_TYPES = ("password", "v3password", "v3multifactor", "token", "v3token")
_FOLDERS = (".", "~/.config/openstack", "/etc/openstack")
_PROJECT = ("project_id", "project_name")
# For each option the keys below `auth` in the file.
_KEYS = {
    **{name: (name,) for name in ("auth_url", "token", "username", "user_id", "password", "passcode", *_PROJECT)},
    "domain_name": ("user_domain_name", "project_domain_name"),
    "domain_id": ("user_domain_id", "project_domain_id"),
}


def read_cloud(options: ConnectionOptions, secrets: Secrets, required: bool) -> ConnectionOptions | None:
    """Return the options with the values of a cloud in clouds.yaml. A single cloud needs no name.

    The task takes precedence over the file, and the file over the environment.

    :param secrets: receives the secrets in the file.
    :param required: whether the task or the environment names a cloud. If not, and there is no single cloud, return
        None.
    :raises AuthenticationFailed: the cloud cannot be read.
    """
    try:
        from openstack.config import OpenStackConfig
        from openstack.exceptions import ConfigException
    except ImportError as error:
        # an existing file is not replaced by another identity
        if required or any(os.path.exists(os.path.expanduser(f"{folder}/clouds.yaml")) for folder in _FOLDERS):
            reason = f"to read clouds.yaml: {error}"
            raise AuthenticationFailed(missing_required_lib("openstacksdk", reason)) from error
        return None
    file, secure = options["clouds_yaml"], options["secure_yaml"]
    if file and not secure:
        secure = os.path.join(os.path.dirname(file), "secure.yaml")
    try:
        reader = OpenStackConfig(
            [file] if file else None, secure_files=[secure] if secure else None, load_envvars=False
        )
        name = _select(reader, options, required)
        if name is None:
            return None
        has_regions = {"regions", "profile"} & reader.cloud_config["clouds"][name].keys()
        cloud = reader.get_one(name, validate=False, region_name=options["region"] if has_regions else None)
        return _merge(options, cloud, secrets)
    except AuthenticationFailed:
        raise
    except Exception as error:
        # the messages of other exceptions may contain lines of the file
        reason = str(error) if isinstance(error, ConfigException) else f"it is not valid ({type(error).__name__})"
        raise AuthenticationFailed(f"Cannot read {file or 'clouds.yaml'}: {reason.rstrip('.')}.") from None


def _select(reader: Any, options: ConnectionOptions, required: bool) -> str | None:
    """Return the name of the cloud to use."""
    names = sorted({*reader.get_cloud_names()} - {"defaults"})  # without a file the reader returns this name
    if not required and len(names) != 1:
        return None
    if not names:
        raise AuthenticationFailed(f"Cannot read any cloud from {options['clouds_yaml'] or 'clouds.yaml'}.")
    if (options["cloud"] or names[0]) not in names or (len(names) > 1 and not options["cloud"]):
        file, choices = reader.config_filename, ", ".join(names)
        raise AuthenticationFailed(f"Cannot determine the cloud in {file}. Set cloud to one of {choices}.")
    return str(options["cloud"] or names[0])


def _merge(options: ConnectionOptions, cloud: Any, secrets: Secrets) -> ConnectionOptions:
    """Return the options of the task, then those of the file, then those of the environment that are no credentials."""
    values: dict[str, Any] = {**_credentials(cloud, secrets), **_certificates(cloud)}
    if cloud.region_name:
        values["region"] = cloud.region_name
    given = {name: value for name, value in options.items() if value and options.source(name) == ""}
    if given.keys() & set(_PROJECT):
        values.update(dict.fromkeys(_PROJECT))
    merged = options.with_values(
        {**dict.fromkeys(("access_key", "secret_key", "security_token")), **values}, CLOUDS_YAML
    )
    return merged.with_values(given)


def _credentials(cloud: Any, secrets: Secrets) -> dict[str, str | None]:
    auth, auth_type, label = cloud.config["auth"], cloud.config["auth_type"], f"The cloud {cloud.name} in clouds.yaml"
    if auth_type not in _AUTH_TYPES:
        known = ", ".join(_AUTH_TYPES)
        raise AuthenticationFailed(f"{label} has the auth_type {auth_type}. Supported: {known}.")
    values = {name: next((str(auth[key]) for key in keys if auth.get(key)), None) for name, keys in _KEYS.items()}
    if not (values["token"] or values["password"]):
        raise AuthenticationFailed(f"{label} has neither a password nor a token.")
    secrets.add(values["token"], values["password"], values["passcode"])
    values["password" if "token" in auth_type or not values["password"] else "token"] = None
    for attribute in ("name", "id"):
        domains = {str(auth[key]) for key in _KEYS[f"domain_{attribute}"] if auth.get(key)}
        if len(domains) > 1:
            raise AuthenticationFailed(f"{label} has different domains for user and project. This is not supported.")
    return values


def _certificates(cloud: Any) -> dict[str, Any]:
    verify, cert = cloud.get_requests_verify_args()
    values = dict(zip(("client_cert", "client_key"), (cert,) if isinstance(cert, str) else cert or ()))
    if isinstance(verify, str):
        values["ca_cert"] = verify
    return {**values, "validate_certs": False} if verify is False else values
