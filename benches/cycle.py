"""Reading and whole cycles against slapd, beside `ldapsearch` and the ldap3 crate in the same run."""
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import services
from harness.product import Skybridge

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target" / "release"
ROUNDS = 3


def measured(command, env=None):
    """Wall and CPU seconds of a command and its children."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - begun, cpu


def cpu_of(pid):
    """CPU seconds of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def middle(values):
    return sorted(values)[len(values) // 2]


def row(name, wall, cpu, floor):
    print(f"{name:<44}{wall:>9.2f} s{cpu:>10.2f} s{cpu / floor:>9.2f} x")


def readings(directory):
    """All attributes of every entry, in pages of 1,000, over plain LDAP on loopback."""
    url = directory.env["PLAIN_URL"]
    account = directory.env["ADMIN_DN"], directory.env["ADMIN_PASSWORD"]
    search = ["ldapsearch", "-x", "-LLL", "-H", url, "-D", account[0], "-w", account[1], "-b", directory.base,
              "-E", "pr=1000/noprompt", "(objectClass=*)", "*", "+"]
    peers = {
        "ldapsearch (floor)": search,
        "Skybridge's reader": [RELEASE / "examples" / "read", url, *account, "*"],
        "the ldap3 crate": [RELEASE / "examples" / "read_ldap3", url, *account, directory.base],
    }
    results = {name: [] for name in peers}
    for _ in range(ROUNDS):
        for name, command in peers.items():
            results[name].append(measured([str(part) for part in command]))
    floor = middle([cpu for _, cpu in results["ldapsearch (floor)"]])
    for name, rounds in results.items():
        row(name, middle([wall for wall, _ in rounds]), middle([cpu for _, cpu in rounds]), floor)
    return floor


def cycles(directory, floor):
    """A first cycle, one without a change, into the built-in directory, with its log."""
    with tempfile.TemporaryDirectory() as scratch:
        product = Skybridge(RELEASE / "skybridge", f"{scratch}/data", f"{scratch}/serve.log").start()
        try:
            def document(enabled):
                return {
                    "domains": [{"name": "bench", "connection": {
                        "url": directory.env["PLAIN_URL"], "bindDn": directory.env["ADMIN_DN"],
                        "bindPassword": {"value": directory.env["ADMIN_PASSWORD"]}, "baseDn": directory.base}}],
                    "targets": [{"name": "directory", "kind": "builtIn"}],
                    "configurations": [{"name": "bench", "domain": "bench", "target": "directory",
                                        "enabled": enabled, "schedule": "P1D"}]}

            def first():
                """Enabling a configuration runs it at once."""
                product.apply(document(True))
                while True:
                    ended = product.api().get("/api/v1/configurations/bench/cycles?limit=1")["items"]
                    if ended and ended[0]["state"] != "running":
                        return ended[0]["counts"]
                    time.sleep(0.05)

            product.apply(document(False))
            steps = {"first cycle into the built-in directory": first,
                     "cycle without a change": lambda: product.run("bench")["counts"]}
            for name, step in steps.items():
                cpu, begun = cpu_of(product.process.pid), time.monotonic()
                counts = step()
                row(name, time.monotonic() - begun, cpu_of(product.process.pid) - cpu, floor)
                print("    " + ", ".join(f"{count} {what}" for what, count in counts.items() if count))
            print(f"    peak memory {peak_mib(product.process.pid):.0f} MiB")
        finally:
            product.stop()


def main():
    users, groups = int(sys.argv[1]), int(sys.argv[2])
    print(f"== Directory: {users} users and {groups} groups in slapd", flush=True)
    directory = services.directory("ldap", users, groups, min(users // 2, 5000))
    try:
        print(f"{'':<44}{'wall':>11}{'CPU':>12}{'CPU/floor':>11}")
        floor = readings(directory)
        cycles(directory, floor)
    finally:
        services.recipe("slapd", "down")


main()
