"""Runs the parts of the end-to-end tests: python3 -m harness.main BINARY [real|kill|agents|bad|churn|mail|provider|browser|stories]..."""
import shutil
import signal
import sys
from pathlib import Path

from . import agents, bad, browser, churn, kill, mail, provider, real, seed, services, stories
from .report import Report


# Users, groups, members of the largest one.
FULL = (10_000, 500, 5_000)


def main():
    binary, parts = Path(sys.argv[1]).resolve(), sys.argv[2:]
    # Asked to end, we end what we started: the way out runs through every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = services.WORK
    report = Report()
    try:
        for part in parts:
            print(f"== {part}", flush=True)
            for left in work.glob("*-data"):
                shutil.rmtree(left)
            with report.check(f"the part {part} runs to its end"):
                if part == "real":
                    real.run(report, binary, work)
                elif part == "full":
                    real.run(report, binary, work, FULL, timings=True)
                    agents.run(report, binary, work, seed.asked(), FULL)
                elif part == "kill":
                    kill.run(report, binary, work, seed.asked())
                elif part == "agents":
                    agents.run(report, binary, work, seed.asked())
                elif part == "bad":
                    bad.run(report, binary, work)
                elif part == "churn":
                    churn.run(report, binary, work)
                elif part == "mail":
                    mail.run(report, binary, work)
                elif part == "provider":
                    provider.run(report, binary, work)
                elif part == "browser":
                    browser.run(report, binary, work)
                elif part == "stories":
                    stories.run(report, binary, work)
                else:
                    raise SystemExit(f"unknown part {part}")
    finally:
        services.stop_all()
    print(f"{report.passed} passed, {report.failed} failed", flush=True)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
