"""Starts a portal with sample forests and measures every page with Lighthouse: python3 -m harness.lighthouse BINARY."""
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import services
from .browser import prepare, states
from .walks import WALKER


def main():
    services.WORK.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(services.WORK / "browser-data", ignore_errors=True)
    product, _, password, began = prepare(Path(sys.argv[1]).resolve(), services.WORK)
    try:
        while time.monotonic() - began < 20 and set(states(product).values()) != {"Active"}:
            time.sleep(0.2)
        env = os.environ | {"PORTAL": product.url, "USERNAME": WALKER, "PASSWORD": password}
        sys.exit(subprocess.run(["node", "lighthouse/run.mjs"], cwd=services.E2E, env=env, check=False).returncode)
    finally:
        product.stop()


if __name__ == "__main__":
    main()
