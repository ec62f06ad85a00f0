"""Mounts the PyPI package scim2-server for gunicorn, with a bearer token and a list of the writes it answered.

The protocol is the package's alone. The list (one JSON line for each POST, PUT, PATCH and DELETE, with status and
object) is taken outside of it, so that the tests can hold the product's log against what really happened.
"""
import json
import os
import threading

from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import load_default_resource_types, load_default_schemas, load_default_service_provider_config

config = load_default_service_provider_config()
config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
provider = ScimProvider.from_discovery(
    load_default_schemas().values(), load_default_resource_types().values(), config=config
)
service = ScimService(provider, secret=os.environ["SCIM_TOKEN"])
scim = BearerTokenApplication(
    InMemoryStorage(), provider, service=service, bearer_tokens=[os.environ["SCIM_TOKEN"]]
)
writes = open(os.environ["SCIM_WRITES"], "a", encoding="utf-8", buffering=1)
writes_lock = threading.Lock()


def app(environ, start_response):
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]

    def note(status, headers, exc_info=None):
        if method in ("POST", "PUT", "PATCH", "DELETE") and not path.endswith("/.search"):
            location = dict((name.lower(), value) for name, value in headers).get("location", path)
            kind, _, identifier = location.rpartition("/")
            line = {"method": method, "status": int(status.split()[0]), "type": kind.rpartition("/")[2], "id": identifier}
            with writes_lock:
                writes.write(json.dumps(line) + "\n")
        return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

    return scim(environ, note)
