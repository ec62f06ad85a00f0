"""What agents cost.

agents.py reading USERS           a full reading through an agent beside the same reading direct
agents.py memory USERS            the most memory that an agent takes while it reads so many
agents.py fleet AGENTS [BINARY]   so many agents hold connections to one server and beat; then it is restarted
"""
import subprocess
import sys
from pathlib import Path

from fleet import fleet
from forest import Forest
from measure import Goals, wanted
from source import Source

RELEASE = Path(__file__).resolve().parent.parent / "target" / "release"
# Seconds between two beats, and for how long they are watched.
EVERY, SPAN = 60, 60


def reading(users, goals):
    """CPU of both processes over that of the direct reader."""
    print(f"== A full reading of {users} users and {users // 20} groups in slapd, direct and through an agent", flush=True)
    source = Source(users, users // 20, min(users // 2, 5000))
    try:
        told = subprocess.run([RELEASE / "examples" / "reading", source.url, *source.account, "9"], check=True,
                              stdout=subprocess.PIPE, text=True, env={"RUST_LOG": "error"}).stdout
    finally:
        source.down()
    print(told, end="", flush=True)
    ratio = next(float(line.split()[1]) for line in told.splitlines() if line.startswith("ratio "))
    goals.add("a reading through an agent, CPU of both processes over a direct one", ratio, 1.3, " x")


def memory(users, goals):
    """An agent reads everything of a large forest, twice."""
    print(f"== An agent reads {users} users and {users // 20} groups", flush=True)
    forest = Forest(RELEASE / "examples" / "forest", users, users // 20, min(users // 2, 5000))
    try:
        told = subprocess.run([RELEASE / "examples" / "reading", forest.url, *forest.account, "1"], check=True,
                              stdout=subprocess.PIPE, text=True, env={"RUST_LOG": "error"}).stdout
    finally:
        forest.down()
    print(told, end="", flush=True)
    most = next(float(line.split()[-2]) for line in told.splitlines() if line.startswith("agent's memory"))
    goals.add(f"memory of an agent while it reads {users} users", most, 64, " MB")


def main():
    what, count, binary = wanted(__doc__, str, int, Path, fewest=2)
    if what not in ("reading", "memory", "fleet"):
        sys.exit(__doc__.strip())
    goals = Goals()
    if what == "reading":
        reading(count, goals)
    elif what == "memory":
        memory(count, goals)
    else:
        print(f"== {count} agents hold connections to one server and beat", flush=True)
        fleet(binary or RELEASE / "skybridge", count, EVERY, SPAN, goals)
    goals.show()


main()
