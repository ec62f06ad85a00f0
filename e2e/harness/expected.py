"""What the default mappings promise, computed anew from what ldapsearch shows: {anchor: {attribute: value}}.

Nothing here is taken from the product. References are anchors of other objects. An attribute without a value is
absent. `kind` is the dialect (ad, ldap), `shape` the target's (builtin, scim).
"""
import base64
import uuid

from . import ldif
from .dialects import dialect


class Expected:
    """Objects in scope: users, groups and contacts by anchor, members of groups as sets of anchors."""

    def __init__(self, directory, scope, shape, domain):
        self.where = dialect(directory.kind, directory.base)
        self.shape, self.domain = shape, domain
        self.users, self.groups, self.contacts, self.members = {}, {}, {}, {}
        found = {}
        kinds = {"user": self.where.people_filter, "group": self.where.group_filter}
        if self.where.contact_filter and shape == "builtin":
            kinds["contact"] = self.where.contact_filter
        for kind, query in kinds.items():
            attributes = ("*",) if directory.kind == "ad" else ("*", "entryUUID")
            found[kind] = [item for unit in scope for item in directory.search(unit, query, attributes=attributes)]
        self.anchors = {ldif.normal_dn(dn): self.anchor(values) for rows in found.values() for dn, values in rows}
        for dn, values in found["user"]:
            self.users[self.anchor(values)] = self.clean(self.user(dn, values))
        for dn, values in found.get("contact", []):
            self.contacts[self.anchor(values)] = self.clean(self.contact(dn, values))
        for dn, values in found["group"]:
            anchor = self.anchor(values)
            self.groups[anchor] = self.clean(self.group(dn, values))
            self.members[anchor] = {
                self.anchors[name] for raw in values.get("member", []) if (name := ldif.normal_dn(raw.decode())) in self.anchors
            }

    def anchor(self, values):
        if self.where.kind == "ldap":
            return values["entryuuid"][0].decode()
        return base64.b64encode(values.get("ms-ds-consistencyguid", values["objectguid"])[0]).decode()

    @staticmethod
    def clean(attributes):
        return {name: value for name, value in attributes.items() if value not in (None, "", [])}

    def one(self, values, name):
        """A single-valued target attribute, trimmed: of several values the first in sorted order, as a directory
        may hand them out in any."""
        return min(self.many(values, name), default=None)

    def raw(self, values, name):
        return min((raw.decode() for raw in values.get(name.lower(), [])), default=None)

    def many(self, values, name):
        return [raw.decode().strip(" ") for raw in values.get(name.lower(), [])]

    def reference(self, values, name):
        dn = self.raw(values, name)
        return self.anchors.get(ldif.normal_dn(dn)) if dn else None

    def display(self, values):
        return self.raw(values, "displayName") or self.raw(values, "cn")

    def enabled(self, values):
        return self.where.kind == "ldap" or int(self.raw(values, "userAccountControl") or 0) & 2 == 0

    def principal(self, values):
        if self.where.kind == "ad":
            return self.raw(values, "userPrincipalName") or f"{self.raw(values, 'sAMAccountName')}@{self.domain}"
        if self.shape == "scim":
            return self.raw(values, "uid")
        return self.one(values, "mail") or f"{self.raw(values, 'uid')}@{self.domain}"

    def on_premises(self, dn, values):
        shared = {"onPremisesDistinguishedName": dn, "onPremisesDomainName": self.domain}
        if self.where.kind == "ad":
            shared["onPremisesSecurityIdentifier"] = sid(values["objectsid"][0]) if "objectsid" in values else None
            shared["onPremisesSamAccountName"] = self.raw(values, "sAMAccountName")
        return shared

    def person(self, values):
        return {
            "displayName": self.display(values), "givenName": self.one(values, "givenName"),
            "surname": self.one(values, "sn"), "mail": self.one(values, "mail"), "jobTitle": self.one(values, "title"),
            "officeLocation": self.one(values, "physicalDeliveryOfficeName"), "city": self.one(values, "l"),
            "state": self.one(values, "st"), "postalCode": self.one(values, "postalCode"),
            "mobilePhone": self.one(values, "mobile"), "faxNumber": self.one(values, "facsimileTelephoneNumber"),
            "businessPhones": self.many(values, "telephoneNumber"),
        }

    def user(self, dn, values):
        if self.shape == "scim":
            return self.scim_user(values)
        made = self.person(values) | self.on_premises(dn, values) | {
            "userPrincipalName": self.principal(values), "accountEnabled": self.enabled(values),
            "preferredLanguage": self.one(values, "preferredLanguage"), "manager": self.reference(values, "manager"),
        }
        if self.where.kind == "ldap":
            return made | {
                "mailNickname": self.raw(values, "uid"), "onPremisesSamAccountName": self.raw(values, "uid"),
                "streetAddress": self.one(values, "street"), "department": self.one(values, "departmentNumber"),
                "companyName": self.one(values, "o"), "employeeId": self.one(values, "employeeNumber"),
            }
        return made | {
            "onPremisesUserPrincipalName": self.principal(values), "mailNickname": self.raw(values, "mailNickname"),
            "streetAddress": self.one(values, "streetAddress"), "department": self.one(values, "department"),
            "companyName": self.one(values, "company"), "country": self.one(values, "co"),
            "employeeId": self.one(values, "employeeID"), "proxyAddresses": self.many(values, "proxyAddresses"),
        }

    def contact(self, dn, values):
        made = self.person(values) | self.on_premises(dn, values)
        for name in ("onPremisesSecurityIdentifier", "onPremisesSamAccountName"):
            made.pop(name, None)
        return made | {
            "mailNickname": self.raw(values, "mailNickname") or self.raw(values, "cn"),
            "proxyAddresses": self.many(values, "proxyAddresses"), "department": self.one(values, "department"),
            "companyName": self.one(values, "company"), "country": self.one(values, "co"),
        }

    def group(self, dn, values):
        if self.shape == "scim":
            return {"displayName": self.display(values)}
        description = self.one(values, "description")
        made = self.on_premises(dn, values) | {
            "displayName": self.display(values), "description": description[:448] if description else None,
            "mail": self.one(values, "mail"), "securityEnabled": True, "mailEnabled": False,
        }
        if self.where.kind == "ldap":
            return made
        return made | {
            "securityEnabled": int(self.raw(values, "groupType")) & 0x80000000 != 0, "mailEnabled": "mail" in values,
            "mailNickname": self.raw(values, "mailNickname"), "proxyAddresses": self.many(values, "proxyAddresses"),
        }

    def scim_user(self, values):
        ldap = self.where.kind == "ldap"
        address = {
            "locality": self.one(values, "l"), "region": self.one(values, "st"),
            "postalCode": self.one(values, "postalCode"), "streetAddress": self.one(values, "street" if ldap else "streetAddress"),
            "country": None if ldap else self.one(values, "c"),
            "formatted": None if ldap else self.one(values, "physicalDeliveryOfficeName"),
        }
        return {
            "userName": self.principal(values), "active": self.enabled(values), "displayName": self.display(values),
            "name.givenName": self.one(values, "givenName"), "name.familyName": self.one(values, "sn"),
            "emails.work": self.one(values, "mail"), "title": self.one(values, "title"),
            "preferredLanguage": self.one(values, "preferredLanguage"),
            "phoneNumbers.work": self.one(values, "telephoneNumber"),
            "phoneNumbers.mobile": self.one(values, "mobile"),
            "phoneNumbers.fax": self.one(values, "facsimileTelephoneNumber"),
            **{f"addresses.work.{name}": value for name, value in address.items()},
            "enterprise.department": self.one(values, "departmentNumber" if ldap else "department"),
            "enterprise.employeeNumber": self.one(values, "employeeNumber" if ldap else "employeeID"),
            "enterprise.organization": self.one(values, "o" if ldap else "company"),
            "enterprise.manager": self.reference(values, "manager"),
        }


def sid(raw):
    """MS-DTYP 2.4.2.1: the text form of a security identifier."""
    parts = [int.from_bytes(raw[8 + 4 * at:12 + 4 * at], "little") for at in range(raw[1])]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])


def guid_text(raw):
    """objectGUID as the logs write it."""
    return str(uuid.UUID(bytes_le=raw))
