"""Holds the provisioning log against what is really there: nothing lost, nothing invented, nothing twice."""
from collections import Counter, defaultdict


def records(api, configuration_id):
    """All records of one configuration, oldest first or not: the order does not matter here."""
    return list(api.every(f"/api/v1/provisioningLogs?configuration={configuration_id}"))


def succeeded(rows, action):
    return [row for row in rows if row["provisioningAction"] == action and row["provisioningStatusInfo"]["status"] == "success"]


def target_id(row):
    return (row.get("targetIdentity") or {}).get("id")


def creations(rows, held):
    """Every object that is there was created exactly once by the log, and the log created nothing else unless it
    says that it deleted it."""
    made = Counter(target_id(row) for row in succeeded(rows, "create"))
    gone = {target_id(row) for row in succeeded(rows, "delete")}
    there = set(held.ids.values())
    for identifier in sorted(there):
        if made[identifier] != 1:
            yield f"{identifier} is there and has {made[identifier]} successful Create records"
    for identifier in sorted(made.keys() - there - gone):
        yield f"{identifier} has a Create record and is not there, with no Delete record"
    for identifier, count in sorted(made.items()):
        if count > 1 and identifier not in there:
            yield f"{identifier} was created {count} times by the log"
    for identifier in sorted(gone & there):
        yield f"{identifier} has a Delete record and is still there"


def scim_writes(rows, writes):
    """The log against the SCIM server's own list of the writes that it answered with success."""
    by_action = defaultdict(Counter)
    for row in rows:
        if row["provisioningStatusInfo"]["status"] == "success":
            by_action[row["provisioningAction"]][target_id(row)] += 1
    by_method = defaultdict(Counter)
    for write in writes:
        by_method[write["method"]][write["id"]] += 1
    for action, method in (("create", "POST"), ("delete", "DELETE")):
        for identifier in sorted(by_action[action].keys() | by_method[method].keys(), key=str):
            logged, done = by_action[action][identifier], by_method[method][identifier]
            if logged != done:
                yield f"{identifier}: {logged} {action} records, {done} {method} requests succeeded"
    # A change that was answered just before the process died may be sent again: ids are compared, not counts.
    touched = by_method["PATCH"].keys() | by_method["PUT"].keys()
    logged = by_action["update"].keys() | by_action["disable"].keys() | by_action["create"].keys()
    yield from (f"{identifier}: changed at the server, no record" for identifier in sorted(touched - logged, key=str))
    invented = (by_action["update"].keys() | by_action["disable"].keys()) - touched
    yield from (f"{identifier}: Update record, nothing changed at the server" for identifier in sorted(invented, key=str))
