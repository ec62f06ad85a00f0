"""Ten thousand agents that hold connections to one server, and its restart."""
import http.client
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from harness.product import Skybridge
from measure import Watch, cpu_of, peak_mib
from source import work

EXAMPLE = Path(__file__).resolve().parent.parent / "target" / "release" / "examples" / "fleet"
PAGES = ["/", "/agents", "/configurations", "/logs", "/api/v1/agents?limit=50"]
DOMAIN = "fleet.example"


class Fleet:
    """The example `fleet` of the crate `service`: all agents in one process."""

    def __init__(self, address, keys, seconds):
        self.process = subprocess.Popen([str(EXAMPLE), "hold", address, str(keys), str(seconds)],
                                        stdout=subprocess.PIPE, text=True)
        self.connected = self.beats = self.failed = self.refused = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            numbers = line.split()
            self.connected, self.beats, self.failed, self.refused = map(int, numbers[1:])

    def until(self, count, limit):
        """Seconds until so many are connected."""
        begun = time.monotonic()
        while self.connected < count:
            if time.monotonic() - begun > limit or self.process.poll() is not None:
                raise RuntimeError(f"{self.connected} of {count} agents are connected after {limit} s, {self.failed} "
                                   f"attempts failed, {self.refused} were refused")
            time.sleep(0.05)
        return time.monotonic() - begun

    def down(self):
        self.process.kill()
        self.process.wait()


class Visitor:
    """One person who looks at one page after the other."""

    def __init__(self, product):
        self.product, self.taken, self.over = product, [], threading.Event()
        link = product.command("account", "create", "--username", "visitor", "--role", "administrator", "--data",
                               product.data)
        self.path = re.search(r"/sign-in/\S+", link)[0]
        self.cookie = None
        self.thread = None

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=60)
        try:
            headers = {"Cookie": self.cookie} if self.cookie else {}
            if path.startswith("/api/"):
                headers = {"Authorization": f"Bearer {self.product.token}"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            cookie = answer.getheader("Set-Cookie")
            if cookie:
                self.cookie = cookie.split(";")[0]
            return answer.status, body
        finally:
            connection.close()

    def sign_in(self):
        status, _ = self._get(self.path)
        if self.cookie is None:
            raise RuntimeError(f"the sign-in link answered {status} and no session")

    def begin(self):
        self.taken, self.over = [], threading.Event()
        self.thread = threading.Thread(target=self._walk, daemon=True)
        self.thread.start()

    def _walk(self):
        place = 0
        while not self.over.is_set():
            path, begun = PAGES[place % len(PAGES)], time.monotonic()
            try:
                status, body = self._get(path)
            except OSError:
                # The server is between its end and its new start.
                time.sleep(0.02)
                continue
            if status != 200 or len(body) < 50:
                self.taken.append((float("inf"), f"{path} answered {status}"))
            else:
                self.taken.append((time.monotonic() - begun, path))
            place += 1
            self.over.wait(0.02)

    def end(self):
        """How many pages, the 99th percentile and the slowest one with its address."""
        self.over.set()
        self.thread.join()
        times = sorted(self.taken)
        if not times:
            raise RuntimeError("no page was fetched")
        return len(times), times[len(times) * 99 // 100][0], times[-1]


def people(product):
    """A forest with a configuration whose cycles run meanwhile: the lab's first one."""
    found = product.api().get("/api/v1/configurations?limit=1")["items"]
    return found[0]["name"]


def cycle(product, name, over, counts):
    """Full cycles one after the other until it is over."""
    while not over.is_set():
        product.command("run", name, "--full", "--wait", "--json", ok=(0, 3))
        counts.append(1)


def fleet(binary, count, every, span, goals):
    folder = work() / "server-fleet"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keys = folder / "keys"
    product = Skybridge(binary, folder / "data", folder / "serve.log").start("--lab")
    product.api()
    visitor = Visitor(product)
    product.stop()
    begun = time.monotonic()
    database = next((folder / "data").glob("*.db"))
    subprocess.run([EXAMPLE, "seed", str(database), str(keys), str(count)], check=True, stdout=subprocess.DEVNULL)
    print(f"    {count} agents put into the store in {time.monotonic() - begun:.1f} s")
    product.start("--lab")
    visitor.sign_in()
    pid = product.process.pid
    before = peak_mib(pid)
    used = cpu_of(pid)
    agents = Fleet(f"127.0.0.1:{product.port}", keys, every)
    try:
        visitor.begin()
        seconds = agents.until(count, 180)
        pages, high, slowest = visitor.end()
        print(f"    first connection of all: {seconds:.1f} s, {cpu_of(pid) - used:.1f} s CPU of the server; {pages} pages, "
              f"99th percentile {high * 1000:.0f} ms, slowest {slowest[0] * 1000:.0f} ms ({slowest[1]})")
        steady(product, agents, visitor, span, every, goals)
        print(f"    memory of the server: {before:.0f} MiB before, {peak_mib(pid):.0f} MiB at most")
        storm(product, agents, visitor, count, goals)
    finally:
        agents.down()
        product.stop()
        shutil.rmtree(folder, ignore_errors=True)


def steady(product, agents, visitor, span, every, goals):
    """Beats and pages for a while: without a cycle, and while cycles run."""
    name = people(product)
    for cycles in (False, True):
        over, counts = threading.Event(), []
        runner = threading.Thread(target=cycle, args=(product, name, over, counts), daemon=True)
        beats = agents.beats
        visitor.begin()
        if cycles:
            runner.start()
        with Watch(product.process.pid) as watch:
            time.sleep(span)
        over.set()
        pages, high, slowest = visitor.end()
        if cycles:
            runner.join()
        beats = agents.beats - beats
        print(f"    {'with' if cycles else 'without'} cycles, {span} s: {beats} beats ({beats / watch.wall:.0f}/s, one an agent "
              f"in {every} s), {len(counts)} cycles, server {100 * watch.cpu / watch.wall:.0f} % of a core; {pages} pages, 99th "
              f"percentile {high * 1000:.0f} ms, slowest {slowest[0] * 1000:.0f} ms ({slowest[1]})", flush=True)
    if not counts:
        raise RuntimeError("no cycle ended")
    goals.add(f"pages while {agents.connected} agents beat and cycles run, 99th percentile", high * 1000, 200, " ms")


def storm(product, agents, visitor, count, goals):
    """The server is restarted, and all come back."""
    product.stop()
    begun = time.monotonic()
    product.start("--lab")
    ready = time.monotonic() - begun
    used = cpu_of(product.process.pid)
    visitor.begin()
    seconds = agents.until(count, 240)
    pages, high, slowest = visitor.end()
    print(f"    after a restart ({ready:.1f} s until ready): all {count} are back after {seconds:.1f} s, "
          f"{cpu_of(product.process.pid) - used:.1f} s CPU of the server, {agents.failed} attempts failed since the beginning and "
          f"{agents.refused} were refused; {pages} pages, 99th percentile {high * 1000:.0f} ms, slowest "
          f"{slowest[0] * 1000:.0f} ms ({slowest[1]})", flush=True)
    goals.add("pages while all agents come back after a restart, slowest", slowest[0] * 1000, 1000, " ms")
