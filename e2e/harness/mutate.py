"""A working day in a directory: joiners, movers, renames, leavers, changed groups; written with ldapmodify.

python3 -m harness.mutate ENV-FILE ad|ldap [--seed N] [--amount N]
Who is touched is chosen by the seed from what the directory holds now, so it can be run again and again.
"""
import argparse
import random

from . import ldif
from .dialects import dialect, joiner_anchor
from .ldap import Directory, LdapError
from .people import UNITS, person


class Day:
    def __init__(self, directory, seed, amount):
        self.directory, self.amount = directory, amount
        self.rng = random.Random(f"{seed} {directory.kind}")
        self.where = dialect(directory.kind, directory.base)
        self.done = []
        inside = directory.search(self.where.company, self.where.people_filter, attributes=("sAMAccountName", "uid", "sn"))
        self.people = [dn for dn, _ in inside]
        self.rng.shuffle(self.people)
        numbers = [int(account[0][1:]) for _, values in inside
                   if (account := values.get("samaccountname") or values.get("uid"))]
        self.next_number = max(numbers) + 1
        self.groups = directory.search(self.where.company, self.where.group_filter, attributes=("cn", "member"))

    def take(self, count):
        taken, self.people = self.people[:count], self.people[count:]
        return taken

    def apply(self, what, dn, body):
        self.directory.modify(ldif.line("dn", dn) + body)
        self.done.append((what, dn))

    def replace(self, what, dn, **values):
        body = "changetype: modify\n"
        for name, value in values.items():
            body += f"replace: {name}\n" + "".join(ldif.line(name, item) for item in value) + "-\n"
        self.apply(what, dn, body)

    def rename(self, what, dn, rdn, parent, follow=True):
        if follow:
            self.references(dn, f"{rdn},{parent}")
        self.apply(what, dn, "changetype: modrdn\n" + ldif.line("newrdn", rdn) + "deleteoldrdn: 1\n"
                   + ldif.line("newsuperior", parent))

    def joiners(self):
        made = []
        for _ in range(self.amount):
            new = person(self.next_number, self.rng, made)
            self.next_number += 1
            new.own_anchor = joiner_anchor(self.rng) if new.own_anchor else None
            text = self.where.person(new)
            first, _, rest = text.partition("\n")
            self.directory.modify(f"{first}\nchangetype: add\n{rest}")
            self.done.append(("joiner", self.where.person_dn(new)))
            made.append(new)
        return [self.where.person_dn(new) for new in made]

    def movers(self):
        for number, dn in enumerate(self.take(self.amount)):
            rdn, parent = ldif.split_dn(dn)
            others = [unit for unit in map(self.where.unit, UNITS) if unit.lower() != parent.lower()]
            # The last one leaves dangling references behind where the server does not follow by itself.
            self.rename("mover", dn, rdn, self.rng.choice(others), follow=number < self.amount - 1)

    def renames(self):
        for number, dn in enumerate(self.take(self.amount)):
            surname = self.rng.choice(["Married-Çelik", "Nowak, née X", "Šťastná"]) + f" {self.rng.randrange(10**6)}"
            self.replace("new surname", dn, sn=[surname], displayName=[f"Someone {surname}"])
            if self.where.kind == "ad":
                self.rename("new common name", dn, f"CN={ldif.dn_value('Renamed ' + surname)}", ldif.split_dn(dn)[1])
            elif number % 2:
                self.replace("new common name", dn, cn=[f"Renamed {surname}"])
                self.rename("new uid", dn, f"uid=u{self.next_number:06d}", ldif.split_dn(dn)[1])
                self.next_number += 1

    def changes(self):
        for dn in self.take(self.amount):
            self.replace("new job", dn, title=[f"Promoted {self.rng.randrange(10**6)}"], telephoneNumber=["+41 1"], mobile=[],
                         manager=[self.people[-1]])

    def switched_off(self):
        """Accounts disabled at the source, and some enabled again."""
        if self.where.kind != "ad":
            return
        for dn in self.take(self.amount):
            (_, values), = self.directory.search(dn, scope="base", attributes=("userAccountControl",))
            self.replace("disabled or enabled", dn, userAccountControl=[str(int(values["useraccountcontrol"][0]) ^ 2)])

    def leavers(self):
        for dn in self.take(self.amount):
            self.references(dn, None)
            self.apply("leaver, deleted", dn, "changetype: delete\n")
        for dn in self.take(self.amount):
            self.references(dn, None)
            self.rename("leaver, out of scope", dn, ldif.split_dn(dn)[0], self.where.former, follow=False)

    def references(self, dn, new):
        """Active Directory keeps memberships whole by itself; slapd leaves that to whoever renames or deletes."""
        if self.where.kind == "ad":
            return
        for group, _ in self.directory.search(query=f"(member={escape(dn)})", attributes=("1.1",)):
            added = "add: member\n" + ldif.line("member", new) + "-\n" if new else ""
            body = f"changetype: modify\n{added}delete: member\n" + ldif.line("member", dn) + "-\n"
            try:
                self.apply("member followed", group, body)
            except LdapError:
                # groupOfNames needs a member: the last one is replaced by nobody.
                self.replace("last member left", group, member=[f"cn=nobody,{self.directory.base}"])

    def memberships(self, joined):
        chosen = self.rng.sample([group for group in self.groups if group[1].get("member")], min(len(self.groups) - 1, self.amount))
        for dn, _ in chosen:
            (_, values), = self.directory.search(dn, scope="base", attributes=("member",))
            members = [member.decode() for member in values.get("member", [])]
            removed = set(self.rng.sample(members, min(len(members) - 1, 3))) if members else set()
            there = {ldif.normal_dn(name) for name in members}
            wished = self.rng.sample(self.people, min(len(self.people), 4)) + joined[:1]
            added = [name for name in wished if ldif.normal_dn(name) not in there]
            body = "changetype: modify\n"
            if removed:
                body += "delete: member\n" + "".join(ldif.line("member", name) for name in sorted(removed)) + "-\n"
            if added:
                body += "add: member\n" + "".join(ldif.line("member", name) for name in added) + "-\n"
            self.apply("membership", dn, body)

    def group_changes(self):
        names = [dn for dn, _ in self.groups]
        dn = self.rng.choice(names[1:])
        name = ldif.dn_value(f"Renamed, group Ω {self.rng.randrange(10**6)}")
        self.rename("group renamed", dn, f"cn={name}", self.where.group_unit)
        gone = self.rng.choice([name for name in names[1:] if name != dn])
        self.references(gone, None)
        self.apply("group deleted", gone, "changetype: delete\n")

    def run(self):
        joined = self.joiners()
        self.movers()
        self.renames()
        self.changes()
        self.switched_off()
        self.leavers()
        self.memberships(joined)
        self.group_changes()
        return self.done


def escape(value):
    """A value inside an LDAP filter."""
    return "".join(f"\\{ord(char):02x}" if char in "\\*()\0" else char for char in value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("env")
    parser.add_argument("kind", choices=["ad", "ldap"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--amount", type=int, default=4)
    given = parser.parse_args()
    for what, dn in Day(Directory(given.env, given.kind), given.seed, given.amount).run():
        print(f"{what}: {dn}")


if __name__ == "__main__":
    main()
