# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: do not import this file from other code.
"""Authentication with the credential chain of the vendor: a profile file, or the agency of a cloud server."""

from __future__ import annotations

import os
import threading
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._errors import AuthenticationFailed, CredentialsNotFound
from .._http.rate_limiter import RateLimiter
from .._http.transport import HttpTransport
from .._options import ConnectionOptions
from .base import validate_header_value
from .method_access_key import KEY_OPTIONS, AccessKeyAuth, Key

_PROFILE = "~/.huaweicloud/credentials"


class VendorChainAuth(AccessKeyAuth):
    """Signs requests with the keys of ``~/.huaweicloud/credentials``, or with the temporary keys of an agency."""

    advice = "The service refused the keys of the vendor's credential chain."

    def __init__(self, options: ConnectionOptions, transport: HttpTransport, limiter: RateLimiter) -> None:
        self._lock = threading.Lock()
        self._refusal: AuthenticationFailed | None = None
        self._exhausted = False  # whether the chain has no other keys
        super().__init__(options, transport, limiter)
        self.auth_url = self._options["auth_url"]

    def renew(self, generation: int) -> bool:
        """Look for keys again, since temporary keys expire, once for all requests refused with the same keys."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if generation == self.generation and not self._exhausted:
                try:
                    key = self._load_key()
                except AuthenticationFailed as error:
                    self._refusal = error
                    raise
                self._exhausted = key == self._key
                self._key = key
                self.generation += not self._exhausted
            return generation < self.generation

    def _load_key(self) -> Key:
        """Return the key that the chain finds; use its project and its IAM unless the task names others."""
        found = self._find_credentials()
        named = {"project_id": found.project_id} if not self._options["project_name"] else {}
        named["auth_url"] = found.iam_endpoint
        missing = {name: str(value) for name, value in named.items() if value and not self._options[name]}
        self._options = self._options.with_values(missing)
        self._transport.secrets.add(found.sk, found.security_token)
        values = zip(KEY_OPTIONS, (found.ak, found.sk, found.security_token))
        return Key(*(value and validate_header_value(name, str(value)) for name, value in values))

    def _find_credentials(self) -> Any:
        """Return what the vendor's library finds.

        :raises CredentialsNotFound: it finds nothing before the deadline, or credentials of another kind.
        """
        try:
            from huaweicloudsdkcore.auth.provider import CredentialProviderChain, ProfileCredentialProvider
            from huaweicloudsdkcore.exceptions.exceptions import ApiValueError, SdkException
        except ImportError as error:
            reason = f"to look for a profile of the vendor or an agency: {error}"
            raise CredentialsNotFound(missing_required_lib("huaweicloudsdkcore", reason)) from error
        # an existing or configured profile is not replaced by another identity
        if self._options["credentials_file"] or os.path.exists(os.path.expanduser(_PROFILE)):
            provider = ProfileCredentialProvider.get_basic_credential_profile_provider()
        else:
            provider = CredentialProviderChain.get_basic_credential_provider_chain()
        self._transport.deadline.require()
        try:
            found = provider.get_credentials()
        except Exception as error:
            # the messages of the vendor's exceptions are useful; others may contain lines of the file
            useful = isinstance(error, (SdkException, ApiValueError))
            reason = self._describe(" ".join(str(error).split())) if useful else type(error).__name__
            reason = reason.rstrip(".")
            message = f"The credential chain of the vendor (profile, then metadata service) has no keys: {reason}."
            raise CredentialsNotFound(message) from None
        if not (found.ak and found.sk):
            raise CredentialsNotFound("The profile names an identity provider. Only access keys are supported.")
        return found
