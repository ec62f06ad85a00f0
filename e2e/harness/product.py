"""The product as a user has it: the `skybridge` binary, its data folder, its commands and its REST API."""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request


class ApiError(Exception):
    """A request that was answered with a problem, or not at all."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Api:
    """GET, POST and paged lists with a bearer token."""

    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token

    def request(self, method, path, body=None, accept="application/json"):
        request = urllib.request.Request(
            path if path.startswith("http") else self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Accept": accept}
            | ({} if body is None else {"Content-Type": accept}),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise ApiError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}") from None
        except OSError as error:
            raise ApiError(f"{method} {path}: {error}") from None
        return json.loads(text) if text else None

    def get(self, path):
        return self.request("GET", path)

    def every(self, path, page=500):
        """All rows of a list, page by page."""
        mark, after = ("&" if "?" in path else "?"), ""
        while True:
            answer = self.get(f"{path}{mark}limit={page}{after}")
            yield from answer["items"]
            if not answer.get("next"):
                return
            after = "&after=" + urllib.parse.quote(str(answer["next"]), safe="")


class Skybridge:
    """One data folder with at most one `serve` on it."""

    def __init__(self, binary, data, log):
        self.binary, self.data, self.log = str(binary), str(data), log
        self.port, self.status_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.token = None

    def start(self, *more):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--status-listen",
                 f"127.0.0.1:{self.status_port}", "--data", self.data, *more],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )
        self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise ApiError(f"serve ended with status {self.process.returncode}: see {self.log}")
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.02)
        raise ApiError(f"/readyz did not answer 200 within {seconds} s: see {self.log}")

    def api(self):
        if self.token is None:
            self.token = self.command("token", "create", "--name", "e2e", "--role", "administrator", "--data", self.data).strip()
        return Api(self.url, self.token)

    def client_env(self):
        self.api()
        return os.environ | {"SKYBRIDGE_URL": self.url, "SKYBRIDGE_TOKEN": self.token}

    def command(self, *arguments, stdin=None, ok=(0,)):
        """Runs a command; its standard output. As client when we hold a token already."""
        env = os.environ | ({"SKYBRIDGE_URL": self.url, "SKYBRIDGE_TOKEN": self.token} if self.token else {})
        done = subprocess.run([self.binary, *arguments], input=stdin, capture_output=True, text=True, env=env, check=False)
        if done.returncode not in ok:
            raise ApiError(f"skybridge {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()} {done.stdout.strip()}")
        return done.stdout

    def apply(self, document):
        self.api()
        return self.command("apply", "-f", "-", stdin=json.dumps(document))

    def run(self, configuration):
        """One whole cycle; its counts. Failed objects (status 3) are for the comparison to show."""
        self.api()
        return json.loads(self.command("run", configuration, "--full", "--wait", "--json", ok=(0, 3)))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        return self.process.returncode if self.process else None

    def kill(self):
        self.process.kill()
        self.process.wait()
