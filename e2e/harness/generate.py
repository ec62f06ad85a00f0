"""Writes the invented company as LDIF for one kind of directory.

python3 -m harness.generate ad|ldap BASE-DN USERS GROUPS BIGGEST [--seed N] > company.ldif
"""
import argparse
import sys

from .dialects import dialect
from .people import UNITS, population


def write(kind, base, users, groups, biggest, seed, out):
    where, company = dialect(kind, base), population(users, groups, biggest, seed)
    for part in (where.units(UNITS), map(where.person, company.people), map(where.contact, company.contacts),
                 map(where.group, company.groups)):
        out.writelines(part)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["ad", "ldap"])
    parser.add_argument("base")
    for name in ("users", "groups", "biggest"):
        parser.add_argument(name, type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.kind, given.base, given.users, given.groups, given.biggest, given.seed, sys.stdout)


if __name__ == "__main__":
    main()
