"""A domain that only its agents reach: it synchronises, agents die in the middle of cycles, and the main port is blocked."""
import json
import os
import random
import socket
import subprocess
import threading
import time

from . import services
from .kill import begin, running
from .mutate import Day
from .product import Skybridge, free_port
from .setup import DOMAINS, Pair, document

KILLS = 6


class Gate:
    """What has come through the relays, and the place where the next octet is held."""

    def __init__(self):
        self.changed = threading.Condition()
        self.passed, self.limit, self.held = 0, None, None

    def arm(self, octets):
        """Holds the relay that brings the octet after so many, until `release`."""
        with self.changed:
            self.limit, self.held = self.passed + octets, None

    def holding(self, seconds):
        """The relay that is held, once one is."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.held, seconds), f"nothing was held within {seconds} s"
            return self.held

    def release(self):
        with self.changed:
            self.limit = self.held = None
            self.changed.notify_all()

    def passing(self, relay, octets):
        with self.changed:
            self.passed += octets
            if self.limit is not None and self.held is None and self.passed > self.limit:
                self.held = relay
                self.changed.notify_all()
            self.changed.wait_for(lambda: self.held is not relay)


class Relay:
    """A TCP relay for one agent in front of the portal's own port, which can be shut."""

    def __init__(self, target, gate):
        self.port, self.target, self.gate = free_port(), target, gate
        self.open, self.sockets, self.lock = True, [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if not self.open:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                self.sockets += [near, far]
            for one, other, gate in ((near, far, self.gate), (far, near, None)):
                threading.Thread(target=self.pump, args=(one, other, gate), daemon=True).start()

    def pump(self, one, other, gate):
        try:
            while data := one.recv(4096):
                if gate:
                    gate.passing(self, len(data))
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def block(self):
        with self.lock:
            self.open = False
            for end in self.sockets:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.sockets = []

    def unblock(self):
        with self.lock:
            self.open = True


class AgentRefused(AssertionError):
    """A command of an agent that could not do its work; its own words are the message."""


class Agent:
    """One `skybridge-agent` with a configuration file of its own."""

    def __init__(self, product, name, directory, server, folder, domain=None, base=None):
        self.binary = str(product.binary) + "-agent"
        self.name, self.server, self.folder = name, server, folder
        self.config, self.process = folder / "agent.toml", None
        folder.mkdir(parents=True, exist_ok=True)
        domain = domain or DOMAINS[directory.kind]
        self.token = product.api().request("POST", "/api/v1/enrollmentTokens", {"domains": [domain]})["token"]
        self.enrol(name)
        self.command("connect", domain, "--url", directory.env["URL"], "--bind-dn", directory.env["READER_DN"],
                     "--ca-file", directory.env["CA"], *(["--base-dn", base] if base else []),
                     stdin=directory.env["READER_PASSWORD"])

    def enrol(self, machine, config=None):
        self.command("enroll", "--server", self.server, "--token", "-", "--machine", machine, stdin=self.token, config=config)

    def command(self, *arguments, stdin="", config=None, within=(), ok=(0,)):
        done = subprocess.run([*within, self.binary, "--config", config or self.config, *arguments], input=stdin + "\n",
                              capture_output=True, text=True, check=False, env=os.environ)
        if done.returncode not in ok:
            raise AgentRefused(f"skybridge-agent {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def start(self):
        with open(self.folder / "agent.log", "ab") as log:
            self.process = subprocess.Popen([self.binary, "--config", self.config, "run", "--with-parent"],
                                            stdin=subprocess.PIPE, stdout=log, stderr=log)

    def kill(self):
        self.process.kill()
        self.process.wait()


def states(product):
    return {row["machineName"]: row["status"] for row in product.api().every("/api/v1/agents")}


def wait_for(product, wanted, seconds):
    end = time.monotonic() + seconds
    while (seen := states(product)) != wanted:
        assert time.monotonic() < end, f"after {seconds} s: {seen}, wanted {wanted}"
        time.sleep(0.1)


def finds_controllers(directory, agent):
    """The first controller is down, the second one's host is elsewhere, the third one has no address, the last one answers."""
    domain, written = DOMAINS[directory.kind], agent.config.read_text()
    within = services.controllers(domain, f"dc0.{domain}=127.0.0.40", "dc1.elsewhere.test=127.0.0.41", f"dc2.{domain}",
                                  f"dc1.{domain}=127.0.0.41")
    try:
        told = agent.command("connect", domain, "--bind-dn", directory.env["READER_DN"], "--ca-file", directory.env["CA"],
                             stdin=directory.env["READER_PASSWORD"], within=within)
        assert f"at ldaps://dc1.{domain}." in told, told
        checks = json.loads(agent.command("check", "--json", within=within, ok=(0, 1)))
        names = next(check for check in checks if check["id"] == "names")
        assert names["outcome"] == "warning" and "4 controllers: " in names["found"], names
        assert f"dc1.{domain} (127.0.0.41)" in names["found"] and f"dc2.{domain} (" in names["found"], names
        within = services.controllers(domain, "dc1.elsewhere.test=127.0.0.41", f"dc0.{domain}=127.0.0.40")
        before = agent.config.read_text()
        try:
            agent.command("connect", domain, "--bind-dn", directory.env["READER_DN"], "--ca-file", directory.env["CA"],
                          stdin=directory.env["READER_PASSWORD"], within=within)
        except AgentRefused as refused:
            assert "lies outside of" in str(refused) and f"ldaps://dc0.{domain}: " in str(refused), refused
        else:
            raise AssertionError("no controller of the domain answers, and one was found")
        assert agent.config.read_text() == before, "something was written down"
        checks = json.loads(agent.command("check", "--json", ok=(0, 1)))
        names = next(check for check in checks if check["id"] == "names")
        assert names["outcome"] == "failed", f"nobody knows dc1.{domain} outside of the test: {names}"
    finally:
        agent.config.write_text(written)
        services.recipe("dns", "down")


def run(report, binary, work, seed, sizes=(400, 40, 200)):
    print(f"agents with seed {seed} (repeat with E2E_SEED={seed})", flush=True)
    rng = random.Random(seed)
    directory = services.directory("ad", *sizes)
    pair = Pair(directory, "directory")
    product = Skybridge(binary, work / "agents-data", work / "agents-serve.log")
    product.log.unlink(missing_ok=True)
    product.start("--agent-beat-seconds", "1", "--agent-status-seconds", "2")
    wanted = document([pair])
    del wanted["domains"][0]["connection"]
    product.apply(wanted)
    gate = Gate()
    relays = {name: Relay(product.port, gate) for name in ("one", "two")}
    agents = {}
    try:
        with report.check("agents enrol with one-time tokens, are told how their directory is reached, and turn active"):
            for name, relay in relays.items():
                server = f"http://127.0.0.1:{relay.port}"
                agents[name] = Agent(product, name, directory, server, work / "agents-data" / name)
                agents[name].start()
            wait_for(product, dict.fromkeys(agents, "active"), 30)
        with report.check("a domain that only its agents reach synchronises: no difference to the directory"):
            product.run(pair.name)
            pair.compare(product)
        with report.check("the agents' pages tell who read it"):
            told = [product.api().get(f"/api/v1/agents/{row['id']}")["recentWork"] for row in product.api().every("/api/v1/agents")]
            done = [work for works in told for work in works if work["task"] == "read" and work["outcome"] == "success"]
            assert {work["type"] for work in done} >= {"user", "group"}, told
            assert sum(work["pages"] for work in done if work["type"] == "user") >= 1, told
        with report.check("without an address an agent finds the domain's controllers, and its check names those without one"):
            finds_controllers(directory, agents["one"])
        with report.check(f"the agent that reads is killed in each of {KILLS} cycles: no difference to the directory"):
            identity = next(row["id"] for row in product.api().every("/api/v1/configurations"))
            before = gate.passed
            product.run(pair.name)
            reading = gate.passed - before
            for _ in range(KILLS):
                Day(directory, rng.random(), 3).run()
                gate.arm(int(reading * rng.uniform(0.02, 0.7)))
                begin(product, identity)
                victim = next(name for name, relay in relays.items() if relay is gate.holding(30))
                assert running(product, identity), "no cycle runs while its reading is held"
                agents[victim].kill()
                gate.release()
                while running(product, identity):
                    time.sleep(0.05)
                agents[victim].start()
                wait_for(product, dict.fromkeys(agents, "active"), 30)
            product.run(pair.name)
            pair.compare(product)
        with report.check("with the main port blocked, agents are known by their statuses alone; they recover"):
            for relay in relays.values():
                relay.block()
            wait_for(product, dict.fromkeys(agents, "statusOnly"), 60)
            for relay in relays.values():
                relay.unblock()
            wait_for(product, dict.fromkeys(agents, "active"), 120)
            product.run(pair.name)
            pair.compare(product)
    finally:
        gate.release()
        for agent in agents.values():
            if agent.process:
                agent.kill()
        product.stop()
