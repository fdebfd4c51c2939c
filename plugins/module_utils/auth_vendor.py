# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in with the keys that the vendor's credential chain finds: a profile file, or the agency of a cloud machine."""

from __future__ import annotations

import configparser
import os
import threading

from ansible.module_utils.basic import missing_required_lib

from .arguments import Options
from .auth_key import KEY_OPTIONS, KeyAuth
from .client import Wire
from .errors import LoginFailed

try:
    from huaweicloudsdkcore.auth.provider import CredentialProviderChain, ProfileCredentialProvider
    from huaweicloudsdkcore.exceptions.exceptions import SdkException

    IMPORT_ERROR = ""
except ImportError as import_error:
    IMPORT_ERROR = str(import_error)


class VendorAuth(KeyAuth):
    """Signs requests with the keys of C{~/.huaweicloud/credentials}, or with the temporary ones of an agency."""

    advice = "the keys that the vendor's credential chain found were refused"

    def __init__(self, options: Options, wire: Wire) -> None:
        """Find the keys, and the project with them; raises L{LoginFailed} where there are none."""
        if IMPORT_ERROR:
            reason = f"to look for a profile of the vendor's or an agency: {IMPORT_ERROR}"
            raise LoginFailed(missing_required_lib("huaweicloudsdkcore", reason))
        self._secrets = wire.secrets
        self._lock = threading.Lock()
        super().__init__(self._found(options), wire)

    def renew(self, seen: int) -> bool:
        """Look again, since temporary keys expire; False where there are no other keys."""
        with self._lock:
            if seen == self.generation:
                old = self._key
                self._take(self._found({}))
                if self._key == old:
                    return False
                self.generation += 1
        return True

    def _found(self, options: Options) -> Options:
        """The options with the keys, and with what stands beside them in the profile."""
        profile = os.environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
        try:
            # where a profile is, or should be, no other identity takes its place
            if profile or os.path.exists(os.path.expanduser("~/.huaweicloud/credentials")):
                found = ProfileCredentialProvider.get_basic_credential_profile_provider().get_credentials()
            else:
                found = CredentialProviderChain.get_basic_credential_provider_chain().get_credentials()
        except configparser.Error as error:  # its text holds lines of the file
            raise LoginFailed(f"the vendor's profile cannot be read: {type(error).__name__}") from None
        except (SdkException, OSError, ValueError, TypeError, AttributeError) as error:
            reason = "no answer" if isinstance(error, OSError) else " ".join(str(error).split())
            raise LoginFailed(
                f"The vendor's credential chain, from profile to metadata service, has no keys: {reason}"
            ) from None
        if not (found.ak and found.sk):
            raise LoginFailed(
                "the vendor's credential chain has an identity provider instead of keys, which is not supported"
            )
        self._secrets.update(filter(None, (found.sk, found.security_token)))
        return {
            **options,
            **dict(zip(KEY_OPTIONS, (found.ak, found.sk, found.security_token))),
            "project_id": options.get("project_id") or (not options.get("project_name") and found.project_id),
            "auth_url": options.get("auth_url") or found.iam_endpoint,
        }
