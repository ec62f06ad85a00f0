"""Compares a directory with what the product made of it, object by object, attribute by attribute.

python3 -m harness.compare ENV ad|ldap DOMAIN builtin URL TOKEN      (the built-in directory, through the REST API)
python3 -m harness.compare ENV ad|ldap DOMAIN scim URL TOKEN         (a SCIM server)
Prints every difference; exit status 1 when there is one. Scope: the company's organisational unit.
"""
import argparse
import sys

from . import actual
from .dialects import dialect
from .expected import LISTS, Expected
from .ldap import Directory
from .product import Api


def differences(expected, found, out_of_scope="delete"):
    """Every difference as one line. `out_of_scope` is what the configuration does with objects that left."""
    yield from (f"twice: {text}" for text in found.duplicates)
    yield from (f"without anchor: {text}" for text in found.without_anchor)
    for kind in ("users", "groups", "contacts"):
        wanted, held = getattr(expected, kind), getattr(found, kind)
        yield from (f"{kind} {anchor}: missing ({wanted[anchor].get('displayName')})" for anchor in sorted(wanted.keys() - held.keys()))
        for anchor in sorted(held.keys() - wanted.keys()):
            left = held[anchor]
            switched_off = left.get("accountEnabled", left.get("active")) is False
            if not (kind == "users" and out_of_scope == "disable" and switched_off):
                yield f"{kind} {anchor}: should not be there ({left.get('displayName')})"
        for anchor in sorted(wanted.keys() & held.keys()):
            yield from (f"{kind} {anchor}: {text}" for text in attributes(wanted[anchor], held[anchor]))
    for anchor in sorted(expected.members.keys() & found.members.keys()):
        wanted, held = expected.members[anchor], found.members[anchor]
        name = expected.groups[anchor].get("displayName")
        yield from (f"groups {anchor} ({name}): member {member} is missing" for member in sorted(wanted - held))
        yield from (f"groups {anchor} ({name}): member {member} should not be there" for member in sorted(held - wanted))


def attributes(wanted, held):
    for name in sorted(wanted.keys() | held.keys()):
        one, other = wanted.get(name), held.get(name)
        if name in LISTS:
            one, other = sorted(one or []), sorted(other or [])
        if one != other:
            yield f"{name} is {other!r}, expected {one!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("env")
    parser.add_argument("kind", choices=["ad", "ldap"])
    parser.add_argument("domain")
    parser.add_argument("shape", choices=["builtin", "scim"])
    parser.add_argument("url")
    parser.add_argument("token")
    given = parser.parse_args()
    directory, api = Directory(given.env, given.kind), Api(given.url, given.token)
    expected = Expected(directory, [dialect(given.kind, directory.base).company], given.shape, given.domain)
    found = actual.builtin(api, given.domain) if given.shape == "builtin" else actual.scim(api)
    lines = list(differences(expected, found))
    print("\n".join(lines[:200]))
    print(f"{len(expected.users)} users, {len(expected.groups)} groups, {len(expected.contacts)} contacts, "
          f"{sum(map(len, expected.members.values()))} memberships compared: {len(lines)} differences")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
