"""Real directories into real targets: load, compare, a working day, compare again (issue: "Real input")."""
import time

from . import logs, services
from .mutate import Day
from .product import Api, Skybridge
from .report import none
from .setup import Pair, document

SCIM = "application/scim+json"
TIMED = set()  # cycles whose time was printed


def pairs_of(active_directory, openldap):
    return [
        Pair(active_directory, "directory"),
        Pair(active_directory, "scim2-server", services.scim("scim2")),
        Pair(openldap, "directory"),
        Pair(openldap, "scimmy", services.scim("scimmy"), out_of_scope="disable"),
    ]


def run(report, binary, work, sizes=(300, 30, 120), timings=False):
    began = time.monotonic()
    active_directory, openldap = services.directory("ad", *sizes), services.directory("ldap", *sizes)
    print(f"directories filled with {sizes[0]} users and {sizes[1]} groups ({time.monotonic() - began:.1f} s)", flush=True)
    pairs = pairs_of(active_directory, openldap)
    data = work / "real-data"
    product = Skybridge(binary, data, work / "real-serve.log").start()
    try:
        walk(report, product, pairs, timings)
    finally:
        with report.check("serve ends by itself when it is asked to"):
            status = product.stop()
            assert status == 0, f"exit status {status}"


def walk(report, product, pairs, timings):
    # At full size one after the other: each is enabled when its turn comes, so that the times are its own.
    for pair in pairs:
        pair.document["enabled"] = not timings
    wanted = document(pairs)
    with report.check("apply creates domains, targets and configurations"):
        said = product.apply(wanted)
        assert said.strip(), "apply printed nothing"
    with report.check("apply of the same document changes nothing and says nothing"):
        said = product.apply(wanted)
        assert said == "", f"it printed {said!r}"
    for pair in pairs:
        with report.check(f"{pair.name}: the first cycle provisions every object, attribute and membership"):
            if timings:
                pair.document["enabled"] = True
                product.apply(document(pairs))
            timed(product, pair, timings)
            pair.compare(product)
    quiet(report, product, pairs)
    for seed in (1, 2):
        for kind in ("ad", "ldap"):
            directory = next(pair.directory for pair in pairs if pair.directory.kind == kind)
            with report.check(f"working day {seed} in {kind}: joiners, movers, renames, leavers, group changes"):
                Day(directory, seed, 4).run()
        for pair in pairs:
            with report.check(f"{pair.name}: after working day {seed} both sides are equal again"):
                timed(product, pair, timings)
                pair.compare(product)
    quiet(report, product, pairs)
    ids = {row["name"]: row["id"] for row in product.api().every("/api/v1/configurations")}
    for pair in pairs:
        rows = logs.records(product.api(), ids[pair.name])
        with report.check(f"{pair.name}: the log has one Create for every object and none without one"):
            none(logs.creations(rows, pair.held(product)), "contradictions")
        if pair.scim_env:
            with report.check(f"{pair.name}: the log agrees with the server's own list of writes"):
                none(logs.scim_writes(rows, pair.answered_writes()), "contradictions")
    for pair in pairs:
        if pair.scim_env:
            with report.check(f"{pair.name}: what somebody changed at the service is mended by a full cycle, with a record"):
                behind_our_back(product, pair, ids[pair.name])


def behind_our_back(product, pair, configuration):
    """Somebody renames a person at the service."""
    service = Api(pair.scim_env["URL"], pair.scim_env["TOKEN"])
    person = next(user for user in service.request("GET", "/Users?count=50", accept=SCIM)["Resources"] if user.get("externalId"))
    change = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
              "Operations": [{"op": "replace", "path": "displayName", "value": "Changed at the service"}]}
    service.request("PATCH", f"/Users/{person['id']}", change, accept=SCIM)
    known = {row["id"] for row in logs.records(product.api(), configuration)}
    counts = product.run(pair.name)["counts"]
    assert counts["updated"] == 1, f"counts {counts}"
    pair.compare(product)
    rows = [row for row in logs.records(product.api(), configuration) if row["id"] not in known]
    assert [row["targetIdentity"]["id"] for row in rows] == [person["id"]], rows
    record = product.api().get(f"/api/v1/provisioningLogs/{rows[0]['id']}")
    assert "Changed at the service" in str(record["modifiedProperties"]), record


def timed(product, pair, timings):
    """Runs a cycle; with `timings` prints what every cycle took that ended since the last time."""
    product.run(pair.name)
    if not timings:
        return
    mine = [row for row in product.api().every("/api/v1/configurations") if row["name"] == pair.name]
    for cycle in reversed(list(product.api().every(f"/api/v1/configurations/{mine[0]['id']}/cycles"))):
        if cycle["endedDateTime"] and cycle["id"] not in TIMED:
            TIMED.add(cycle["id"])
            counts = ", ".join(f"{count} {name}" for name, count in cycle["counts"].items() if count)
            print(f"        {pair.name}: {cycle['trigger']} cycle {cycle['state']} after "
                  f"{cycle['durationInMilliseconds'] / 1000:.1f} s: {counts}", flush=True)


def quiet(report, product, pairs):
    """With nothing changed at the source nothing is written."""
    for pair in pairs:
        with report.check(f"{pair.name}: a cycle without changes writes nothing"):
            before = len(pair.answered_writes()) if pair.scim_env else 0
            counts = product.run(pair.name)["counts"]
            done = {name: counts[name] for name in ("created", "updated", "disabled", "deleted", "failed")}
            assert not any(done.values()), f"counts {done}"
            after = len(pair.answered_writes()) if pair.scim_env else 0
            assert after == before, f"the server answered {after - before} writes"
