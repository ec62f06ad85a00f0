"""What a directory holds while a round of changes is invented, and the LDIF of these changes.

The model is read anew from the directory before every round; within a round it only has to know enough to invent
changes that the directory will accept. What the directory then really made of them is read again for the comparison.
"""
from dataclasses import dataclass, field

from .. import ldif
from ..ldap import SHOW_DELETED

LOST = ("userPrincipalName", "displayName", "givenName", "sn", "title", "mail", "proxyAddresses", "department", "userAccountControl")
TREE_DELETE = "1.2.840.113556.1.4.805"


@dataclass(eq=False)
class Thing:
    """An organisational unit, user, group or contact. `dn` changes; `id` is None until the next reading."""

    kind: str
    dn: str
    id: str | None = None
    values: dict = field(default_factory=dict)
    members: dict = field(default_factory=dict)  # groups: names as written, by their normal form
    manager: str | None = None

    @property
    def key(self):
        return ldif.normal_dn(self.dn)

    @property
    def parent(self):
        return ldif.split_dn(self.dn)[1]

    @property
    def rdn(self):
        return ldif.split_dn(self.dn)[0]

    def text(self, name):
        return next((raw.decode() for raw in self.values.get(name.lower(), [])), None)


@dataclass
class Gone:
    """A deleted object that may come back, or whose name somebody else may take."""

    kind: str
    id: str | None
    dn: str
    values: dict
    again: bool = False  # somebody took its place


class Model:
    def __init__(self, where, snapshot, roots, deleted):
        self.where, self.things, self.ldif, self.operations = where, {}, [], 0
        self.deleted = deleted  # names in the recycle bin, by id
        kinds = {"user": where.people_filter, "group": where.group_filter, "contact": where.contact_filter,
                 "ou": "(objectClass=organizationalUnit)"}
        for kind, query in kinds.items():
            if query is None:
                continue
            for root in roots:
                for dn, values in snapshot.search(root, query):
                    self.put(Thing(
                        kind, dn, snapshot.identity(values), values,
                        {ldif.normal_dn(raw.decode()): raw.decode() for raw in values.get("member", [])},
                        ldif.normal_dn(values["manager"][0].decode()) if "manager" in values else None))

    @property
    def follows(self):
        """Whether the directory itself keeps references whole when somebody is renamed or deleted."""
        return self.where.kind == "ad"

    def put(self, thing):
        self.things[thing.key] = thing
        return thing

    def all(self, kind, within=None):
        """In the order of names: the same seed gives the same changes."""
        end = "," + ldif.normal_dn(within) if within else ""
        return [thing for key, thing in sorted(self.things.items())
                if thing.kind == kind and (not within or key.endswith(end))]

    def beneath(self, thing):
        end = "," + thing.key
        return [other for key, other in sorted(self.things.items()) if key.endswith(end)]

    def free(self, dn):
        return ldif.normal_dn(dn) not in self.things

    def emit(self, dn, body, *controls):
        lines = "".join(f"control: {control} true\n" for control in controls)
        self.ldif.append(ldif.line("dn", dn) + lines + body + "\n")
        self.operations += 1

    def add(self, entry, kind):
        """Adds an entry that is written as LDIF already."""
        first, _, rest = entry.partition("\n")
        (dn, values), = ldif.parse(entry)
        self.ldif.append(f"{first}\nchangetype: add\n{rest}\n")
        self.operations += 1
        members = {ldif.normal_dn(raw.decode()): raw.decode() for raw in values.get("member", [])}
        manager = ldif.normal_dn(values["manager"][0].decode()) if "manager" in values else None
        return self.put(Thing(kind, dn, None, values, members, manager))

    def replace(self, thing, **values):
        body = "changetype: modify\n"
        for name, new in values.items():
            body += f"replace: {name}\n" + "".join(ldif.line(name, value) for value in new) + "-\n"
            thing.values[name.lower()] = [value if isinstance(value, bytes) else value.encode() for value in new]
        if "manager" in values:
            thing.manager = ldif.normal_dn(values["manager"][0]) if values["manager"] else None
        self.emit(thing.dn, body)

    def change_members(self, group, join, leave):
        """Names; of slapd's groups one member always stays."""
        join = {ldif.normal_dn(dn): dn for dn in join}
        leave = {ldif.normal_dn(dn): dn for dn in leave if ldif.normal_dn(dn) not in join}
        if not self.follows and not (group.members.keys() | join.keys()) - leave.keys():
            nobody = f"cn=nobody,{self.where.base}"
            join[ldif.normal_dn(nobody)] = nobody
            leave.pop(ldif.normal_dn(nobody), None)
        join = {key: dn for key, dn in join.items() if key not in group.members}
        leave = {key: dn for key, dn in leave.items() if key in group.members}
        body = "changetype: modify\n"
        if join:
            body += "add: member\n" + "".join(ldif.line("member", dn) for dn in join.values()) + "-\n"
        if leave:
            body += "delete: member\n" + "".join(ldif.line("member", dn) for dn in leave.values()) + "-\n"
        if not join and not leave:
            return False
        group.members.update(join)
        for key in leave:
            del group.members[key]
        self.emit(group.dn, body)
        return True

    def rename(self, thing, rdn, parent=None, follow=True):
        old = thing.dn
        new = f"{rdn},{parent or thing.parent}"
        self.emit(old, "changetype: modrdn\n" + ldif.line("newrdn", rdn) + "deleteoldrdn: 1\n"
                  + (ldif.line("newsuperior", parent) if parent else ""))
        moved = [(thing, new)] + [(other, other.dn[: len(other.dn) - len(old)] + new) for other in self.beneath(thing)]
        names = {}
        for other, _ in moved:
            del self.things[other.key]
        for other, dn in moved:
            names[other.key] = dn
            other.dn = dn
            self.put(other)
        attribute, _, value = rdn.partition("=")
        thing.values[attribute.lower()] = [unescaped(value).encode()]
        self.references(names, follow)

    def delete(self, thing, follow=True):
        """With everything beneath; gives what went, from the leaves upwards."""
        gone = sorted(self.beneath(thing), key=lambda other: -other.key.count(",")) + [thing]
        if self.follows:
            self.emit(thing.dn, "changetype: delete\n", *([TREE_DELETE] if len(gone) > 1 else []))
        for other in gone:
            if not self.follows:
                self.emit(other.dn, "changetype: delete\n")
            del self.things[other.key]
        self.references({other.key: None for other in gone}, follow)
        return [Gone(other.kind, other.id, other.dn, other.values) for other in gone]

    def restore(self, gone, rdn, parent):
        """Reanimates a tombstone (MS-ADTS 3.1.1.5.3.7) and fills in what was lost with it."""
        dn = f"{rdn},{parent}"
        self.emit(self.deleted[gone.id], "changetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n"
                  + ldif.line("distinguishedName", dn) + "-\n", SHOW_DELETED)
        back = self.put(Thing(gone.kind, dn, gone.id, gone.values))
        lost = {name: gone.values[name.lower()] for name in LOST if name.lower() in gone.values}
        if lost:
            self.replace(back, **lost)
        return back

    def references(self, names, follow):
        """Who refers to one of the names, refers to the new one from now on, or to nobody. Active Directory does that
        by itself; slapd leaves it to whoever renames, who may forget it."""
        if not self.follows and not follow:
            return
        for thing in list(self.things.values()):
            hit = [key for key in thing.members if key in names]
            if hit:
                old, new = [thing.members[key] for key in hit], [names[key] for key in hit if names[key]]
                if self.follows:
                    for key in hit:
                        del thing.members[key]
                    thing.members.update({ldif.normal_dn(dn): dn for dn in new})
                else:
                    self.change_members(thing, new, old)
            if thing.manager in names:
                new = names[thing.manager]
                if self.follows:
                    thing.manager = ldif.normal_dn(new) if new else None
                else:
                    self.replace(thing, manager=[new] if new else [])


def unescaped(value):
    out, position = [], 0
    while position < len(value):
        if value[position] == "\\":
            position += 1
        out.append(value[position])
        position += 1
    return "".join(out)
