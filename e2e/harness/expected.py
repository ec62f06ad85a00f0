"""What the default mappings promise, computed anew from what ldapsearch shows: {anchor: {attribute: value}}.

Nothing here is taken from the product. References are anchors of other objects. An attribute without a value is
absent. `kind` is the dialect (ad, ldap), `shape` the target's (builtin, scim).
"""
import base64
import datetime
import uuid

from . import ldif
from .dialects import dialect


class Expected:
    """Objects in scope: users, groups and contacts by anchor, members of groups as sets of anchors."""

    def __init__(self, directory, scope, shape, domain, groups=(), where=None):
        """`scope`: organisational units. `groups`: groups whose members are in scope too, over any number of groups."""
        self.where = where or dialect(directory.kind, directory.base)
        self.shape, self.domain = shape, domain
        self.users, self.groups, self.contacts, self.members = {}, {}, {}, {}
        found = {}
        kinds = {"user": self.where.people_filter, "group": self.where.group_filter}
        if self.where.contact_filter and shape == "builtin":
            kinds["contact"] = self.where.contact_filter
        for kind, query in kinds.items():
            attributes = ("*",) if directory.kind == "ad" else ("*", "entryUUID")
            found[kind] = [item for unit in scope for item in directory.search(unit, query, attributes=attributes)]
        if groups:
            self.add_members(directory, found, kinds, groups)
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

    def add_members(self, directory, found, kinds, groups):
        """What the groups hold, and what the groups among it hold, circles included."""
        every = {kind: directory.search(directory.base, query) for kind, query in kinds.items()}
        members = {ldif.normal_dn(dn): [ldif.normal_dn(raw.decode()) for raw in values.get("member", [])]
                   for dn, values in every["group"]}
        chosen, waiting = set(), [ldif.normal_dn(dn) for dn in groups]
        while waiting:
            name = waiting.pop()
            if name not in chosen:
                chosen.add(name)
                waiting += members.get(name, [])
        for kind, rows in every.items():
            there = {ldif.normal_dn(dn) for dn, _ in found[kind]}
            found[kind] += [(dn, values) for dn, values in rows if (name := ldif.normal_dn(dn)) in chosen and name not in there]

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
        return [raw.decode().strip() for raw in values.get(name.lower(), [])]

    def reference(self, values, name):
        dn = self.raw(values, name)
        return self.anchors.get(ldif.normal_dn(dn)) if dn else None

    def display(self, values):
        return self.raw(values, "displayName") or self.raw(values, "cn")

    def references(self, values, name):
        found = {self.anchors.get(ldif.normal_dn(raw.decode())) for raw in values.get(name.lower(), [])}
        return sorted(found - {None})

    def binary(self, values, name):
        return [base64.b64encode(raw).decode() for raw in values.get(name.lower(), [])]

    def typed(self, values, names):
        """Attributes that keep their name and their type."""
        for name in names:
            match TYPES.get(name):
                case "reference":
                    yield name, self.reference(values, name)
                case "references":
                    yield name, self.references(values, name)
                case "integer":
                    text = self.raw(values, name)
                    yield name, None if text is None else int(text)
                case "boolean":
                    text = self.raw(values, name)
                    yield name, None if text is None else text == "TRUE"
                case "binary":
                    yield name, min(self.binary(values, name), default=None)
                case "binaries":
                    yield name, self.binary(values, name)
                case "texts":
                    yield name, [raw.decode() for raw in values.get(name.lower(), [])]
                case "trimmed texts":
                    yield name, self.many(values, name)
                case "trimmed":
                    yield name, self.one(values, name)
                case _:
                    yield name, self.raw(values, name)

    def cut(self, values, name):
        text = self.one(values, name)
        return text[:448] if text else None

    def enabled(self, values):
        return self.where.kind == "ldap" or int(self.raw(values, "userAccountControl") or 0) & 2 == 0

    def principal(self, values):
        if self.where.kind == "ad":
            return self.raw(values, "userPrincipalName") or f"{self.raw(values, 'sAMAccountName')}@{self.domain}"
        if self.shape == "scim":
            return self.raw(values, "uid")
        return self.one(values, "mail") or f"{self.raw(values, 'uid')}@{self.domain}"

    def everybody(self, dn, values):
        made = {
            "displayName": self.display(values), "commonName": self.raw(values, "cn"),
            "description": self.cut(values, "description"),
            "onPremisesDistinguishedName": dn, "onPremisesDomainName": self.domain,
        }
        if self.where.kind == "ldap":
            return made
        return made | dict(self.typed(values, EVERYBODY)) | {
            "info": self.cut(values, "info"), "proxyAddresses": sorted(set(self.many(values, "proxyAddresses"))),
            "onPremisesNetBiosName": self.domain.split(".")[0].upper(),
            "onPremisesObjectIdentifier": guid_text(values["objectguid"][0]),
        }

    def account(self, values):
        return {
            "onPremisesSecurityIdentifier": sid(values["objectsid"][0]) if "objectsid" in values else None,
            "onPremisesSamAccountName": self.raw(values, "sAMAccountName"),
        }

    def person(self, dn, values):
        made = self.everybody(dn, values) | {
            "givenName": self.one(values, "givenName"), "surname": self.one(values, "sn"),
            "initials": self.one(values, "initials"), "mail": self.one(values, "mail"),
            "jobTitle": self.one(values, "title"), "officeLocation": self.one(values, "physicalDeliveryOfficeName"),
            "city": self.one(values, "l"), "state": self.one(values, "st"), "postalCode": self.one(values, "postalCode"),
            "mobilePhone": self.one(values, "mobile"), "faxNumber": self.one(values, "facsimileTelephoneNumber"),
            "businessPhones": self.many(values, "telephoneNumber"), "homePhone": self.one(values, "homePhone"),
            "pager": self.one(values, "pager"),
        }
        if self.where.kind == "ldap":
            return made | {
                "streetAddress": self.one(values, "street"), "department": self.one(values, "departmentNumber"),
                "companyName": self.one(values, "o"), "postOfficeBox": self.many(values, "postOfficeBox"),
            }
        first = lambda name: [text] if (text := self.cut(values, name)) else []
        return made | dict(self.typed(values, PERSON)) | {
            "companyName": self.one(values, "company"), "department": self.one(values, "department"),
            "streetAddress": self.one(values, "streetAddress"), "country": self.one(values, "co"),
            "countryLetterCode": self.one(values, "c"), "postOfficeBox": first("postOfficeBox"), "url": first("url"),
        }

    def user(self, dn, values):
        if self.shape == "scim":
            return self.scim_user(values)
        made = self.person(dn, values) | {
            "userPrincipalName": self.principal(values), "accountEnabled": self.enabled(values),
            "preferredLanguage": self.one(values, "preferredLanguage"), "manager": self.reference(values, "manager"),
        }
        if self.where.kind == "ldap":
            return made | {
                "mailNickname": self.raw(values, "uid"), "onPremisesSamAccountName": self.raw(values, "uid"),
                "employeeId": self.one(values, "employeeNumber"), "assistant": self.reference(values, "secretary"),
                "thumbnailPhoto": min(self.binary(values, "jpegPhoto"), default=None),
            } | dict(self.typed(values, ["userCertificate", "userSMIMECertificate"]))
        return made | self.account(values) | dict(self.typed(values, USER)) | {
            "onPremisesUserPrincipalName": self.principal(values), "mailNickname": self.raw(values, "mailNickname"),
            "employeeId": self.raw(values, "employeeID"), "usageLocation": self.raw(values, "msExchUsageLocation"),
            "lastPasswordChangeTimestamp": file_time(self.raw(values, "pwdLastSet")),
        }

    def contact(self, dn, values):
        return self.person(dn, values) | {
            "mailNickname": self.raw(values, "mailNickname") or self.raw(values, "cn"),
        }

    def group(self, dn, values):
        if self.shape == "scim":
            return {"displayName": self.display(values)}
        made = self.everybody(dn, values) | {
            "mail": self.one(values, "mail"), "securityEnabled": True, "mailEnabled": False,
        }
        if self.where.kind == "ldap":
            return made | {"managedBy": self.reference(values, "owner")}
        primary = [text for text in made["proxyAddresses"] if "SMTP:" in text][:1]
        return made | self.account(values) | dict(self.typed(values, GROUP)) | {
            "securityEnabled": int(self.raw(values, "groupType")) & 0x80000000 != 0,
            "mailEnabled": any("@" in text for text in [self.raw(values, "mail") or "", *primary]),
            "mailNickname": self.raw(values, "mailNickname"),
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


def words(text):
    return text.split()


# What keeps the name that it has in Active Directory. What is not in TYPES is one text.
EVERYBODY = words("""authOrig dLMemRejectPerms dLMemSubmitPerms legacyExchangeDN msDS-PhoneticDisplayName
msExchEnableModeration msExchHideFromAddressLists msExchModeratedByLink msExchModerationFlags msExchRecipientDisplayType
msExchRecipientTypeDetails msExchRequireAuthToSendTo msExchRetentionComment msExchRetentionURL
msExchSenderHintTranslations publicDelegates unauthOrig""") + [f"extensionAttribute{n}" for n in range(1, 16)]
PERSON = words("""middleName otherMobile otherTelephone otherHomePhone otherFacsimileTelephoneNumber ipPhone otherIpPhone
otherPager telephoneAssistant altRecipient assistant countryCode manager msDS-HABSeniorityIndex msExchAssistantName
targetAddress userCertificate userSMIMECertificate wWWHomePage""") + [f"msExchExtensionCustomAttribute{n}" for n in range(1, 6)]
USER = words("""msExchArchiveGUID msExchArchiveName msExchAuditAdmin msExchAuditDelegate msExchAuditDelegateAdmin
msExchAuditOwner msExchBlockedSendersHash msExchBypassAudit msExchDelegateListLink msExchELCExpirySuspensionEnd
msExchELCExpirySuspensionStart msExchELCMailboxFlags msExchImmutableId msExchLitigationHoldDate
msExchLitigationHoldOwner msExchMailboxAuditEnable msExchMailboxAuditLogAgeLimit msExchMailboxGuid
msExchRemoteRecipientType msExchResourceCapacity msExchResourceDisplay msExchResourceMetaData
msExchResourceSearchProperties msExchSafeRecipientsHash msExchSafeSendersHash msExchTeamMailboxExpiration
msExchTeamMailboxOwners msExchTeamMailboxSharePointLinkedBy msExchTeamMailboxSharePointUrl msExchUserHoldPolicies
msRTCSIP-ApplicationOptions mSRTCSIP-DeploymentLocator msRTCSIP-Line msRTCSIP-OptionFlags msRTCSIP-OwnerUrn
msRTCSIP-PrimaryUserAddress msRTCSIP-UserEnabled thumbnailPhoto""")
GROUP = words("""hideDLMembership managedBy msExchBypassModerationLink msExchCoManagedByLink msExchGroupDepartRestriction
msExchGroupJoinRestriction oOFReplyToOriginator reportToOriginator reportToOwner""")
TYPES = {name: kind for kind, names in {
    "reference": "altRecipient assistant manager managedBy msExchTeamMailboxSharePointLinkedBy",
    "references": """authOrig dLMemRejectPerms dLMemSubmitPerms msExchBypassModerationLink msExchCoManagedByLink
        msExchDelegateListLink msExchModeratedByLink msExchTeamMailboxOwners publicDelegates unauthOrig""",
    "integer": """countryCode msDS-HABSeniorityIndex msExchAuditAdmin msExchAuditDelegate msExchAuditDelegateAdmin
        msExchAuditOwner msExchELCMailboxFlags msExchGroupDepartRestriction msExchGroupJoinRestriction
        msExchMailboxAuditLogAgeLimit msExchModerationFlags msExchRecipientDisplayType msExchRecipientTypeDetails
        msExchRemoteRecipientType msExchResourceCapacity msRTCSIP-ApplicationOptions msRTCSIP-OptionFlags""",
    "boolean": """hideDLMembership msExchBypassAudit msExchEnableModeration msExchHideFromAddressLists
        msExchMailboxAuditEnable msExchRequireAuthToSendTo msRTCSIP-UserEnabled oOFReplyToOriginator reportToOriginator
        reportToOwner""",
    "binary": """msExchArchiveGUID msExchBlockedSendersHash msExchMailboxGuid msExchSafeRecipientsHash
        msExchSafeSendersHash thumbnailPhoto""",
    "binaries": "userCertificate userSMIMECertificate",
    "texts": """msExchArchiveName msExchResourceMetaData msExchResourceSearchProperties msExchSenderHintTranslations
        msExchUserHoldPolicies""",
    "trimmed texts": """otherMobile otherTelephone otherHomePhone otherFacsimileTelephoneNumber otherIpPhone otherPager
        msExchExtensionCustomAttribute1 msExchExtensionCustomAttribute2 msExchExtensionCustomAttribute3
        msExchExtensionCustomAttribute4 msExchExtensionCustomAttribute5""",
    "trimmed": "middleName ipPhone telephoneAssistant " + " ".join(f"extensionAttribute{n}" for n in range(1, 16)),
}.items() for name in words(names)}
LISTS = {"businessPhones", "proxyAddresses", "postOfficeBox", "url"} | {
    name for name, kind in TYPES.items() if kind in ("references", "binaries", "texts", "trimmed texts")}
REFERENCES = {name for name, kind in TYPES.items() if kind == "reference"}
REFERENCE_LISTS = {name for name, kind in TYPES.items() if kind == "references"}


def file_time(text):
    """A Windows file time (MS-DTYP 2.3.3) as generalized time; None for a moment that no calendar has."""
    if text is None:
        return None
    seconds = int(text) // 10_000_000
    try:
        moment = datetime.datetime(1601, 1, 1) + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment:%Y%m%d%H%M%S}.0Z"


def sid(raw):
    """MS-DTYP 2.4.2.1: the text form of a security identifier."""
    parts = [int.from_bytes(raw[8 + 4 * at:12 + 4 * at], "little") for at in range(raw[1])]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])


def guid_text(raw):
    """objectGUID as the logs write it."""
    return str(uuid.UUID(bytes_le=raw))
