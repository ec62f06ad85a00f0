"""The small company of the troubleshooting stories: some sixty people by name, and what happens to them."""
from .ldif import entry

MAIL = "company.test"


class Company:
    """Houses, each read as a domain of its own, with inetOrgPersons and groupOfNames beneath."""

    def __init__(self, base):
        self.base = base

    def unit(self, path):
        """`Logistics/Warehouse` is the container Warehouse of the house Logistics."""
        return "".join(f"ou={part}," for part in reversed(path.split("/"))) + self.base

    def dn(self, uid, unit):
        return f"uid={uid},{self.unit(unit)}"

    def group_dn(self, name, unit):
        return f"cn={name},{self.unit(unit)}"

    def person(self, name, unit, **more):
        given, surname = name.split(" ", 1)
        uid = more.pop("uid", name.lower().replace(" ", "."))
        return entry(self.dn(uid, unit), {
            "objectClass": "inetOrgPerson", "uid": uid, "cn": name, "sn": surname, "givenName": given, "displayName": name,
            "mail": f"{uid}@{MAIL}", "title": "Clerk",
        } | more)

    def group(self, name, unit, members):
        return entry(self.group_dn(name, unit), {"objectClass": "groupOfNames", "cn": name, "member": members})

    def containers(self):
        for path in ("Office", "Office/Board", "Office/Staff", "Office/Former", "Trade", "Trade/Branch", "Trade/Groups",
                     "Consulting", "School", "Logistics", "Logistics/Warehouse", "Logistics/Warehouse/Day",
                     "Logistics/Warehouse/Night", "Logistics/Porters", "Works", "Works/Winter", "Works/Harvest", "Works/Spring",
                     "Works/Extra", "Works/Summer", "Works/Autumn", "Sites", "Sites/Island", "Sites/North", "Sites/Singers",
                     "Sites/Groups", "Sites/Spare", "Twins", "Depot"):
            yield entry(self.unit(path), {"objectClass": "organizationalUnit", "ou": path.split("/")[-1]})

    def people(self):
        # In no scope at all.
        yield self.person("Carla Chief", "Office/Board")
        # Staff: what goes wrong with single people.
        staff = "Office/Staff"
        for name in ("Anna Arnold", "Moritz Mover", "Delia Dreher"):
            yield self.person(name, staff)
        yield self.person("Jonas Junior", staff, manager=self.dn("carla.chief", "Office/Board"))
        yield self.person("Berta Doppel", staff, mail=f"doppel@{MAIL}")
        yield self.person("Lina Lang", staff, givenName="Lina " * 14)
        yield self.person("Kathi Klammer", staff, mail=f"kathi(home)@{MAIL}")
        for number in range(1, 17):
            yield self.person(f"Colleague Number{number:02d}", staff)
        # Reached by their group, wherever they lie.
        for name in ("Sam Seller", "Sue Seller"):
            yield self.person(name, "Trade/Branch")
        for name in ("Cleo Chorister", "Carl Chorister"):
            yield self.person(name, "Sites/Singers")
        for name, kind in (("Cora Consult", "consultant"), ("Chris Consult", "consultant"), ("Nora Never", "intern")):
            yield self.person(name, "Consulting", employeeType=kind)
        for name, born in (("Stella Student", "1999-04-17"), ("Stefan Student", "2001-11-30"), ("Tom Typo", "31 of February")):
            yield self.person(name, "School", employeeNumber=born)
        # Of a SCIM service.
        for name in ("Wanda Warm", "Vera Vanished", "Lena Linked"):
            yield self.person(name, "Logistics/Warehouse")
        yield self.person("Dora Double", "Logistics/Warehouse/Day", uid="double", mail=f"dora@{MAIL}")
        porters = "Logistics/Porters"
        yield self.person("Paul Porter", porters, employeeNumber="P1", description="https://intranet.example/paul")
        yield self.person("Pia Porter", porters)
        yield self.person("Rita Refused", porters, employeeNumber="P3", description="::::")
        # Too many of one container leave at once.
        for number in range(1, 6):
            yield self.person(f"Winter Worker{number}", "Works/Winter")
            yield self.person(f"Harvest Helper{number}", "Works/Harvest")
        for name, unit in (("Inga Island", "Sites/Island"), ("Ivo Island", "Sites/Island"), ("Nils North", "Sites/North"),
                           ("Nina North", "Sites/North"), ("Spencer Spare", "Sites/Spare"), ("Sonja Spring", "Works/Spring"),
                           ("Emil Extra", "Works/Extra"), ("Sina Summer", "Works/Summer"), ("Arno Autumn", "Works/Autumn"),
                           ("Tina Twin", "Twins"), ("Dirk Depot", "Depot")):
            yield self.person(name, unit)

    def groups(self):
        yield self.group("Readers", "Office/Staff", [self.dn("anna.arnold", "Office/Staff"), self.dn("carla.chief", "Office/Board")])
        yield self.group("Sales team", "Trade/Groups", [self.dn(uid, "Trade/Branch") for uid in ("sam.seller", "sue.seller")])
        yield self.group("Choir singers", "Sites/Groups",
                         [self.dn(uid, "Sites/Singers") for uid in ("cleo.chorister", "carl.chorister")])

    def ldif(self):
        return "".join([*self.containers(), *self.people(), *self.groups()])

    def troubles(self):
        """LDIF change records: what happened since the first cycles."""
        def change(dn, kind, *lines):
            return "\n".join([f"dn: {dn}", f"changetype: {kind}", *lines]) + "\n\n"

        def added(record):
            head, rest = record.split("\n", 1)
            return f"{head}\nchangetype: add\n{rest}"

        staff, works = "Office/Staff", "Works"
        yield change(self.dn("anna.arnold", staff), "modify", "replace: sn", "sn: Berger", "-", "replace: displayName",
                     "displayName: Anna Berger", "-", "replace: cn", "cn: Anna Berger")
        yield change(self.dn("moritz.mover", staff), "modrdn", "newrdn: uid=moritz.mover", "deleteoldrdn: 0",
                     f"newsuperior: {self.unit('Office/Former')}")
        yield change(self.dn("delia.dreher", staff), "delete")
        yield added(self.person("Bert Doppel", staff, mail=f"doppel@{MAIL}"))
        yield change(self.group_dn("Sales team", "Trade/Groups"), "modify", "delete: member",
                     f"member: {self.dn('sam.seller', 'Trade/Branch')}")
        yield change(self.dn("cora.consult", "Consulting"), "modify", "replace: employeeType", "employeeType: retired")
        yield added(self.person("Dirk Double", "Logistics/Warehouse/Night", uid="double", mail=f"dirk@{MAIL}"))
        for number in range(1, 5):
            yield change(self.dn(f"winter.worker{number}", f"{works}/Winter"), "delete")
            yield change(self.dn(f"harvest.helper{number}", f"{works}/Harvest"), "delete")
        for uid in ("inga.island", "ivo.island"):
            yield change(self.dn(uid, "Sites/Island"), "delete")
        yield change(self.unit("Sites/Island"), "delete")
        yield change(self.unit("Sites/North"), "modrdn", "newrdn: ou=Far north", "deleteoldrdn: 1")
        yield change(self.group_dn("Choir singers", "Sites/Groups"), "delete")
