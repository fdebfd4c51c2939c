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
      - A project-scoped token of IAM. Needs O(project_id). Excludes O(password).
      - If it is not set, E(HW_AUTH_TOKEN), E(OS_TOKEN) or E(OS_AUTH_TOKEN) is used, the first that is set and not empty.
    type: str
  username:
    description:
      - The IAM user to log in as. Needs O(password), O(domain_name), and O(project_name) or O(project_id).
      - If it is not set, E(HW_USER_NAME) or E(OS_USERNAME) is used.
    type: str
  password:
    description:
      - The password of O(username). Excludes O(token).
      - If it is not set, E(HW_USER_PASSWORD) or E(OS_PASSWORD) is used.
    type: str
  domain_name:
    description:
      - The account, or domain, that the user and the project belong to.
      - If it is not set, E(HW_DOMAIN_NAME), E(OS_USER_DOMAIN_NAME), E(OS_PROJECT_DOMAIN_NAME) or E(OS_DOMAIN_NAME) is used.
    type: str
  project_id:
    description:
      - The project that the jobs belong to, by its id. With a password, O(project_name) does as well.
      - If it is not set, E(HW_PROJECT_ID), E(OS_PROJECT_ID), E(OS_TENANT_ID) or E(HUAWEICLOUD_SDK_PROJECT_ID) is used.
    type: str
  project_name:
    description:
      - The project that the jobs belong to, by its name. O(project_id) goes before it.
      - If it is not set, E(HW_PROJECT_NAME), E(OS_PROJECT_NAME) or E(OS_TENANT_NAME) is used.
    type: str
  region:
    description:
      - The region, for the host names of the service and of IAM, for example V(eu-de) or V(cn-north-4).
      - If it is not set, E(HW_REGION_NAME), E(OS_REGION_NAME) or E(OS_REGION) is used.
    type: str
  cloud_domain:
    description:
      - The domain at the end of those host names, V(otc.t-systems.com) for Open Telekom Cloud, V(myhuaweicloud.eu) for
        Huawei Cloud in Dublin.
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
      - Base URL of the service, scheme and host without the version. It goes before O(region) and O(cloud_domain).
      - The variables hold one URL for all services, which suits a simulator or a gateway.
      - If it is not set, E(HW_ENDPOINT) or E(OS_ENDPOINT) is used.
    type: str
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
        no effect, because the service was too busy (429) or no connection could be made.
      - A stop whose answer was lost is sent again, as often as this at most, if a reading shows that the job is still active.
      - If it is not set, E(HW_MAX_RETRIES) or E(OS_MAX_BACKOFF_RETRIES) is used.
    type: int
    default: 5
requirements:
  - python >= 3.9
  - requests >= 2.25.0
  - keystoneauth1 >= 4.0.0, to log in with a user name and a password
notes:
  - No redirection is ever followed, and no C(.netrc) is read. Proxies are taken from the environment.
"""
