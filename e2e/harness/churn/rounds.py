"""Rounds of changes in one directory: invent, apply, one cycle for every subject, compare; now and then a full cycle,
which must find nothing to do."""
import random
import re
import time
from collections import Counter

from .. import ldif, services
from ..report import none
from ..snapshot import Snapshot
from . import verdicts
from .changes import Round
from .model import Model
from .places import Ids, Places, roots, where
from .subjects import PLANS, Subject


# Entries that the engine takes at once.
PAGE = 500


class State:
    """What goes on from round to round."""

    def __init__(self, most_deleted):
        self.number, self.bin, self.most_deleted = 10_000, [], most_deleted


class Churn:
    def __init__(self, directory, binary, work, seed, size, full_every):
        self.directory, self.seed, self.size, self.full_every = directory, seed, size, full_every
        self.file = work / f"churn-{directory.kind}-round"  # what was done, a file a round
        self.snapshot = Snapshot(directory, roots(directory))
        self.ids = Ids(directory, self.snapshot)
        self.restores = directory.kind == "ad"  # until the recycle bin is on
        self.state = State(most_deleted=40)
        self.subjects = [Subject(plan, directory, binary, work, self.snapshot, self.ids) for plan in PLANS[directory.kind]]
        self.changes, self.operations, self.rounds, self.cycles, self.took = Counter(), 0, 0, Counter(), Counter()

    def start(self):
        for subject in self.subjects:
            subject.start()
            held = subject.held()
            wanted = subject.expected(self.snapshot)
            assert wanted.users and wanted.groups, f"{subject.label}: nothing is in scope: the comparison would prove nothing"
            none(verdicts.equal(wanted, held, subject.plan.out_of_scope, set()), f"differences of {subject.label}")
            subject.before = (wanted, held, set(), set())
            self.cycles["first"] += 1

    def stop(self):
        for subject in self.subjects:
            subject.product.stop()

    def round(self, amount):
        """One round; whatever is wrong with it as lines."""
        self.rounds += 1
        structure = self.rounds % 3 == 0
        began = time.monotonic()
        here = where(self.directory)
        model = Model(here, self.snapshot, roots(self.directory), self.directory.deleted() if self.restores else {})
        rng = random.Random(f"{self.seed} {self.directory.kind} {self.rounds}")
        work = Round(model, Places(model, self.ids), rng, self.state)
        work.run(amount, structure)
        self.file.with_name(f"{self.file.name}-{self.rounds}.ldif").write_text("".join(model.ldif), encoding="utf-8")
        self.directory.modify("".join(model.ldif))
        self.changes += work.done
        self.operations += model.operations
        before, self.snapshot = self.snapshot, Snapshot(self.directory, roots(self.directory))
        self.took["changing"] += time.monotonic() - began
        began = time.monotonic()
        for subject in self.subjects:
            subject.begin()
        for subject in self.subjects:
            cycle = subject.settle_in_time(f"the cycle of round {self.rounds}")
            self.cycles["too slow a directory"] += len(subject.cut_short)
            yield from (f"{subject.label}: {line}" for line in self.judge(subject, cycle, before, structure))
        self.took["cycles and comparison"] += time.monotonic() - began
        if self.rounds % self.full_every == 0:
            yield from self.nothing_left_to_do()

    def turn_recycle_bin_on(self):
        """From now on what is deleted keeps everything, and a Samba can bring nothing back."""
        services.recipe("samba", "recycle-bin")
        self.restores = False

    def judge(self, subject, cycle, before, structure):
        """Everything that must hold after a cycle that follows a round of changes."""
        wanted_before, held_before, leavers, dormant = subject.before
        left_before = leavers | dormant
        wanted, held = subject.expected(self.snapshot), subject.held()
        # Who only waited was never there.
        gone = (wanted_before.users.keys() & held_before.users.keys()) - wanted.users.keys()
        leavers = (leavers | gone) - wanted.users.keys() if subject.plan.out_of_scope == "disable" else set()
        leavers -= verdicts.under_another_anchor(leavers, held_before, held)
        records = [row for one in (*subject.cut_short, cycle["id"]) for row in subject.records(one)]
        imported = cycle["counts"]["imported"]
        if subject.plan.threshold < 10**6:
            leaving = verdicts.wanted_anchors(wanted_before) - verdicts.wanted_anchors(wanted)
            if len(leaving) > subject.plan.threshold:
                yield from self.guarded(subject, cycle, leaving, held_before, held, records)
                cycle, held = self.allow(subject)
                # What waited for a removal may have failed in the first of the two.
                records = [row for row in records if row["provisioningStatusInfo"]["status"] == "success"]
                records += subject.records(cycle["id"])
                self.cycles["stopped by the guard"] += 1
        reason = subject.everything_read(cycle)
        self.cycles["read everything" if reason else subject.tracking()] += 1
        if reason:
            subject.reasons[reason] = subject.reasons.get(reason, 0) + 1
        if subject.tracking() != subject.plan.tracking:
            yield f"changes come by {subject.tracking()}, not by {subject.plan.tracking}"
        # slapd tells no more than its size limit allows; what it left out is read.
        cut_short = self.directory.kind == "ldap" and "sizeLimitExceeded" in (reason or "")
        if reason and not structure and subject.plan.by != "groups" and not cut_short and not self.just_made(reason, before):
            yield f"no container changed its name, and yet: {reason}"
        waiting = verdicts.parked(wanted, held, leavers)
        dormant = left_before & waiting
        if cycle["state"] != ("EntryLevelErrors" if waiting else "Succeeded") or subject.status()["escrowCount"] != len(waiting):
            yield (f"the cycle ended {cycle['state']} with {subject.status()['escrowCount']} waiting objects where {len(waiting)} "
                   f"have to wait: {cycle['problem']}")
        yield from verdicts.equal(wanted, held, subject.plan.out_of_scope, leavers, dormant)
        failing = {row for row in waiting}
        pages = reason or imported > PAGE
        for line in verdicts.history(records, held_before, held, verdicts.wanted_anchors(wanted_before),
                                     verdicts.wanted_anchors(wanted), pages):
            if not (failing and " failed: " in line):
                yield line
        subject.before = (wanted, held, leavers, dormant)

    def just_made(self, reason, before):
        """Whether the reason is a container that this round made in slapd, whose times of making have whole seconds: one made
        in the second of the last change before may as well have been renamed, and everything is read to be sure."""
        named = re.search(r"the container (.+) is new, renamed or moved", reason)
        made = {ldif.normal_dn(dn) for identity, dn in self.snapshot.by_id.items() if identity not in before.by_id}
        return self.directory.kind == "ldap" and bool(named) and ldif.normal_dn(named[1]) in made

    def guarded(self, subject, cycle, leaving, before, after, records):
        """More removals than the threshold: nobody is removed, and everybody is told."""
        quarantine = subject.status()["quarantine"]
        if not quarantine or quarantine["reason"] != "TooManyDeletes":
            yield f"{len(leaving)} removals are more than {subject.plan.threshold}, and the quarantine is {quarantine}"
        staged = {row["targetIdentity"]["id"] for row in records if row["provisioningAction"] == "stageddelete"}
        for anchor in sorted(leaving):
            if anchor in before.ids and before.ids[anchor] not in staged:
                yield f"{anchor} leaves and has no Staged delete record"
        for anchor in sorted(before.ids.keys() - after.ids.keys()):
            yield f"{anchor} was removed although the threshold was passed"
        if cycle["counts"]["deleted"]:
            yield f"{cycle['counts']['deleted']} objects were deleted although the threshold was passed"

    def allow(self, subject):
        """Allow deletes, and what the target holds then."""
        answer = subject.product.api().request("POST", "/api/v1/configurations/churn/allowDeletes", {})
        cycle = subject.settle(answer["id"], "the cycle after Allow deletes")
        return cycle, subject.held()

    def nothing_left_to_do(self):
        """A full cycle compares everything with what the target really holds: after deltas it finds nothing."""
        began = time.monotonic()
        for subject in self.subjects:
            subject.begin(full=True)
        for subject in self.subjects:
            cycle = subject.settle(subject.cycle, f"the full cycle after round {self.rounds}")
            self.cycles["full"] += 1
            done = {name: cycle["counts"][name] for name in ("created", "updated", "disabled", "deleted") if cycle["counts"][name]}
            if done or not subject.everything_read(cycle):
                told = [f"{row['provisioningAction']} {row.get('sourceIdentity')}" for row in subject.records(cycle["id"])][:10]
                yield f"{subject.label}: a full cycle after deltas did something: {done} {cycle['notes']} {told}"
        self.took["full cycles"] += time.monotonic() - began

    def figures(self):
        """What was done, in lines."""
        kinds = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.changes.most_common())
        yield f"{self.changes.total()} changes ({self.operations} LDAP operations) in {self.rounds} rounds: {kinds}"
        yield "cycles: " + ", ".join(f"{count} {name}" for name, count in self.cycles.most_common())
        yield "seconds: " + ", ".join(f"{took:.0f} {name}" for name, took in self.took.items())
        for subject in self.subjects:
            reasons = ", ".join(f"{count} times {reason}" for reason, count in subject.reasons.items()) or "no cycle read everything"
            yield f"{subject.label}: {reasons}"
