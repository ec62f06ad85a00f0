"""One round of invented changes: every kind of thing that happens to a directory, chosen by a seed.

Every method of `Round` is one kind of change. It gives True when it found somebody to change. `STRUCTURE` names those
that give other objects another name without telling: after them a cycle may have to read everything.
"""
import random
from collections import Counter

from .. import ldif
from ..dialects import joiner_anchor
from ..people import Contact, Group, person
from .model import Model, unescaped
from .values import PHONES, REQUIRED, SINGLE, awkward, name

WEIGHTS = {
    "join": 10, "join_in_place_of_deleted": 2, "leave": 4, "restore": 4, "attribute": 20, "several_attributes": 5,
    "phones": 2, "addresses": 3, "nothing_that_counts": 2, "manager": 7, "rename": 6, "case_only": 1, "swap_names": 1,
    "swap_principals": 1, "move": 6, "out_of_scope": 4, "back_into_scope": 5, "switch": 6, "memberships": 12, "large_group": 6,
    "nest": 2, "group_join": 2, "group_leave": 1, "group_rename": 1, "group_move": 1, "group_attribute": 2, "scope_group": 6,
    "contact_change": 1, "contact_join": 1, "contact_leave": 1, "flicker": 1, "unit_add": 2,
}
STRUCTURE = {"unit_rename": 3, "unit_move": 2, "unit_delete": 2, "unit_rename_and_members": 1, "scope_unit": 1,
             "scope_group_rename": 1}


class Round:
    """Invents changes upon a model. `number` counts accounts over the whole run; `bin` holds who was deleted."""

    def __init__(self, model: Model, places, rng: random.Random, state):
        self.model, self.places, self.rng, self.state = model, places, rng, state
        self.where, self.ad = model.where, model.where.kind == "ad"
        self.done = Counter()

    def run(self, amount, structure):
        weights = WEIGHTS | (STRUCTURE if structure else {})
        kinds, tries = list(weights), 0
        while sum(self.done.values()) < amount:
            tries += 1
            assert tries < amount * 50, f"no more changes can be invented: {self.done}"
            kind = self.rng.choices(kinds, [weights[one] for one in kinds])[0]
            if getattr(self, kind)():
                self.done[kind] += 1
        return self.done

    # Who and where.

    def one(self, kind, within=None, but=()):
        found = [thing for thing in self.model.all(kind, within) if thing not in but]
        return self.rng.choice(found) if found else None

    def groups(self):
        return [group for group in self.model.all("group") if group not in self.places.scope_groups]

    def group(self):
        found = self.groups()
        return self.rng.choice(found) if found else None

    def unit(self, but=None):
        """An organisational unit within the company, other than the ones that groups and contacts live in."""
        found = [unit for unit in self.model.all("ou", self.places.company.dn) if unit is not but]
        return self.rng.choice(found) if found else None

    def anywhere(self):
        """Mostly within the scope."""
        return self.unit().dn if self.rng.random() < 0.85 else self.outside()

    def outside(self):
        return self.rng.choice(self.places.outside).dn

    def follow(self):
        return self.rng.random() < 0.8

    def fresh_rdn(self, kind, parent):
        while True:
            self.state.number += 1
            if self.where.kind == "ldap" and kind == "user":
                rdn = f"uid=u{self.state.number:06d}"
            else:
                rdn = f"{self.where.rdn if kind != 'ou' else 'OU'}={ldif.dn_value(name(self.rng, self.state.number))}"
                if self.where.kind == "ldap" and kind == "group":
                    rdn = "cn=" + rdn.partition("=")[2]
            if self.model.free(f"{rdn},{parent}"):
                return rdn

    # People.

    def new_person(self):
        self.state.number += 1
        new = person(self.state.number, self.rng, [])
        new.own_anchor = joiner_anchor(self.rng) if new.own_anchor else None
        return new

    def placed(self, text, dn):
        """The entry at another name."""
        _, _, rest = text.partition("\n")
        return ldif.line("dn", dn) + rest

    def join(self):
        new = self.new_person()
        dn = f"{ldif.split_dn(self.where.person_dn(new))[0]},{self.anywhere()}"
        if not self.model.free(dn):
            return False
        made = self.model.add(self.placed(self.where.person(new), dn), "user")
        if self.rng.random() < 0.5 and (group := self.group()):
            self.model.change_members(group, [made.dn], [])
        return True

    def join_in_place_of_deleted(self):
        """Somebody new takes the name, account and principal name of somebody who is gone."""
        free = [gone for gone in self.state.bin
                if gone.kind == "user" and not gone.again and self.model.free(gone.dn) and self.parent_there(gone.dn)]
        if not free:
            return False
        gone = self.rng.choice(free)
        new = self.new_person()
        new.account = (gone.values.get("samaccountname") or gone.values["uid"])[0].decode()
        new.own_anchor = None
        if self.ad:
            new.cn = gone.values["cn"][0].decode()
        text = self.placed(self.where.person(new), gone.dn)
        if self.taken(next(ldif.parse(text))[1]):
            return False
        gone.again = True
        self.model.add(text, "user")
        return True

    def parent_there(self, dn):
        return not self.model.free(ldif.split_dn(dn)[1])

    def taken(self, values):
        """Whether somebody who is there has one of the names that must be one person's own."""
        def names(of):
            unique = ("samaccountname", "userprincipalname") if self.ad else ("uid", "mail")
            return {raw.decode().lower() for name in unique for raw in of.get(name, [])}
        wanted = names(values)
        return any(wanted & names(other.values) for other in self.model.all("user") + self.model.all("group"))

    def leave(self):
        thing = self.one("user")
        if not thing:
            return False
        self.state.bin += self.model.delete(thing, self.follow())
        return True

    def restore(self):
        """Out of the recycle bin, to where it was or to somewhere else."""
        if not self.ad:
            return False
        free = [gone for gone in self.state.bin if gone.id in self.model.deleted and not gone.again and gone.kind in ("user", "group", "contact")]
        if not free:
            return False
        gone = self.rng.choice(free)
        rdn, parent = ldif.split_dn(gone.dn)
        if not self.parent_there(gone.dn) or self.rng.random() < 0.3:
            parent = self.anywhere()
        if not self.model.free(f"{rdn},{parent}") or self.taken(gone.values):
            return False
        self.state.bin.remove(gone)
        self.model.restore(gone, rdn, parent)
        return True

    def attribute(self):
        thing = self.one("user")
        attribute, longest = self.rng.choice(SINGLE[self.where.kind])
        value = [awkward(self.rng, longest)]
        if attribute == "displayName" and not value[0].strip():
            return False
        if self.rng.random() < 0.15 and (self.ad or attribute not in REQUIRED):
            value = []
        if thing.values.get(attribute.lower(), []) == [one.encode() for one in value]:
            return False
        self.model.replace(thing, **{attribute: value})
        return True

    def several_attributes(self):
        """At once, and one of them back and forth."""
        thing = self.one("user")
        some = self.rng.sample([pair for pair in SINGLE[self.where.kind] if pair[0] != "displayName"], 3)
        self.model.replace(thing, **{attribute: [awkward(self.rng, longest)] for attribute, longest in some})
        attribute, longest = some[0]
        self.model.replace(thing, **{attribute: [awkward(self.rng, longest)]})
        return True

    def phones(self):
        thing = self.one("user")
        values = self.rng.sample(PHONES, self.rng.randint(0, 1 if self.ad else 4))
        self.model.replace(thing, telephoneNumber=values)
        return True

    def addresses(self):
        """Mail, and with it what follows from mail."""
        thing = self.one("user")
        account = thing.text("sAMAccountName") or thing.text("uid")
        mail = f"{account}.{self.rng.randrange(10**4)}@{self.where.mail_domain}"
        if not self.ad:
            self.model.replace(thing, mail=[mail][: self.rng.randint(0, 3)])
            return True
        proxies = [f"SMTP:{mail}"] + [f"smtp:{account}.{number}@{self.where.mail_domain}" for number in range(self.rng.randint(0, 6))]
        self.model.replace(thing, mail=[mail][: self.rng.randint(0, 4)], proxyAddresses=proxies[: self.rng.randint(0, 8)])
        return True

    def nothing_that_counts(self):
        """An attribute that no mapping reads, or the value that is there already."""
        thing = self.one("user")
        if self.rng.random() < 0.5:
            self.model.replace(thing, description=[f"not mapped {self.rng.randrange(10**6)}"])
        else:
            self.model.replace(thing, sn=[(thing.text("sn") or "Nobody")])
        return True

    def manager(self):
        thing, boss = self.one("user"), self.one("user")
        if self.rng.random() < 0.2 and thing.manager:
            self.model.replace(thing, manager=[])
        else:
            self.model.replace(thing, manager=[boss.dn])
        return True

    def rename(self):
        thing = self.one("user")
        self.model.rename(thing, self.fresh_rdn("user", thing.parent), follow=self.follow())
        if self.rng.random() < 0.5:
            self.model.replace(thing, sn=[f"Renamed {self.state.number}"])
        return True

    def case_only(self):
        """The same name in other letters."""
        thing = self.one("user")
        attribute, _, value = thing.rdn.partition("=")
        if value == value.swapcase() or ldif.normal_dn(value) != ldif.normal_dn(value.swapcase()) or not value.isascii():
            return False
        self.model.rename(thing, f"{attribute}={value.swapcase()}")
        return True

    def swap_names(self):
        """Two objects exchange their distinguished names."""
        one = self.one("user")
        two = self.one("user", but=(one,))
        (rdn_one, parent_one), (rdn_two, parent_two) = ldif.split_dn(one.dn), ldif.split_dn(two.dn)
        if not self.ad:
            # uid is what a person is called: the names are exchanged with what follows from it.
            if not self.model.free(f"{rdn_two},{parent_one}") or not self.model.free(f"{rdn_one},{parent_two}"):
                return False
        follow = self.follow()
        self.model.rename(one, self.fresh_rdn("user", parent_one), follow=follow)
        self.model.rename(two, rdn_one, parent_one, follow=follow)
        self.model.rename(one, rdn_two, parent_two, follow=follow)
        return True

    def swap_principals(self):
        """Two people exchange their user principal names; in slapd their mail addresses, which these follow."""
        attribute = "userPrincipalName" if self.ad else "mail"
        some = [thing for thing in self.model.all("user") if thing.values.get(attribute.lower())]
        if len(some) < 2:
            return False
        one, two = self.rng.sample(some, 2)
        mine, yours = ([raw.decode() for raw in thing.values[attribute.lower()]] for thing in (one, two))
        # Samba does not take a principal name away.
        self.model.replace(one, **{attribute: [f"between.{self.state.number}@{self.where.mail_domain}"] if self.ad else []})
        self.model.replace(two, **{attribute: mine})
        self.model.replace(one, **{attribute: yours})
        return True

    def move_to(self, thing, parent):
        rdn = thing.rdn
        if ldif.same_dn(parent, thing.parent):
            return False
        if not self.model.free(f"{rdn},{parent}"):
            rdn = self.fresh_rdn(thing.kind, parent)
        self.model.rename(thing, rdn, parent, follow=self.follow())
        return True

    def move(self):
        thing = self.one("user", self.places.company.dn)
        return bool(thing) and self.move_to(thing, self.unit().dn)

    def out_of_scope(self):
        thing = self.one("user", self.places.company.dn)
        return bool(thing) and self.move_to(thing, self.outside())

    def back_into_scope(self):
        thing = self.one("user", self.outside())
        return bool(thing) and self.move_to(thing, self.unit().dn)

    def switch(self):
        thing = self.one("user")
        if not self.ad or not thing.text("userAccountControl"):
            return False
        self.model.replace(thing, userAccountControl=[str(int(thing.text("userAccountControl")) ^ 2)])
        return True

    def flicker(self):
        """There and away again within one round, or away and back."""
        new = self.new_person()
        dn = f"{ldif.split_dn(self.where.person_dn(new))[0]},{self.unit().dn}"
        if not self.model.free(dn):
            return False
        made = self.model.add(self.placed(self.where.person(new), dn), "user")
        if group := self.group():
            self.model.change_members(group, [made.dn], [])
        if self.rng.random() < 0.5:
            self.model.delete(made)
        else:
            home = made.parent
            self.model.rename(made, made.rdn, self.outside())
            if self.model.free(f"{made.rdn},{home}"):
                self.model.rename(made, made.rdn, home)
        return True

    # Groups and contacts.

    def some_members(self, most):
        found = self.model.all("user") + self.model.all("contact")
        return [thing.dn for thing in self.rng.sample(found, min(len(found), self.rng.randint(0, most)))]

    def memberships(self):
        group = self.group()
        if not group:
            return False
        leave = self.rng.sample(sorted(group.members.values()), min(len(group.members), self.rng.randint(0, 4)))
        return self.model.change_members(group, self.some_members(4), leave)

    def large_group(self):
        """The group that is far larger than the others: a few join, a few leave."""
        group = max(self.groups(), key=lambda group: (len(group.members), group.key))
        leave = self.rng.sample(sorted(group.members.values()), min(len(group.members), self.rng.randint(0, 8)))
        return self.model.change_members(group, self.some_members(12), leave)

    def nest(self):
        """A group within a group, circles included."""
        one, two = self.group(), self.group()
        if not one or one is two:
            return False
        if two.key in one.members:
            return self.model.change_members(one, [], [two.dn])
        return self.model.change_members(one, [two.dn], [])

    def group_join(self):
        self.state.number += 1
        number = self.state.number
        new = Group(number, f"Group, new {number}", "distribution" if number % 3 == 0 else "security", f"Made {number} – für alle")
        parent = self.places.groups.dn if self.rng.random() < 0.7 else self.anywhere()
        dn = f"{self.where.rdn if self.ad else 'cn'}={ldif.dn_value(new.name)},{parent}"
        made = self.model.add(self.placed(self.where.group(new), dn), "group")
        self.model.change_members(made, self.some_members(6), [])
        return True

    def group_leave(self):
        found = sorted(self.groups(), key=lambda group: (len(group.members), group.key))
        if len(found) < 6:
            return False
        self.state.bin += self.model.delete(self.rng.choice(found[:-1]), self.follow())
        return True

    def group_rename(self):
        group = self.group()
        if not group:
            return False
        self.model.rename(group, self.fresh_rdn("group", group.parent), follow=self.follow())
        return True

    def group_move(self):
        group = self.group()
        return bool(group) and self.move_to(group, self.outside() if self.rng.random() < 0.4 else self.places.groups.dn)

    def group_attribute(self):
        group = self.group()
        if not group:
            return False
        self.model.replace(group, description=[awkward(self.rng, 64) + "x" * self.rng.choice([0, 0, 500])])
        if self.ad and self.rng.random() < 0.4:
            self.model.replace(group, displayName=[awkward(self.rng, 64).strip() or "Name"][: self.rng.randint(0, 1)])
        return True

    def contact_change(self):
        thing = self.one("contact")
        if not thing:
            return False
        self.model.replace(thing, telephoneNumber=[self.rng.choice(PHONES)], displayName=[f"Contact {self.rng.randrange(10**4)}"])
        return True

    def contact_join(self):
        if not self.ad:
            return False
        self.state.number += 1
        new = Contact(self.state.number, "Con", "Tact", name(self.rng, self.state.number), f"c{self.state.number}@partner.example")
        dn = f"CN={ldif.dn_value(new.cn)},{self.places.contacts.dn}"
        self.model.add(self.placed(self.where.contact(new), dn), "contact")
        return True

    def contact_leave(self):
        thing = self.one("contact")
        if not thing or len(self.model.all("contact")) < 3:
            return False
        self.state.bin += self.model.delete(thing)
        return True

    # What the scope is made of.

    def scope_group(self):
        """People and groups join and leave the groups by which a configuration chooses."""
        group = self.rng.choice(self.places.scope_groups)
        join = self.some_members(5)
        if self.rng.random() < 0.2 and (nested := self.group()):
            join.append(nested.dn)
        leave = self.rng.sample(sorted(group.members.values()), min(len(group.members), self.rng.randint(0, 4)))
        return self.model.change_members(group, join, leave)

    def scope_group_rename(self):
        group = self.rng.choice(self.places.scope_groups)
        self.model.rename(group, self.fresh_rdn("group", group.parent), follow=self.follow())
        return True

    def scope_unit(self):
        """The organisational unit of the scope itself gets another name or another place."""
        unit = self.places.company
        if self.rng.random() < 0.5:
            self.model.rename(unit, self.fresh_rdn("ou", unit.parent), follow=self.follow())
            return True
        return self.move_to(unit, self.rng.choice([top.dn for top in self.places.tops]))

    # Organisational units.

    def inner_units(self):
        return [unit for unit in self.model.all("ou") if unit not in self.places.fixed]

    def unit_add(self):
        parent = self.unit().dn
        rdn = self.fresh_rdn("ou", parent)
        made = self.model.add(ldif.entry(f"{rdn},{parent}", {
            "objectClass": "organizationalUnit", "ou": unescaped(rdn.partition("=")[2])}), "ou")
        for _ in range(self.rng.randint(0, 3)):
            thing = self.one("user")
            if thing and self.model.free(f"{thing.rdn},{made.dn}"):
                self.model.rename(thing, thing.rdn, made.dn, follow=self.follow())
        return True

    def unit_rename(self):
        found = self.inner_units()
        if not found:
            return False
        unit = self.rng.choice(found)
        self.model.rename(unit, self.fresh_rdn("ou", unit.parent), follow=self.follow())
        return True

    def unit_rename_and_members(self):
        """A container gets another name while people in it change and move."""
        if not self.unit_rename():
            return False
        self.attribute()
        self.move()
        self.memberships()
        return True

    def unit_move(self):
        found = self.inner_units()
        if not found:
            return False
        unit = self.rng.choice(found)
        parent = self.outside() if self.rng.random() < 0.3 else self.unit().dn
        if ldif.same_dn(parent, unit.dn) or ldif.normal_dn(parent).endswith("," + unit.key):
            return False
        return self.move_to(unit, parent)

    def unit_delete(self):
        """With everything beneath."""
        found = [unit for unit in self.inner_units() if len(self.model.beneath(unit)) <= self.state.most_deleted]
        if not found:
            return False
        self.state.bin += self.model.delete(self.rng.choice(found), self.follow())
        return True
