"""The `apply` document of the tests, and the checks that hold after every cycle."""
import json

from . import actual
from .compare import differences
from .dialects import dialect
from .expected import Expected
from .product import Api
from .report import none

DOMAINS = {"ad": "e2e.local", "ldap": "e2e.test"}


def domain(directory):
    return {
        "name": DOMAINS[directory.kind],
        "kind": {"ad": "activeDirectory", "ldap": "ldap"}[directory.kind],
        "connection": {
            "url": directory.env["URL"], "bindDn": directory.env["READER_DN"],
            "bindPassword": {"value": directory.env["READER_PASSWORD"]}, "caFile": directory.env["CA"],
        },
    }


def scim_target(name, env):
    return {"name": name, "kind": "scim", "url": env["URL"], "token": {"value": env["TOKEN"]}}


def configuration(directory, target, out_of_scope="delete"):
    return {
        "name": f"{DOMAINS[directory.kind]} to {target}", "domain": DOMAINS[directory.kind], "target": target,
        "enabled": True, "scope": {"organizationalUnits": [dialect(directory.kind, directory.base).company]},
        "outOfScope": out_of_scope,
        # Far apart: the tests say when a cycle runs.
        "schedule": "PT12H",
    }


class Pair:
    """One configuration with both of its sides, and how to compare them."""

    def __init__(self, directory, target, scim_env=None, out_of_scope="delete"):
        self.directory, self.target, self.scim_env, self.out_of_scope = directory, target, scim_env, out_of_scope
        self.document = configuration(directory, target, out_of_scope)
        self.name = self.document["name"]

    def compare(self, product):
        name = DOMAINS[self.directory.kind]
        shape = "scim" if self.scim_env else "builtin"
        expected = Expected(self.directory, [dialect(self.directory.kind, self.directory.base).company], shape, name)
        assert expected.users and expected.groups, "the source is empty: the comparison would prove nothing"
        found = self.held(product)
        none(differences(expected, found, self.out_of_scope), "differences")
        return expected, found

    def held(self, product):
        if self.scim_env:
            return actual.scim(Api(self.scim_env["URL"], self.scim_env["TOKEN"]))
        return actual.builtin(product.api(), DOMAINS[self.directory.kind])

    def answered_writes(self):
        """What the SCIM server itself says it did: [{method, status, type, id}]."""
        with open(self.scim_env["WRITES"], encoding="utf-8") as file:
            return [line for line in map(json.loads, file) if 200 <= line["status"] < 300]


def document(pairs):
    sources = {pair.directory.kind: domain(pair.directory) for pair in pairs}
    targets = {pair.target: scim_target(pair.target, pair.scim_env) if pair.scim_env else
               {"name": pair.target, "kind": "builtIn"} for pair in pairs}
    return {"domains": list(sources.values()), "targets": list(targets.values()),
            "configurations": [pair.document for pair in pairs]}
