"""CPU seconds, wall time and memory of processes, and the rows in which they are shown."""
import os
import resource
import subprocess
import sys
import time
from pathlib import Path


def measured(command, env=None):
    """Wall and CPU seconds of a command and its children, and what it printed."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", env=env,
                          check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - begun, cpu, done.stdout


def cpu_of(pid):
    """CPU seconds of a process so far, from the scheduler's nanoseconds of its threads; threads that ended are in
    the hundredths that the kernel keeps of the whole process (proc(5), fields 14 and 15)."""
    threads = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            threads += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    whole = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return max(threads / 1e9, whole)


def peak_mib(pid):
    """The highest resident memory so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak(pid):
    """Begins the highest memory anew (proc(5), clear_refs 5)."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        return


def wanted(doc, *kinds, fewest):
    """The arguments, each as its kind; what is wrong or asked for help ends with the usage."""
    given = sys.argv[1:]
    try:
        if not fewest <= len(given) <= len(kinds):
            raise ValueError
        return [kind(text) for kind, text in zip(kinds, given)] + [None] * (len(kinds) - len(given))
    except ValueError:
        sys.exit(doc.strip())


class Watch:
    """CPU and wall seconds that a running process takes for something."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.cpu_before, self.begun = cpu_of(self.pid), time.monotonic()
        return self

    def __exit__(self, *_):
        self.wall = time.monotonic() - self.begun
        self.cpu = cpu_of(self.pid) - self.cpu_before


def middle(values):
    return sorted(values)[len(values) // 2]


def head():
    print(f"{'':<52}{'wall':>10}{'CPU':>12}{'CPU / floor':>14}", flush=True)


def row(name, wall, cpu, floor=None):
    ratio = f"{cpu / floor:>11.2f} x" if floor else ""
    print(f"{name:<52}{wall:>8.2f} s{cpu:>10.3f} s{ratio}", flush=True)


class Goals:
    """What was to be reached, and whether it was."""

    def __init__(self):
        self.lines = []

    def add(self, name, value, limit, unit=""):
        verdict = "reached" if value <= limit else "MISSED"
        self.lines.append(f"{name:<70}{value:>9.2f}{unit} (at most {limit:g}{unit})  {verdict}")

    def at_least(self, name, value, limit, unit=""):
        verdict = "reached" if value >= limit else "MISSED"
        self.lines.append(f"{name:<70}{value:>9.2f}{unit} (at least {limit:g}{unit})  {verdict}")

    def show(self):
        print("\n== Goals")
        print("\n".join(self.lines), flush=True)
