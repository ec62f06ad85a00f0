"""What the other side holds, in the same form as expected.py: the built-in directory by REST, a SCIM server by SCIM."""
from .expected import REFERENCE_LISTS, REFERENCES, Expected

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Actual:
    """users, groups, contacts by anchor; members as anchors; ids by anchor; anchors held by several objects."""

    def __init__(self):
        self.users, self.groups, self.contacts, self.members, self.ids = {}, {}, {}, {}, {}
        self.duplicates, self.without_anchor = [], []

    def put(self, kind, anchor, identifier, attributes):
        if not anchor:
            self.without_anchor.append(f"{kind} {identifier}")
        elif anchor in self.ids:
            self.duplicates.append(f"{kind} {anchor}: {self.ids[anchor]} and {identifier}")
        else:
            self.ids[anchor] = identifier
            getattr(self, kind)[anchor] = Expected.clean(attributes)


# Attributes that belong to the target and not to the mappings.
OWN = {"id", "onPremisesImmutableId", "createdDateTime", "lastModifiedDateTime", "onPremisesLastSyncDateTime",
       "onPremisesSyncEnabled", "configurationId", "sourceDomain"}


def builtin(api, domain):
    """One domain's objects in the built-in directory."""
    found, rows = Actual(), {}
    for kind in ("users", "groups", "contacts"):
        rows[kind] = [row for row in api.every(f"/api/v1/{kind}") if row.get("onPremisesDomainName") == domain]
        for row in rows[kind]:
            attributes = {name: value for name, value in row.items() if name not in OWN}
            found.put(kind, row.get("onPremisesImmutableId"), row["id"], attributes)
    anchors = {identifier: anchor for anchor, identifier in found.ids.items()}
    named = lambda identifier: anchors.get(identifier, f"unknown object {identifier}")
    for attributes in [*found.users.values(), *found.groups.values(), *found.contacts.values()]:
        for name in REFERENCES & attributes.keys():
            attributes[name] = named(attributes[name])
        for name in REFERENCE_LISTS & attributes.keys():
            attributes[name] = sorted(map(named, attributes[name]))
    for anchor in found.groups:
        rows = list(api.every(f"/api/v1/groups/{found.ids[anchor]}/members"))
        found.members[anchor] = {anchors.get(row["id"], f"unknown object {row['id']}") for row in rows}
        if len(rows) != len(found.members[anchor]):
            found.duplicates.append(f"members of group {anchor}")
    return found


def scim(api):
    """Everything in a SCIM server."""
    found = Actual()
    users, groups = list(pages(api, "/Users")), list(pages(api, "/Groups"))
    for row in users:
        found.put("users", row.get("externalId"), row["id"], flat(row))
    for row in groups:
        found.put("groups", row.get("externalId"), row["id"], {"displayName": row.get("displayName")})
    anchors = {identifier: anchor for anchor, identifier in found.ids.items()}
    for attributes in found.users.values():
        if "enterprise.manager" in attributes:
            attributes["enterprise.manager"] = anchors.get(attributes["enterprise.manager"], "unknown object")
    for row in groups:
        members = [member["value"] for member in row.get("members") or []]
        found.members[row.get("externalId")] = {anchors.get(value, f"unknown object {value}") for value in members}
        if len(set(members)) != len(members):
            found.duplicates.append(f"members of group {row.get('externalId')}")
    return found


def pages(api, path):
    start = 1
    while True:
        answer = api.request("GET", f"{path}?startIndex={start}&count=1000", accept="application/scim+json")
        rows = answer.get("Resources") or []
        yield from rows
        start += len(rows)
        if not rows or start > answer["totalResults"]:
            return


def flat(row):
    """A SCIM user under the paths of expected.py; what has another type stays visible under its own name."""
    made = {name: row.get(name) for name in ("userName", "active", "displayName", "title", "preferredLanguage")}
    for name, value in (row.get("name") or {}).items():
        if name != "formatted":
            made[f"name.{name}"] = value
    for name in ("emails", "phoneNumbers"):
        for item in row.get(name) or []:
            key = f"{name}.{item.get('type')}"
            made[key] = item.get("value") if key not in made else "two values"
    for item in row.get("addresses") or []:
        made |= {f"addresses.{item.get('type')}.{part}": value for part, value in item.items()
                 if part not in ("type", "primary")}
    for name, value in (row.get(ENTERPRISE) or {}).items():
        made[f"enterprise.{name}"] = value.get("value") if isinstance(value, dict) else value
    return made
