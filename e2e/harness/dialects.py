"""How the invented company is written down in each kind of directory, and where its objects live there."""
import uuid

from .ldif import dn_value, entry

COMPANY = "Company"
FORMER = "Former"  # outside the scope that the tests configure


class ActiveDirectory:
    kind = "ad"
    rdn = "CN"
    member = "member"
    people_filter = "(&(objectCategory=person)(objectClass=user))"
    group_filter = "(objectClass=group)"
    contact_filter = "(&(objectCategory=person)(objectClass=contact))"
    mail_domain = "e2e.example"  # differs between the two kinds: both may feed one target, where names are unique

    def __init__(self, base):
        self.base = base
        self.company = f"OU={COMPANY},{base}"
        self.former = f"OU={FORMER},{base}"
        self.group_unit = f"OU=Groups,{self.company}"
        self.contact_unit = f"OU=Contacts,{self.company}"

    def unit(self, path):
        return "".join(f"OU={dn_value(part)}," for part in reversed(path.split("/"))) + self.company

    def units(self, paths):
        yield entry(self.company, {"objectClass": "organizationalUnit", "ou": COMPANY})
        yield entry(self.former, {"objectClass": "organizationalUnit", "ou": FORMER})
        for dn, name in [(self.group_unit, "Groups"), (self.contact_unit, "Contacts")]:
            yield entry(dn, {"objectClass": "organizationalUnit", "ou": name})
        for path in paths:
            yield entry(self.unit(path), {"objectClass": "organizationalUnit", "ou": path.split("/")[-1]})

    def person_dn(self, person):
        return f"CN={dn_value(person.cn)},{self.unit(person.unit)}"

    def mail(self, person):
        return f"{person.account}@{self.mail_domain}" if person.has_mail else None

    def group_dn(self, group):
        return f"CN={dn_value(group.name)},{self.group_unit}"

    def contact_dn(self, contact):
        return f"CN={dn_value(contact.cn)},{self.contact_unit}"

    def person(self, person):
        city, state, country, code, postal = person.place
        blank = " " if person.number % 7 == 2 else ""
        mail = self.mail(person)
        proxies = [f"SMTP:{mail}", f"smtp:{person.account}.alias@{self.mail_domain}"][: 1 + person.number % 2] if mail else []
        return entry(self.person_dn(person), {
            "objectClass": "user", "cn": person.cn, "sAMAccountName": person.account,
            "userPrincipalName": f"{person.account}@{self.mail_domain}" if person.upn else None,
            "givenName": f"{blank}{person.given}{blank}", "sn": person.surname, "displayName": person.display,
            "mail": mail, "proxyAddresses": proxies, "title": person.title + blank,
            "department": person.department, "company": "E2E Company AG",
            "physicalDeliveryOfficeName": f"{city} {person.number % 40}", "l": city, "st": state, "co": country,
            "c": code, "postalCode": postal,
            "streetAddress": f"Main Street {person.number}\r\nc/o {person.surname}" if person.number % 5 == 1 else f"Main Street {person.number}",
            "telephoneNumber": person.phones[0], "otherTelephone": person.phones[1:],
            "mobile": f"+41 76 {person.number:06d}", "facsimileTelephoneNumber": f"+41 31 {person.number:06d}",
            "employeeID": f"E{person.number:06d}", "preferredLanguage": person.language,
            "initials": person.given[:1], "homePhone": f"{blank}+41 55 {person.number:06d}",
            "otherHomePhone": [f"+41 5{n} {person.number:06d}" for n in range(6, 6 + person.number % 3)],
            "postOfficeBox": ["Box 9", "Box 10"][: person.number % 3], "url": f"https://e2e.example/{person.account}",
            "wWWHomePage": "https://e2e.example/" if person.number % 4 == 1 else None,
            "info": "Known by all\r\nfor long " if person.number % 10 == 3 else None,
            "countryCode": str(person.number % 900) if person.number % 3 else None,
            "thumbnailPhoto": b"\xff\xd8\xff" + bytes([person.number % 256] * 40) + b"\xff\xd9" if person.number % 6 == 4 else None,
            "assistant": self.person_dn(person.manager) if person.manager and person.number % 4 == 2 else None,
            "description": f"{person.title} – {'long ' * (100 if person.number % 31 == 12 else 1)}text",
            "mS-DS-ConsistencyGuid": person.own_anchor,
            "manager": self.person_dn(person.manager) if person.manager else None,
            "userAccountControl": "544" if person.enabled else "546",
        })

    def group(self, group):
        members = [self.person_dn(p) for p in group.people] + [self.group_dn(g) for g in group.groups]
        members += [self.contact_dn(c) for c in group.contacts]
        return entry(self.group_dn(group), {
            "objectClass": "group", "cn": group.name, "sAMAccountName": f"g{group.number:05d}",
            "displayName": f"Group {group.name}" if group.number % 2 else None, "description": group.description,
            "mail": f"g{group.number:05d}@{self.mail_domain}" if group.kind == "distribution" else None,
            "groupType": "8" if group.kind == "distribution" else "-2147483640", "member": members,
            "info": "Owned \r\n" if group.number % 5 == 2 else None,
            "managedBy": self.person_dn(group.people[0]) if group.people and group.number % 3 == 1 else None,
        })

    def contact(self, contact):
        return entry(self.contact_dn(contact), {
            "objectClass": "contact", "cn": contact.cn, "givenName": contact.given, "sn": contact.surname,
            "displayName": f"{contact.given} {contact.surname}", "mail": contact.mail,
            "proxyAddresses": [f"SMTP:{contact.mail}"], "telephoneNumber": f"+49 30 {contact.number:05d}",
            "company": "Partner GmbH",
        })


class OpenLdap(ActiveDirectory):
    """The same company as inetOrgPerson and groupOfNames; a group cannot be empty, contacts have no class there."""

    kind = "ldap"
    rdn = "uid"
    people_filter = "(objectClass=inetOrgPerson)"
    group_filter = "(objectClass=groupOfNames)"
    contact_filter = None
    mail_domain = "ldap.example"

    def person_dn(self, person):
        return f"uid={person.account},{self.unit(person.unit)}"

    def person(self, person):
        city, state, _, _, postal = person.place
        return entry(self.person_dn(person), {
            "objectClass": "inetOrgPerson", "uid": person.account,
            # Two names of one person, as directories filled by two systems have them.
            "cn": [person.cn] + ([f"{person.surname} {person.given}"] if person.number % 8 == 3 else []),
            "sn": person.surname, "givenName": person.given, "displayName": person.display,
            "mail": [self.mail(person), f"{person.account}.alias@{self.mail_domain}"][: 1 + person.number % 2],
            "title": person.title, "departmentNumber": person.department, "o": "E2E Company AG",
            "physicalDeliveryOfficeName": f"{city} {person.number % 40}", "l": city, "st": state,
            "postalCode": postal, "street": f"Main Street {person.number}", "telephoneNumber": person.phones,
            "mobile": f"+41 76 {person.number:06d}", "facsimileTelephoneNumber": f"+41 31 {person.number:06d}",
            "employeeNumber": f"E{person.number:06d}", "preferredLanguage": person.language,
            "description": f"{person.title} – text", "initials": person.given[:1],
            "homePhone": f"+41 55 {person.number:06d}", "pager": str(person.number) if person.number % 9 == 4 else None,
            "postOfficeBox": ["Box 9", "Box 10"][: person.number % 3],
            "jpegPhoto": b"\xff\xd8\xff" + bytes([person.number % 256] * 40) + b"\xff\xd9" if person.number % 6 == 4 else None,
            "secretary": self.person_dn(person.manager) if person.manager and person.number % 4 == 2 else None,
            "manager": self.person_dn(person.manager) if person.manager else None,
        })

    def group(self, group):
        members = [self.person_dn(p) for p in group.people] + [self.group_dn(g) for g in group.groups]
        return entry(self.group_dn(group), {
            "objectClass": "groupOfNames", "cn": group.name, "description": group.description,
            "member": members or [f"cn=nobody,{self.base}"],
            "owner": self.person_dn(group.people[0]) if group.people and group.number % 3 == 1 else None,
        })

    def contact(self, contact):
        return ""


def dialect(kind, base):
    return {"ad": ActiveDirectory, "ldap": OpenLdap}[kind](base)


def joiner_anchor(rng):
    """What another tool would have stamped into mS-DS-ConsistencyGuid."""
    return uuid.UUID(int=rng.getrandbits(128)).bytes
