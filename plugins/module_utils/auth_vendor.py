# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with the keys that the vendor's credential chain finds: a profile file, or the agency of a cloud machine."""

from __future__ import annotations

import os
import threading

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth import WAYS, fit_for_header
from .auth_key import Key, KeyAuth
from .client import Wire
from .errors import LoginFailed

try:
    from huaweicloudsdkcore.auth.provider import CredentialProviderChain, ProfileCredentialProvider
    from huaweicloudsdkcore.exceptions.exceptions import ApiValueError, SdkException

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)

_PROFILE = "~/.huaweicloud/credentials"


class VendorAuth(KeyAuth):
    """Signs requests with the keys of C{~/.huaweicloud/credentials}, or with the temporary ones of an agency."""

    advice = "the keys that the vendor's credential chain found were refused"

    def __init__(self, options: Options, wire: Wire, keys: Options) -> None:
        """Take the keys, and the project and the IAM that stand beside them unless the options have others."""
        self._wire = wire
        self._lock = threading.Lock()
        self._refusal: LoginFailed | None = None
        self._last = False  # whether there are no other keys
        self.auth_url = options["auth_url"] or keys["auth_url"]
        project_id = options["project_id"] or (None if options["project_name"] else keys["project_id"])
        super().__init__({**options, **keys, "project_id": project_id, "auth_url": self.auth_url}, wire)

    def renew(self, seen: int) -> bool:
        """Look for keys again, since temporary ones expire, once for all requests that were refused with the same."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if seen == self.generation and not self._last:
                try:
                    keys = found_keys(self._wire)
                except LoginFailed as error:
                    self._refusal = error
                    raise
                key = Key(*(keys[name] for name in WAYS["access key"]))
                self._last = key == self._key
                self._key = key
                self.generation += not self._last
            return seen < self.generation


def found_keys(wire: Wire) -> Options:
    """What the vendor's credential chain finds, as options; raises L{LoginFailed}.

    The metadata service of a cloud machine answers within six seconds, or counts as not there.
    """
    if IMPORT_ERROR:
        reason = f"to look for a profile of the vendor's or an agency: {IMPORT_ERROR}"
        raise LoginFailed(missing_required_lib("huaweicloudsdkcore", reason))
    wire.seconds()  # there must be some left
    try:
        # where a profile is, or should be, no other identity takes its place
        if os.environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE") or os.path.exists(os.path.expanduser(_PROFILE)):
            found = ProfileCredentialProvider.get_basic_credential_profile_provider().get_credentials()
        else:
            found = CredentialProviderChain.get_basic_credential_provider_chain().get_credentials()
        if not (found.ak and found.sk):
            raise LoginFailed("an identity provider in place of keys, as the vendor's chain has it, is not supported")
    except LoginFailed:
        raise
    except Exception as error:
        # of the vendor's own errors the text says more than the type; others may hold lines of the file
        own = isinstance(error, (SdkException, ApiValueError))
        reason = " ".join(str(error).split())[:500] if own else type(error).__name__
        raise LoginFailed(
            f"The vendor's chain, from its profile to the metadata service, has no keys: {reason}"
        ) from None
    values = zip(WAYS["access key"], (found.ak, found.sk, found.security_token))
    keys = {name: value and fit_for_header(name, str(value)) for name, value in values}
    wire.secrets.update(keys[name] for name in ("secret_key", "security_token") if keys[name])
    return {**keys, "project_id": found.project_id, "auth_url": found.iam_endpoint}
