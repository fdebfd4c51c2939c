# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options by which every module finds its service and logs in."""

    DOCUMENTATION = r"""
options:
  token:
    description:
      - Project-scoped token of IAM.
      - The module asks IAM about the token, with one request, if O(project_id) is not set, or if O(auth_url) is set and
        O(endpoint) is not.
      - If not set, the first of E(HW_AUTH_TOKEN), E(OS_TOKEN) and E(OS_AUTH_TOKEN) that is not empty is used.
    type: str
  username:
    description:
      - Name of the IAM user to authenticate as. Requires O(password), and O(domain_name) or O(domain_id).
      - If not set, the first of E(HW_USER_NAME) and E(OS_USERNAME) that is not empty is used.
    type: str
  user_id:
    description:
      - ID of the IAM user to authenticate as, which requires no domain. A login with a O(passcode) may require it.
      - If not set, the first of E(HW_USER_ID) and E(OS_USER_ID) that is not empty is used.
    type: str
    version_added: 1.0.0
  password:
    description:
      - Password of the IAM user.
      - If not set, the first of E(HW_USER_PASSWORD) and E(OS_PASSWORD) that is not empty is used.
    type: str
  passcode:
    description:
      - One-time passcode of the user's virtual MFA device, if the account requires one. It is valid for one login, so the
        module cannot log in again when the token expires.
      - If not set, the first of E(HW_PASSCODE) and E(OS_PASSCODE) that is not empty is used.
    type: str
    version_added: 1.0.0
  domain_name:
    description:
      - Name of the account, or domain, that the user and the project belong to.
      - If not set, the first of E(HW_DOMAIN_NAME), E(OS_USER_DOMAIN_NAME), E(OS_PROJECT_DOMAIN_NAME) and E(OS_DOMAIN_NAME)
        that is not empty is used.
    type: str
  domain_id:
    description:
      - ID of the account, or domain, that the user and the project belong to.
      - If not set, the first of E(HW_DOMAIN_ID), E(OS_USER_DOMAIN_ID), E(OS_PROJECT_DOMAIN_ID), E(OS_DOMAIN_ID) and
        E(HUAWEICLOUD_SDK_DOMAIN_ID) that is not empty is used.
    type: str
    version_added: 1.0.0
  access_key:
    description:
      - Access key ID (AK) to sign requests with. Requires O(secret_key).
      - If not set, the first of E(HW_ACCESS_KEY), E(OS_ACCESS_KEY) and E(HUAWEICLOUD_SDK_AK) that is not empty is used.
    type: str
    version_added: 1.0.0
  secret_key:
    description:
      - Secret access key (SK) of O(access_key).
      - If not set, the first of E(HW_SECRET_KEY), E(OS_SECRET_KEY) and E(HUAWEICLOUD_SDK_SK) that is not empty is used.
    type: str
    version_added: 1.0.0
  security_token:
    description:
      - Security token of a temporary O(access_key).
      - If not set, the first of E(HW_SECURITY_TOKEN), E(OS_SECURITY_TOKEN) and E(HUAWEICLOUD_SDK_SECURITY_TOKEN) that is not
        empty is used.
    type: str
    version_added: 1.0.0
  cloud:
    description:
      - Name of a cloud in C(clouds.yaml) that provides credentials, region and TLS settings. Not required if the file contains
        a single cloud.
      - The file is the one in C(OS_CLIENT_CONFIG_FILE), or the first that the tools of OpenStack find.
      - If not set, E(OS_CLOUD) is used.
    type: str
    version_added: 1.0.0
  project_id:
    description:
      - ID of the project that the jobs belong to.
      - If not set, the first of E(HW_PROJECT_ID), E(OS_PROJECT_ID), E(OS_TENANT_ID) and E(HUAWEICLOUD_SDK_PROJECT_ID) that is
        not empty is used.
    type: str
  project_name:
    description:
      - Name of the project that the jobs belong to. O(project_id) takes precedence.
      - If neither is set, the project is that of O(token), or the project with the name of O(region).
      - If not set, the first of E(HW_PROJECT_NAME), E(OS_PROJECT_NAME) and E(OS_TENANT_NAME) that is not empty is used.
    type: str
  region:
    description:
      - Region, for example V(eu-de) or V(cn-north-4). Defaults to the region in O(auth_url) if that is a regional IAM URL.
      - If not set, the first of E(HW_REGION_NAME), E(OS_REGION_NAME) and E(OS_REGION) that is not empty is used.
    type: str
  cloud_domain:
    description:
      - Domain at the end of the host names of the services, for example V(otc.t-systems.com) for Open Telekom Cloud.
      - Defaults to the domain in O(auth_url) if that is a regional IAM URL, else to V(myhuaweicloud.com). Huawei Cloud regions
        with other domains are handled automatically.
      - If not set, E(HW_CLOUD) is used.
    type: str
  auth_url:
    description:
      - Base URL of IAM. By default, O(region) and O(cloud_domain) determine it.
      - If not set, the first of E(HW_AUTH_URL), E(OS_AUTH_URL) and E(HUAWEICLOUD_SDK_IAM_ENDPOINT) that is not empty is used.
    type: str
  endpoint:
    description:
      - Base URL of the service, with scheme and host and without a version.
      - By default, the service catalog of the token determines it, or O(region) and O(cloud_domain) if the catalog does not
        contain the service.
      - An environment variable sets one URL for all services, which suits a simulator or a gateway.
      - If not set, the first of E(HW_ENDPOINT) and E(OS_ENDPOINT) that is not empty is used.
    type: str
  allow_http:
    description:
      - Whether to send credentials to other machines over plain HTTP. Defaults to V(false).
      - If not set, E(HW_ALLOW_HTTP) is used.
    type: bool
    version_added: 1.0.0
  validate_certs:
    description:
      - Whether to verify the certificates of the servers. Defaults to V(true).
      - If not set, the first of E(HW_INSECURE) and E(OS_INSECURE) that is not empty is used. They have the opposite meaning.
    type: bool
  ca_cert:
    description:
      - Path of a file with the certificates of the authorities to trust. By default, those of Python are trusted.
      - If not set, the first of E(HW_CACERT) and E(OS_CACERT) that is not empty is used.
    type: path
  client_cert:
    description:
      - Path of a client certificate in PEM format. Its key is in the same file or in O(client_key).
      - If not set, the first of E(HW_CERT) and E(OS_CERT) that is not empty is used.
    type: path
  client_key:
    description:
      - Path of the key of O(client_cert).
      - If not set, the first of E(HW_KEY) and E(OS_KEY) that is not empty is used.
    type: path
  request_timeout:
    description:
      - Maximum time for one request in seconds, from connecting to the last byte of the response. Defaults to V(30).
      - If not set, E(HW_REQUEST_TIMEOUT) is used.
    type: int
  retries:
    description:
      - Maximum number of times that a request is repeated. Defaults to V(5).
      - A reading request is repeated if it fails. A stop request is repeated if no connection could be established, or if its
        response was lost and a later reading shows that the job is still active.
      - If the service limits the rate of requests (HTTP 429), the module slows down and repeats the request until
        O(ignore:wait_timeout) expires, unless this option is V(0).
      - If not set, the first of E(HW_MAX_RETRIES) and E(OS_MAX_BACKOFF_RETRIES) that is not empty is used.
    type: int
requirements:
  - python >= 3.9
  - requests >= 2.25.0
  - keystoneauth1 >= 4.0.0, to authenticate with a password
  - openstacksdk >= 1.0.0, to read C(clouds.yaml)
  - huaweicloudsdkcore >= 3.1.170, to authenticate with an access key or with the credential chain of the vendor
notes:
  - Credentials set in the task take precedence. Credentials of another type in the environment are then ignored. Two types of
    credentials in the same source are an error.
  - If neither the task nor the environment contains credentials, the module uses a C(clouds.yaml) with a single cloud, or
    the credential chain of the vendor. The chain consists of the profile in C(~/.huaweicloud/credentials) or
    E(HUAWEICLOUD_SDK_CREDENTIALS_FILE), and of the agency of the cloud server that the module runs on.
  - The module follows no redirects, keeps no cookies and reads no C(.netrc). It uses the proxies of the environment.
"""
