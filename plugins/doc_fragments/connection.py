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
      - A project-scoped token of IAM. IAM is asked about it, which takes one request, where O(project_id) is not given, and
        where O(auth_url) is given and O(endpoint) is not.
      - If it is not set, E(HW_AUTH_TOKEN), E(OS_TOKEN) or E(OS_AUTH_TOKEN) is used, the first that is set and not empty.
    type: str
  username:
    description:
      - The IAM user to log in as. Needs O(password), and O(domain_name) or O(domain_id).
      - If it is not set, E(HW_USER_NAME) or E(OS_USERNAME) is used.
    type: str
  user_id:
    description:
      - The same by its id, which needs no domain. Logging in with a O(passcode) may need it.
      - If it is not set, E(HW_USER_ID) or E(OS_USER_ID) is used.
    type: str
    version_added: 1.0.0
  password:
    description:
      - The password of that user.
      - If it is not set, E(HW_USER_PASSWORD) or E(OS_PASSWORD) is used.
    type: str
  passcode:
    description:
      - The one-time passcode of that user's virtual MFA device, where the account demands one. It is good for one login, so
        that no new one can follow when the token expires.
      - If it is not set, E(HW_PASSCODE) or E(OS_PASSCODE) is used.
    type: str
    version_added: 1.0.0
  domain_name:
    description:
      - The account, or domain, that the user and the project belong to.
      - If it is not set, E(HW_DOMAIN_NAME), E(OS_USER_DOMAIN_NAME), E(OS_PROJECT_DOMAIN_NAME) or E(OS_DOMAIN_NAME) is used.
    type: str
  domain_id:
    description:
      - The same by its id.
      - If it is not set, E(HW_DOMAIN_ID), E(OS_USER_DOMAIN_ID), E(OS_PROJECT_DOMAIN_ID), E(OS_DOMAIN_ID) or
        E(HUAWEICLOUD_SDK_DOMAIN_ID) is used.
    type: str
    version_added: 1.0.0
  access_key:
    description:
      - An access key id, with which each request is signed. Needs O(secret_key).
      - If it is not set, E(HW_ACCESS_KEY), E(OS_ACCESS_KEY) or E(HUAWEICLOUD_SDK_AK) is used.
    type: str
    version_added: 1.0.0
  secret_key:
    description:
      - The secret key of O(access_key).
      - If it is not set, E(HW_SECRET_KEY), E(OS_SECRET_KEY) or E(HUAWEICLOUD_SDK_SK) is used.
    type: str
    version_added: 1.0.0
  security_token:
    description:
      - The security token of a temporary O(access_key).
      - If it is not set, E(HW_SECURITY_TOKEN), E(OS_SECURITY_TOKEN) or E(HUAWEICLOUD_SDK_SECURITY_TOKEN) is used.
    type: str
    version_added: 1.0.0
  cloud:
    description:
      - The name of a cloud in C(clouds.yaml), from which credentials, region and TLS settings are taken. A file with a single
        cloud needs no name.
      - The file is C(OS_CLIENT_CONFIG_FILE), or the first of those that OpenStack's tools look for.
      - If it is not set, E(OS_CLOUD) is used.
    type: str
    version_added: 1.0.0
  project_id:
    description:
      - The project that the jobs belong to, by its id.
      - If it is not set, E(HW_PROJECT_ID), E(OS_PROJECT_ID), E(OS_TENANT_ID) or E(HUAWEICLOUD_SDK_PROJECT_ID) is used.
    type: str
  project_name:
    description:
      - The project that the jobs belong to, by its name. O(project_id) goes before it.
      - Without any, the project has the name of O(region), or is that of O(token).
      - If it is not set, E(HW_PROJECT_NAME), E(OS_PROJECT_NAME) or E(OS_TENANT_NAME) is used.
    type: str
  region:
    description:
      - The region, for example V(eu-de) or V(cn-north-4). When it is left out, a regional O(auth_url) tells it.
      - If it is not set, E(HW_REGION_NAME), E(OS_REGION_NAME) or E(OS_REGION) is used.
    type: str
  cloud_domain:
    description:
      - The domain at the end of the host names of the services, V(otc.t-systems.com) for Open Telekom Cloud.
      - When it is left out, a regional O(auth_url) tells it. The few hosts of Huawei Cloud that end otherwise are known.
      - If it is not set, E(HW_CLOUD) is used.
    type: str
    default: myhuaweicloud.com
  auth_url:
    description:
      - Base URL of IAM. When left out, O(region) and O(cloud_domain) tell it.
      - If it is not set, E(HW_AUTH_URL), E(OS_AUTH_URL) or E(HUAWEICLOUD_SDK_IAM_ENDPOINT) is used.
    type: str
  endpoint:
    description:
      - Base URL of the service, scheme and host without the version. When left out, the catalog that came with the token tells
        it, and where that does not have the service, O(region) and O(cloud_domain).
      - The variables hold one URL for all services, which suits a simulator or a gateway.
      - If it is not set, E(HW_ENDPOINT) or E(OS_ENDPOINT) is used.
    type: str
  allow_http:
    description:
      - Whether credentials may be sent over plain http to other hosts than this one.
      - If it is not set, E(HW_ALLOW_HTTP) is used.
    type: bool
    default: false
    version_added: 1.0.0
  validate_certs:
    description:
      - Whether the certificates of the servers must be valid.
      - If it is not set, E(HW_INSECURE) or E(OS_INSECURE) is used, which say the opposite.
    type: bool
    default: true
  ca_cert:
    description:
      - Path of a file with the certificates of the authorities to trust instead of those that Python trusts.
      - If it is not set, E(HW_CACERT) or E(OS_CACERT) is used.
    type: path
  client_cert:
    description:
      - Path of a client certificate in PEM format, with its key in the same file or in O(client_key).
      - If it is not set, E(HW_CERT) or E(OS_CERT) is used.
    type: path
  client_key:
    description:
      - Path of the key of O(client_cert).
      - If it is not set, E(HW_KEY) or E(OS_KEY) is used.
    type: path
  request_timeout:
    description:
      - Seconds that one request may take to connect, and then to wait for the answer or for more of it.
      - If it is not set, E(HW_REQUEST_TIMEOUT) is used.
    type: int
    default: 30
  retries:
    description:
      - How often a request is sent again at most. A reading is sent again when it fails, a stop only when it certainly had
        no effect, because no connection could be made.
      - When the service is too busy (429), the whole task slows down, and the request is sent again as long as the time budget
        allows, unless this is 0.
      - A stop whose answer was lost is sent again, as often as this at most, if a reading shows that the job is still active.
      - If it is not set, E(HW_MAX_RETRIES) or E(OS_MAX_BACKOFF_RETRIES) is used.
    type: int
    default: 5
requirements:
  - python >= 3.9
  - requests >= 2.25.0
  - keystoneauth1 >= 4.0.0, to log in with a password
  - openstacksdk >= 1.0.0, to read C(clouds.yaml)
  - huaweicloudsdkcore >= 3.1.170, to log in with an access key or by the vendor's credential chain
notes:
  - What the task says goes before the environment. A O(token), a O(password), an O(access_key) or a O(cloud) of the task
    makes those of other kinds in the environment count for nothing. Two kinds in the same place are an error.
  - When nothing is given, a C(clouds.yaml) with a single cloud is taken, else what the vendor's credential chain finds. That is
    C(~/.huaweicloud/credentials) or E(HUAWEICLOUD_SDK_CREDENTIALS_FILE), else the agency of the cloud machine that the
    module runs on.
  - No redirection is ever followed, and no C(.netrc) is read. Proxies are taken from the environment.
"""
