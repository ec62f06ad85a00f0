"""Starts the product with its sample forests and lets Node walk through the portal in Chromium."""
import os
import re
import secrets
import subprocess
import time

from . import services
from .product import Skybridge
from .services import E2E
from .setup import scim_target

WALKER = "e2e-administrator"


LINK = re.compile(r"https?://127\.0\.0\.1:\d+/\S+[?&/]\S{16,}")


def prepare(binary, work):
    """A running portal with the sample forests, a local account, and two one-time links: the one that serve prints on
    its first start, and that of an account without a password."""
    product = Skybridge(binary, work / "browser-data", work / "browser-serve.log")
    product.log.unlink(missing_ok=True)
    began = time.monotonic()
    product.start("--lab")
    links = LINK.findall(product.log.read_text(encoding="utf-8"))[:1]
    here = ["--role", "administrator", "--data", product.data]
    links += LINK.findall(product.command("account", "create", "--username", "e2e-link", *here, "--public-url", product.url))
    password = secrets.token_urlsafe(18)
    product.command("account", "create", "--username", WALKER, *here, "--password-stdin", stdin=password)
    return product, links, password, began


def states(product):
    return {row["name"]: row["status"]["code"] for row in product.api().every("/api/v1/configurations")}


def run(report, binary, work):
    product, links, password, began = prepare(binary, work)
    try:
        with report.check("serve --lab: the first cycles of three configurations have run within 10 s of the start"):
            seen = {}
            while time.monotonic() - began < 10:
                seen = states(product)
                if len(seen) >= 3 and all(code == "Active" for code in seen.values()):
                    break
                time.sleep(0.1)
            assert len(seen) >= 3 and all(code == "Active" for code in seen.values()), f"after 10 s: {seen}"
        with report.check("serve --lab: about 900 users are in the built-in directory"):
            users = sum(1 for _ in product.api().every("/api/v1/users"))
            assert 850 <= users <= 950, f"{users} users"
        with report.check("serve and account create print a one-time sign-in link each"):
            assert len(links) == 2, f"links {links}, log {product.log}"
        with report.check("apply adds a target for the walk"):
            product.apply({"targets": [scim_target("walk-target", services.scim("scim2"))]})
        walk(report, product, links, password)
    finally:
        product.stop()


def walk(report, product, links, password):
    tests = sorted(str(path) for path in (E2E / "browser").glob("*.test.mjs"))
    env = os.environ | {"PORTAL": product.url, "LINKS": " ".join(links), "USERNAME": WALKER, "PASSWORD": password,
                        "BINARIES": os.path.dirname(product.binary), "SKYBRIDGE_TOKEN": product.api().token}
    done = subprocess.run(["node", "--test", "--test-reporter=tap", "--test-concurrency=3", *tests], env=env, cwd=E2E, capture_output=True,
                          text=True, check=False)
    show(done.stdout)
    counts = dict(re.findall(r"^# (pass|fail) (\d+)$", done.stdout, re.MULTILINE))
    if not counts:
        print(done.stdout[-3000:], done.stderr[-3000:], flush=True)
    report.add(int(counts.get("pass", 0)), int(counts.get("fail", 1)))


def show(tap):
    """Node's TAP as lines of our report: the name of each walk, and below a failed one what it said."""
    reason = False
    for line in tap.splitlines():
        if result := re.match(r"^(not )?ok \d+ - (.*)", line):
            print(f"{'FAILED ' if result[1] else 'ok     '} {result[2]}", flush=True)
        elif re.match(r"^  error: ", line):
            reason = True
            text = line.removeprefix("  error: ")
            if text != "|-":
                print(f"        {text}", flush=True)
        elif re.match(r"^  (code|name|stack|expected|operator|\.\.\.)", line):
            reason = False
        elif reason:
            print(f"    {line}"[:400], flush=True)
