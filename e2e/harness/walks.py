"""Lets Node walk through a running portal in Chromium: an account for it, what it is told, and its words in our report."""
import os
import re
import secrets
import subprocess

from .services import E2E

WALKER = "e2e-administrator"


def account(product):
    """A local administrator for the walks; the password."""
    password = secrets.token_urlsafe(18)
    product.command("account", "create", "--username", WALKER, "--role", "administrator", "--data", product.data,
                    "--password-stdin", stdin=password)
    return password


def walk(report, product, folder, password, concurrency=3, more=None):
    """Runs the tests of a folder; what they find the portal with is in their environment."""
    tests = sorted(str(path) for path in (E2E / folder).glob("*.test.mjs"))
    env = os.environ | {"PORTAL": product.url, "USERNAME": WALKER, "PASSWORD": password,
                        "BINARIES": os.path.dirname(product.binary), "SKYBRIDGE_TOKEN": product.api().token} | (more or {})
    done = subprocess.run(["node", "--test", "--test-reporter=tap", f"--test-concurrency={concurrency}", *tests], env=env,
                          cwd=E2E, capture_output=True, text=True, check=False)
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
