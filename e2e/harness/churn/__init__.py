"""Thousands of random changes in real directories, and after every round both sides compared."""
import os
import time

from .. import services
from ..ldap import Directory
from ..seed import asked
from .places import write
from .rounds import Churn

# How much by default, within `make test`: changes in each directory, changes a round, and the company to begin with.
CHANGES, ROUND, SIZES = 150, 25, (90, 14, 60)
# The same run every time: what a new seed finds shall not turn up in somebody else's work.
SEED = 1


def run(report, binary, work):
    """E2E_CHANGES: changes in each directory. E2E_ROUND: changes a round. E2E_SEED: another run, `random`: a new one."""
    seed = asked(SEED)
    changes = int(os.environ.get("E2E_CHANGES") or CHANGES)
    size = int(os.environ.get("E2E_ROUND") or (ROUND if changes <= 1000 else 100))
    sizes = SIZES if changes <= 1000 else (600, 60, 400)
    kinds = (os.environ.get("E2E_DIRECTORIES") or "ad,ldap").split(",")
    print(f"churn with seed {seed}: {changes} changes in rounds of {size} (repeat with E2E_SEED={seed} E2E_CHANGES={changes} "
          f"E2E_ROUND={size}; others with E2E_SEED=random)", flush=True)
    for kind in kinds:
        churn_one(report, binary, work, kind, seed, changes, size, sizes)


def filled(kind, work, seed, sizes):
    name = {"ad": "samba", "ldap": "slapd"}[kind]
    os.environ["SAMBA_RECYCLE_BIN"] = "off"
    services.recipe(name, "wipe")
    services.recipe(name, "up")
    directory = Directory(work / f"{name}.env", kind)
    file = work / f"{name}.ldif"
    with file.open("w", encoding="utf-8") as out:
        write(directory, *sizes, seed, out)
    services.recipe(name, "load", file)
    return directory


def churn_one(report, binary, work, kind, seed, changes, size, sizes):
    began = time.monotonic()
    directory = filled(kind, work, seed, sizes)
    churn = Churn(directory, binary, work, seed, size, full_every=2 if changes <= 1000 else 5)
    try:
        with report.check(f"{kind}: the first cycle of every configuration makes both sides equal"):
            churn.start()
        print(f"        {kind}: {len(churn.subjects)} configurations are at rest after {time.monotonic() - began:.0f} s", flush=True)
        with report.check(f"{kind}: {changes} random changes with seed {seed}, no difference after any round, deltas and full cycles agree"):
            while churn.changes.total() < changes:
                if churn.restores and churn.changes.total() >= changes / 2:
                    churn.turn_recycle_bin_on()
                lines = list(churn.round(min(size, changes - churn.changes.total())))
                assert not lines, f"round {churn.rounds}: {len(lines)} contradictions:\n" + "\n".join(lines)
                if churn.rounds % 10 == 0:
                    print(f"        {kind}: {churn.changes.total()} changes in {churn.rounds} rounds, "
                          f"{time.monotonic() - began:.0f} s", flush=True)
        for line in churn.figures():
            print(f"        {line}", flush=True)
    finally:
        churn.stop()
