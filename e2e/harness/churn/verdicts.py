"""What must hold after a cycle, beyond both sides being equal: nobody removed who stayed, one Create for each who came,
no record without a cause. Every contradiction is one line."""
import copy
from collections import Counter, defaultdict

from ..compare import differences
from ..logs import target_id

REFERENCES = ("manager", "assistant")
KINDS = ("users", "groups", "contacts")


def wanted_anchors(expected):
    return {anchor for kind in KINDS for anchor in getattr(expected, kind)}


def parked(wanted, found, leavers):
    """Users whose principal name or address somebody holds who stays in the target although he left: they have to wait.
    Whoever waits behind one of them waits as well."""
    def own(values):
        addresses = [values.get("userPrincipalName"), values.get("mail")] + (values.get("proxyAddresses") or [])
        return {one.casefold().removeprefix("smtp:") for one in addresses if one}
    holders = {name: anchor for anchor, values in found.users.items() for name in own(values)}
    waiting, more = set(), True
    while more:
        more = {anchor for anchor, values in wanted.users.items() if anchor not in waiting
                and any((other := holders.get(name)) not in (None, anchor) and (other in leavers or other in waiting)
                        for name in own(values))}
        waiting |= more
    return waiting


def without(wanted, found, waiting):
    """What can be expected while some wait: who is not there yet is nobody's manager and no group's member."""
    absent = waiting - found.users.keys()
    left = copy.copy(wanted)
    left.users = {anchor: values for anchor, values in wanted.users.items() if anchor not in absent}
    for anchor, values in left.users.items():
        if any(values.get(name) in absent for name in REFERENCES):
            left.users[anchor] = {name: value for name, value in values.items()
                                  if not (name in REFERENCES and value in absent)}
        if anchor in waiting:
            left.users[anchor] = found.users[anchor]
    left.members = {group: members - absent for group, members in wanted.members.items()}
    return left


def equal(wanted, found, out_of_scope, leavers):
    """Differences between both sides. `leavers`: users who were in scope once and have to be there, disabled."""
    waiting = parked(wanted, found, leavers)
    yield from differences(without(wanted, found, waiting), found, out_of_scope)
    for anchor in sorted(leavers - found.users.keys()):
        yield f"users {anchor}: left the scope and was deleted instead of disabled"
    for anchor in sorted(found.users.keys() - wanted.users.keys() - leavers):
        if out_of_scope == "disable":
            yield f"users {anchor}: is there and never was in scope"


def history(records, before, after, wanted_before, wanted_after, everything_read):
    """The log of one cycle against the target before and after it. While everything is read, a reference to somebody
    who was renamed and not met yet may be taken away and given back."""
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
        if same(before, after, anchor) and not everything_read:
            yield f"{anchor} has an Update record and is as it was"
    for row in records:
        if row["provisioningStatusInfo"]["status"] not in ("success", "skipped", "warning"):
            yield f"{row['provisioningAction']} failed: {row.get('sourceIdentity')}: {row['provisioningStatusInfo']}"


def same(before, after, anchor):
    return (all(getattr(before, kind).get(anchor) == getattr(after, kind).get(anchor) for kind in KINDS)
            and before.members.get(anchor) == after.members.get(anchor))
