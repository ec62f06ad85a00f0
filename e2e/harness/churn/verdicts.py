"""What must hold after a cycle, beyond both sides being equal: nobody removed who stayed, one Create for each who came,
no record without a cause. Every contradiction is one line."""
import copy
from collections import Counter, defaultdict

from ..compare import differences
from ..expected import REFERENCE_LISTS, REFERENCES
from ..logs import target_id

KINDS = ("users", "groups", "contacts")


def wanted_anchors(expected):
    return {anchor for kind in KINDS for anchor in getattr(expected, kind)}


def parked(wanted, found, leavers):
    """Users whose principal name or address somebody holds who stays in the target although he left: they have to wait.
    Whoever waits behind one of them waits as well."""
    def own(values):
        """A principal name and an address may be equal: each is one of its own kind."""
        name = values.get("userPrincipalName")
        addresses = [values.get("mail")] + (values.get("proxyAddresses") or [])
        return ({("name", name.casefold())} if name else set()) | {
            ("address", one.casefold().removeprefix("smtp:")) for one in addresses if one}
    holders = {name: anchor for anchor, values in found.users.items() for name in own(values)}
    waiting, more = set(), True
    while more:
        more = {anchor for anchor, values in wanted.users.items() if anchor not in waiting
                and any((other := holders.get(name)) not in (None, anchor) and (other in leavers or other in waiting)
                        for name in own(values))}
        waiting |= more
    return waiting


def under_another_anchor(leavers, before, after):
    """Leavers who are back with another anchor: who is brought back from among the deleted has lost the one of his own."""
    def source(held, anchor):
        return held.users.get(anchor, {}).get("onPremisesObjectIdentifier")
    there = {source(after, anchor) for anchor in after.users.keys() - before.users.keys()} - {None}
    return {anchor for anchor in leavers - after.users.keys() if source(before, anchor) in there}


def without(wanted, found, waiting, dormant):
    """What can be expected while some wait: who is not there yet is nobody's manager and no group's member, and neither
    is who left the scope, was disabled, and has to wait before he comes back."""
    absent = (waiting - found.users.keys()) | dormant
    left = copy.copy(wanted)
    for kind in KINDS:
        setattr(left, kind, {anchor: unreferred(values, absent) for anchor, values in getattr(wanted, kind).items()
                             if anchor not in absent})
    left.users.update({anchor: found.users[anchor] for anchor in waiting - absent})
    left.members = {group: members - absent for group, members in wanted.members.items()}
    return left


def unreferred(values, absent):
    """The attributes of one object without references to those who are absent."""
    if not any(values.get(name) in absent for name in REFERENCES) and not any(name in values for name in REFERENCE_LISTS):
        return values
    kept = {name: [one for one in value if one not in absent] if name in REFERENCE_LISTS else value
            for name, value in values.items() if not (name in REFERENCES and value in absent)}
    return {name: value for name, value in kept.items() if value != []}


def equal(wanted, found, out_of_scope, leavers, dormant=frozenset()):
    """Differences between both sides. `leavers`: users who were in scope once and have to be there, disabled.
    `dormant`: those of them who are back in scope and have to wait."""
    waiting = parked(wanted, found, leavers)
    yield from differences(without(wanted, found, waiting, dormant), found, out_of_scope)
    for anchor in sorted(leavers - found.users.keys()):
        yield f"users {anchor}: left the scope and was deleted instead of disabled"
    for anchor in sorted(found.users.keys() - wanted.users.keys() - leavers):
        if out_of_scope == "disable":
            yield f"users {anchor}: is there and never was in scope"


def history(records, before, after, wanted_before, wanted_after, many_pages):
    """The log of one cycle against the target before and after it. Where more than one page is read, a reference to
    somebody who was renamed and is not met yet may be taken away and given back."""
    done = defaultdict(Counter)
    for row in records:
        if row["provisioningStatusInfo"]["status"] == "success":
            done[row["provisioningAction"]][target_id(row)] += 1
    ids_before, ids_after = set(before.ids.values()), set(after.ids.values())
    name = {identifier: anchor for side in (before, after) for anchor, identifier in side.ids.items()}
    stays = {name[identifier] for identifier in ids_before & ids_after} & wanted_before & wanted_after
    for identifier in sorted(ids_after - ids_before):
        if done["create"][identifier] != 1:
            yield f"{name[identifier]} came with {done['create'][identifier]} Create records"
    for identifier in sorted(ids_before - ids_after):
        if done["delete"][identifier] != 1:
            yield f"{name[identifier]} went with {done['delete'][identifier]} Delete records"
    for identifier in sorted(done["create"].keys() - ids_after | done["create"].keys() & ids_before, key=str):
        yield f"{identifier} has a Create record and did not come"
    for identifier in sorted(done["delete"].keys() - ids_before | done["delete"].keys() & ids_after, key=str):
        yield f"{identifier} has a Delete record and did not go"
    for anchor in sorted(wanted_before & wanted_after):
        one, other = before.ids.get(anchor), after.ids.get(anchor)
        if one and other and one != other:
            yield f"{anchor} stayed in scope and is another object now: {one}, then {other}"
    for identifier in sorted(done["disable"], key=str):
        anchor = name.get(identifier)
        off = after.users.get(anchor, {}).get("accountEnabled") is False
        if not off:
            yield f"{anchor} has a Disable record and is enabled"
        was_on = before.users.get(anchor, {}).get("accountEnabled") is not False
        if anchor in stays and not was_on:
            yield f"{anchor} stayed, was disabled before, and has a Disable record"
    for identifier in sorted(done["update"].keys() & ids_before & ids_after, key=str):
        anchor = name[identifier]
        if same(before, after, anchor) and not many_pages:
            yield f"{anchor} has an Update record and is as it was"
    for row in records:
        if row["provisioningStatusInfo"]["status"] not in ("success", "skipped", "warning"):
            yield f"{row['provisioningAction']} failed: {row.get('sourceIdentity')}: {row['provisioningStatusInfo']}"


def same(before, after, anchor):
    return (all(getattr(before, kind).get(anchor) == getattr(after, kind).get(anchor) for kind in KINDS)
            and before.members.get(anchor) == after.members.get(anchor))
