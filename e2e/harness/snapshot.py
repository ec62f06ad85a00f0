"""A directory at one moment: one search by ldapsearch, asked again and again without the server."""
import uuid

from . import ldif
from .dialects import dialect


class Snapshot:
    """Answers like `ldap.Directory.search` for the filters of the dialects."""

    def __init__(self, directory, roots):
        self.kind, self.base = directory.kind, directory.base
        attributes = ("*",) if directory.kind == "ad" else ("*", "entryUUID")
        self.rows = [(ldif.normal_dn(dn), dn, values) for root in roots
                     for dn, values in directory.search(root, attributes=attributes)]
        where = dialect(directory.kind, directory.base)
        self.classes = {where.people_filter: {"user", "inetorgperson"}, where.group_filter: {"group", "groupofnames"},
                        where.contact_filter: {"contact"}, "(objectClass=organizationalUnit)": {"organizationalunit"}}
        self.by_id = {self.identity(values): dn for _, dn, values in self.rows}

    def search(self, base, query, attributes=()):
        wanted, end = self.classes[query], ldif.normal_dn(base)
        return [(dn, values) for key, dn, values in self.rows
                if (key == end or key.endswith("," + end))
                and wanted & {raw.decode().lower() for raw in values["objectclass"]}]

    def identity(self, values):
        if self.kind == "ldap":
            return values["entryuuid"][0].decode()
        return str(uuid.UUID(bytes_le=values["objectguid"][0]))

    def identity_of(self, dn):
        key = ldif.normal_dn(dn)
        return next(self.identity(values) for other, _, values in self.rows if other == key)
