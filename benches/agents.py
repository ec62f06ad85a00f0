"""What agents cost.

agents.py reading USERS     a full reading through an agent beside the same reading direct
agents.py fleet AGENTS      so many agents hold connections to one server and beat; then it is restarted
"""
import subprocess
import sys
from pathlib import Path

from fleet import fleet
from measure import Goals
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


def main():
    goals = Goals()
    what, count = sys.argv[1], int(sys.argv[2])
    if what == "reading":
        reading(count, goals)
    else:
        print(f"== {count} agents hold connections to one server and beat", flush=True)
        binary = Path(sys.argv[3]) if len(sys.argv) > 3 else RELEASE / "skybridge"
        fleet(binary, count, EVERY, SPAN, goals)
    goals.show()


main()
