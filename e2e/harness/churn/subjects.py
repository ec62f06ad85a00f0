"""What is watched: one configuration each in a Skybridge of its own, since two may not write the same people."""
import sqlite3
import time
from dataclasses import dataclass

from .. import actual
from ..expected import Expected
from ..product import ApiError, Skybridge
from ..setup import DOMAINS
from .places import where

PLENTY = 1_000_000


@dataclass
class Plan:
    """`tracking` is the way by which its changes have to come."""

    name: str
    account: str  # ADMIN, READER
    tracking: str
    out_of_scope: str
    by: str  # units, groups, base
    threshold: int = PLENTY


PLANS = {
    "ad": [
        Plan("units by DirSync", "ADMIN", "dirSync", "delete", "units"),
        Plan("units by uSNChanged", "READER", "usnChanged", "disable", "units"),
        Plan("groups", "ADMIN", "dirSync", "delete", "groups"),
        Plan("a base DN", "ADMIN", "dirSync", "delete", "base"),
        Plan("guarded", "ADMIN", "dirSync", "delete", "units", threshold=8),
    ],
    "ldap": [
        Plan("units", "READER", "contentSync", "delete", "units"),
        Plan("groups", "READER", "contentSync", "disable", "groups"),
        Plan("guarded", "READER", "contentSync", "delete", "units", threshold=8),
    ],
}


class Subject:
    """One plan, running."""

    def __init__(self, plan, directory, binary, work, snapshot, ids):
        self.plan, self.directory, self.ids = plan, directory, ids
        self.kind = directory.kind
        self.label = f"{self.kind}, {plan.name}"
        slug = f"churn-{self.label.replace(', ', '-').replace(' ', '-')}"
        self.product = Skybridge(binary, work / f"{slug}-data", work / f"{slug}.log")
        self.product.log.unlink(missing_ok=True)
        self.domain = DOMAINS[self.kind]
        self.scope = self.scope_of(snapshot)
        self.before = None  # after the last cycle: what was wanted, what was held, who left, who of these has to wait
        self.cycle = None
        self.cut_short = []  # cycles of the round that a directory too busy to answer in time had ended
        self.full_cycles, self.delta_cycles, self.reasons = 0, 0, {}

    def scope_of(self, snapshot):
        """The names of the scope's parts now: (units, groups)."""
        name = snapshot.by_id.get
        return {
            "units": lambda: ([name(self.ids.company)], []),
            "groups": lambda: ([], [dn for one in self.ids.pilots if (dn := name(one))]),
            "base": lambda: ([name(self.ids.realm)], []),
        }[self.plan.by]()

    def start(self):
        self.product.start()
        env, plan = self.directory.env, self.plan
        units, groups = self.scope
        base = {"baseDn": units[0]} if plan.by == "base" else {}
        self.product.apply({
            "domains": [{
                "name": self.domain, "kind": {"ad": "activeDirectory", "ldap": "ldap"}[self.kind],
                "connection": {"url": env["URL"], "bindDn": env[f"{plan.account}_DN"], "caFile": env["CA"],
                               "bindPassword": {"value": env[f"{plan.account}_PASSWORD"]}} | base,
            }],
            "targets": [{"name": "directory", "kind": "builtIn"}],
            "configurations": [{
                "name": "churn", "domain": self.domain, "target": "directory", "enabled": True,
                "scope": {"organizationalUnits": [] if plan.by == "base" else units, "groups": groups},
                "outOfScope": plan.out_of_scope, "schedule": "PT12H",
                "accidentalDeletes": {"enabled": True, "threshold": plan.threshold, "percent": 100,
                                      "memberships": PLENTY},
            }],
        })
        self.settle(self.first(), "the first cycle")

    # Cycles.

    def first(self, seconds=60):
        """The cycle that applying the document made due."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for cycle in self.product.api().get("/api/v1/configurations/churn/cycles?limit=5")["items"]:
                if cycle["state"] != "queued":
                    return cycle["id"]
            time.sleep(0.05)
        raise ApiError(f"{self.label}: no cycle began within {seconds} s")

    def begin(self, full=False):
        self.cycle = self.product.api().request("POST", "/api/v1/configurations/churn/cycles", {"full": full})["id"]

    def settle(self, cycle, what, seconds=600):
        """Waits for the end of a cycle; the cycle."""
        api, end = self.product.api(), time.monotonic() + seconds
        while time.monotonic() < end:
            found = api.get(f"/api/v1/cycles/{cycle}")
            if found["state"] not in ("queued", "running"):
                return found
            time.sleep(0.05)
        raise ApiError(f"{self.label}: {what} did not end within {seconds} s")

    def settle_in_time(self, what, attempts=6):
        """The same; a directory that is too busy to answer in time is asked again, as the schedule would."""
        self.cut_short = []
        while True:
            cycle = self.settle(self.cycle, what)
            late = cycle["state"] == "Failed" and (cycle["problem"] or {}).get("code") == "TimeOut"
            if not late or len(self.cut_short) == attempts:
                return cycle
            self.cut_short.append(cycle["id"])
            self.begin()

    def status(self):
        return self.product.api().get("/api/v1/configurations/churn")["status"]

    def everything_read(self, cycle):
        """Why everything was read, or None when only changes were."""
        return next((note for note in cycle["notes"] if note.startswith("Everything was read")), None)

    def tracking(self):
        """The way by which changes come, from the cursor that is stored."""
        with sqlite3.connect(f"file:{self.product.data}/skybridge.db?mode=ro", uri=True) as database:
            rows = [row[0] for row in database.execute("SELECT tracking FROM cursors")]
        return rows[0] if rows else None

    # Both sides.

    def expected(self, snapshot):
        units, groups = self.scope = self.scope_of(snapshot)
        return Expected(snapshot, units, "builtin", self.domain, groups=groups, where=where(self.directory))

    def held(self):
        return actual.builtin(self.product.api(), self.domain)

    def records(self, cycle):
        return list(self.product.api().every(f"/api/v1/provisioningLogs?cycle={cycle}"))
