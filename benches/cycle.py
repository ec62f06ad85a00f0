"""Cycles beside what is physically needed and beside another implementation, all in one run.

cycle.py USERS GROUPS [MEMORY_USERS]
"""
import tempfile
from pathlib import Path

from consumer import Consumer
from forest import Forest
from measure import Goals, head, measured, middle, row, wanted
from product import Server
from source import Source, work

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target" / "release"
BINARY = RELEASE / "skybridge"
EXAMPLES = RELEASE / "examples"
ROUNDS = 3


def readings(source):
    """All attributes of every entry: the floor, our reader, and the usual crate."""
    peers = {
        "ldapsearch": source.search(),
        "Skybridge's reader": [EXAMPLES / "read", source.url, *source.account, "*"],
        "the ldap3 crate": [EXAMPLES / "read_ldap3", source.url, *source.account, source.base],
    }
    results = {name: [] for name in peers}
    for _ in range(ROUNDS):
        for name, command in peers.items():
            results[name].append(measured(command)[:2])
    times = {name: (middle([wall for wall, _ in rounds]), middle([cpu for _, cpu in rounds]))
             for name, rounds in results.items()}
    for name, (wall, cpu) in times.items():
        row(f"reading: {name}", wall, cpu, times["ldapsearch"][1])
    return times["ldapsearch"]


def raw_insert(server):
    """The same rows once more into a bare SQLite database: wall, CPU."""
    with tempfile.TemporaryDirectory(dir=work()) as scratch:
        _, _, text = measured([EXAMPLES / "floor", server.database(), f"{scratch}/floor.db"])
    told = dict(line.split() for line in text.splitlines())
    print(f"    {told['objects']} objects, {told['members']} memberships, {told['records']} log rows")
    return float(told["wall"]), float(told["cpu"])


def first(source, goals):
    """S1: the first cycle beside the floor and the consumer. Gives the server and its CPU seconds."""
    search = readings(source)
    server = Server(BINARY, source, "first")
    insert = raw_insert(server)
    floor = search[1] + insert[1]
    row("floor: ldapsearch and a raw insert of the same rows", search[0] + insert[0], floor, floor)
    watch = server.first_watch
    row("first cycle", watch.wall, watch.cpu, floor)
    objects = max(server.first_counts["imported"], 1)
    print(f"    {watch.cpu / objects * 1e6:.0f} us CPU an object, peak memory {server.peak():.0f} MiB")
    goals.add("S1 first cycle, CPU over the floor", watch.cpu / floor, 1.5, " x")
    unchanged, _ = server.run(full=True)
    row("everything read again without a change", unchanged.wall, unchanged.cpu, floor)
    return server, watch, floor


def changes(source, server, watch, floor, goals):
    """S2 and S4 against slapd, beside the consumer."""
    with Consumer(source) as consumer:
        wall, cpu = consumer.initial()
        row("OpenLDAP's consumer, initial", wall, cpu, floor)
        goals.add("S1 first cycle, CPU over OpenLDAP's consumer", watch.cpu / cpu, 1.0, " x")
        goals.add("S1 first cycle, wall over OpenLDAP's consumer", watch.wall / wall, 0.7, " x")
        server.run()
        count = source.change_titles(max(1, source.users // 100), "One percent")
        delta, counts = server.run()
        if counts["updated"] != count:
            raise RuntimeError(f"{count} people were changed and {counts['updated']} updated")
        row(f"delta of 1 % ({count} people)", delta.wall, delta.cpu, floor)
        wall, cpu = consumer.catch_up()
        row("OpenLDAP's consumer, the same delta", wall, cpu, floor)
        goals.add("S2 delta of 1 % over the first cycle", delta.cpu / watch.cpu * 100, 3.0, " %")
        goals.add("S2 delta of 1 %, CPU over OpenLDAP's consumer", delta.cpu / cpu, 1.5, " x")
    busy, idle = server.unchanged(50)
    row("cycle without a change, one of 50", 0.1, busy)
    print(f"    {idle * 1000:.2f} ms of it is the asking over HTTP and an idle server")
    goals.add("S4 cycle without a change", busy * 1000, 5.0, " ms")


def thousand(source, server):
    """A thousand changed people."""
    server.run()
    source.change_titles(1000, "A thousand")
    delta, _ = server.run()
    row(f"delta of 1,000 in {source.users}", delta.wall, delta.cpu)
    return delta.cpu


def member(users, goals):
    """S3: one membership of a large group beside one attribute, told by DirSync."""
    large = min(50_000, users // 2)
    forest = Forest(EXAMPLES / "forest", users, 100, large)
    server = Server(BINARY, forest, "forest")
    try:
        row(f"first cycle of a forest of {users} people", server.first_watch.wall, server.first_watch.cpu)
        server.run()
        times = {"title": [], "leave": [], "join": []}
        for place in range(10):
            for command in times:
                number = 100 + place
                forest.tell(command, number, f"Title {place}") if command == "title" else forest.tell(command, number)
                times[command].append(server.run()[0].cpu)
        title, leave, join = (middle(times[name]) for name in ("title", "leave", "join"))
        row("one title", 0.25, title)
        row(f"one member leaves a group of {large}", 0.25, leave)
        row(f"one member joins a group of {large}", 0.25, join)
        goals.add("S3 one member over one attribute", max(leave, join) / title, 2.0, " x")
    finally:
        server.stop()
        forest.down()


def memory(users, groups, goals, small_peak):
    """S7: the same again, larger; the peak of a first cycle and of reading everything again."""
    source = Source(users, groups, 5000)
    try:
        server = Server(BINARY, source, "memory")
        row(f"first cycle of {users} people", server.first_watch.wall, server.first_watch.cpu)
        again, _ = server.run(full=True)
        row("everything read again", again.wall, again.cpu)
        peak = server.peak()
        print(f"    peak memory {peak:.0f} MiB")
        goals.add(f"S7 peak memory at {users} people", peak, 256, " MiB")
        goals.add("S7 peak memory over that of the smaller directory", peak / small_peak, 1.3, " x")
        server.stop()
    finally:
        source.down()


def main():
    users, groups, memory_users = wanted(__doc__, int, int, int, fewest=2)
    goals = Goals()
    print(f"== Cycles: {users} users and {groups} groups in slapd, one group with {min(users // 2, 5000)} members")
    head()
    source = Source(users, groups, min(users // 2, 5000))
    try:
        server, watch, floor = first(source, goals)
        changes(source, server, watch, floor, goals)
        many = thousand(source, server)
        small_peak = server.peak()
        server.stop()
    finally:
        source.down()
    source = Source(users // 10, groups // 10, min(users // 20, 5000))
    try:
        server = Server(BINARY, source, "tenth")
        few = thousand(source, server)
        server.stop()
    finally:
        source.down()
    goals.add("S2 1,000 changes, over the same in a tenth of the people", many / few, 1.2, " x")
    member(users, goals)
    if memory_users:
        memory(memory_users, memory_users // 20, goals, small_peak)
    goals.show()


main()
