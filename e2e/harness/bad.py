"""Faults of real life: each gets one clear sentence, the right exit status, a place in the product's own status, and
takes nothing away from the target (issue: "Bad input")."""
import copy
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from . import services
from .product import ApiError, Skybridge, free_port
from .setup import Pair, document


class Html(BaseHTTPRequestHandler):
    """A web server that knows nothing of SCIM."""

    def do_GET(self):
        body = b"<!doctype html><title>Welcome</title><p>It works!"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def run(report, binary, work):
    directory = services.directory("ldap", 40, 5, 10)
    pair = Pair(directory, "directory")
    product = Skybridge(binary, work / "bad-data", work / "bad-serve.log").start()
    try:
        wanted = document([pair])
        product.apply(wanted)
        product.run(pair.name)
        pair.compare(product)
        for name, damage, words in faults(directory):
            with report.check(f"{name}: one sentence, a failed cycle, nothing removed"):
                fault(product, pair, wanted, damage, words)
        with report.check("after the faults are mended the next cycle finds both sides equal"):
            product.apply(wanted)
            forgive(product, pair)
            product.run(pair.name)
            pair.compare(product)
        targets(report, product, pair, wanted)
        documents(report, product, wanted)
        with report.check("a second serve on the same data folder ends at once and says why"):
            second = Skybridge(binary, product.data, work / "bad-second.log")
            done = subprocess.run(
                [second.binary, "serve", "--listen", f"127.0.0.1:{second.port}", "--data", second.data],
                capture_output=True, text=True, timeout=30, check=False)
            assert done.returncode == 1, f"exit status {done.returncode}"
            one_sentence(done.stderr)
    finally:
        product.stop()


def faults(directory):
    """(name, what to change in the connection, a word that the sentence must have)"""
    connection = {"url": directory.env["URL"]}
    yield "wrong bind password", {"bindPassword": {"value": "wrong"}}, ("password", "credential", "bind")
    yield "unreachable directory", {"url": f"ldaps://127.0.0.1:{free_port()}"}, ("reach", "connect", "refused")
    yield "untrusted certificate", {"caFile": None}, ("certificate", "trust")
    yield "base DN that does not exist", connection | {"baseDn": "ou=nowhere,dc=e2e,dc=test"}, ("ou=nowhere", "exist")


def fault(product, pair, wanted, damage, words):
    changed = copy.deepcopy(wanted)
    connection = changed["domains"][0]["connection"]
    connection.update(damage)
    changed["domains"][0]["connection"] = {name: value for name, value in connection.items() if value is not None}
    before = len(pair.held(product).ids)
    product.apply(changed)
    forgive(product, pair)
    text = failing_run(product, pair, (1, 4))
    assert any(word in text.lower() for word in words), f"the sentence says nothing of {words}: {text}"
    product.apply(wanted)
    assert len(pair.held(product).ids) == before, "objects were removed"


def forgive(product, pair):
    """Lifts a quarantine that an earlier fault caused."""
    row = next(row for row in product.api().every("/api/v1/configurations") if row["name"] == pair.name)
    if row["status"].get("quarantine"):
        product.api().request("POST", f"/api/v1/configurations/{row['id']}/clearQuarantine", {})


def failing_run(product, pair, statuses):
    done = subprocess.run([product.binary, "run", pair.name, "--full", "--wait"], capture_output=True, text=True,
                          env=product.client_env(), check=False)
    assert done.returncode in statuses, f"exit status {done.returncode}, said {done.stdout} {done.stderr}"
    row = next(row for row in product.api().every("/api/v1/configurations") if row["name"] == pair.name)
    assert row["status"]["code"] == "Quarantine" or row["status"].get("lastExecution", {}).get("error"), \
        f"the configuration's status does not show it: {json.dumps(row['status'])}"
    return one_sentence(done.stderr)


def one_sentence(text):
    lines = [line for line in text.strip().splitlines() if line]
    assert len(lines) == 1 and len(lines[0]) > 20, f"expected one sentence, got {text!r}"
    assert "panicked" not in text
    return lines[0]


def targets(report, product, pair, wanted):
    server = HTTPServer(("127.0.0.1", 0), Html)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with report.check("a SCIM server that answers HTML: one sentence, a failed cycle"):
            other = Pair(pair.directory, "not-scim", {"URL": f"http://127.0.0.1:{server.server_port}/scim", "TOKEN": "x"})
            product.apply(wanted | {"targets": document([other])["targets"], "configurations": [other.document]})
            text = failing_run(product, other, (1, 4))
            assert "html" in text.lower() or "scim" in text.lower(), text
    finally:
        server.shutdown()


def documents(report, product, wanted):
    broken = copy.deepcopy(wanted)
    broken["configurations"][0]["scope"]["organizationalUnits"] = ["no dn at all"]
    broken["configurations"][0]["target"] = "nobody"
    broken["configurations"][0]["mappings"] = {"user": [{"target": "displayName", "type": "expression", "expression": "Trim(["}]}
    with report.check("a document with three faults is refused as a whole and every path is named"):
        before = product.command("export")
        try:
            product.apply(broken)
            raise AssertionError("it was accepted")
        except ApiError as error:
            for path in ("scope.organizationalUnits[0]", "configurations[0].target", "configurations[0].mappings.user[0].expression"):
                assert path in str(error), f"{path} is not named in: {error}"
        assert product.command("export") == before, "something was changed"
    with report.check("an unknown key and text that is no document are refused in words"):
        for text in ('{"configuration": []}', "{{{", "targets: [1, 2"):
            try:
                product.command("apply", "-f", "-", stdin=text)
                raise AssertionError(f"{text} was accepted")
            except ApiError as error:
                assert "ended with 1" in str(error) or "ended with 2" in str(error), str(error)
