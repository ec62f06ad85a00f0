"""Where a churn happens: a realm with the company within it, what lies outside of the scope, and the groups by which
one configuration chooses. Held by id, since everything is renamed and moved."""
from .. import ldif
from ..dialects import dialect
from ..people import UNITS, population

PILOTS = ("Pilot A", "Pilot B")


def where(directory):
    return dialect(directory.kind, f"OU=Realm,{directory.base}")


def roots(directory):
    return [f"OU=Realm,{directory.base}", f"OU=Outside,{directory.base}"]


def write(directory, users, groups, biggest, seed, out):
    """The company to begin with, as LDIF."""
    here, company = where(directory), population(users, groups, biggest, seed)
    for root in roots(directory) + [f"OU=Regions,{here.base}"]:
        out.write(ldif.entry(root, {"objectClass": "organizationalUnit", "ou": ldif.split_dn(root)[0].partition("=")[2]}))
    for part in (here.units(UNITS), map(here.person, company.people), map(here.contact, company.contacts), map(here.group, company.groups)):
        out.writelines(part)
    for number, name in enumerate(PILOTS):
        members = [here.person_dn(one) for one in company.people[number::3]] + [here.group_dn(company.groups[number + 1])]
        common = {"cn": name, "member": members}
        mine = {"objectClass": "group", "sAMAccountName": f"pilot{number}", "groupType": "-2147483640"}
        out.write(ldif.entry(f"cn={name},{here.group_unit}", common | (mine if directory.kind == "ad" else {"objectClass": "groupOfNames"})))


class Ids:
    """The ids of the places, taken once from the first snapshot."""

    def __init__(self, directory, snapshot):
        here = where(directory)
        identity = snapshot.identity_of
        self.company, self.groups, self.contacts = (identity(dn) for dn in (here.company, here.group_unit, here.contact_unit))
        self.realm, self.elsewhere = map(identity, roots(directory))
        self.regions, self.former = identity(f"OU=Regions,{here.base}"), identity(here.former)
        self.pilots = [identity(f"cn={name},{here.group_unit}") for name in PILOTS]


class Places:
    """The same as things of one model."""

    def __init__(self, model, ids):
        things = {thing.id: thing for thing in model.things.values()}
        self.company, self.groups, self.contacts = things[ids.company], things[ids.groups], things[ids.contacts]
        self.tops = [things[ids.realm], things[ids.regions]]
        self.outside = [things[ids.former], things[ids.elsewhere], things[ids.regions]]
        self.scope_groups = [things[one] for one in ids.pilots]
        self.fixed = {self.company, self.groups, self.contacts, things[ids.elsewhere], things[ids.former], *self.tops}
