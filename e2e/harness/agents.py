"""A domain that only its agents reach: it synchronises, agents die in the middle of cycles, and the main port is blocked."""
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


class Relay:
    """A TCP relay in front of the portal's own port, which can be shut."""

    def __init__(self, target):
        self.port, self.target = free_port(), target
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
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(one, other):
        try:
            while data := one.recv(65536):
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


class Agent:
    """One `skybridge-agent` with a configuration file of its own."""

    def __init__(self, product, name, directory, server, folder):
        self.binary = str(product.binary) + "-agent"
        self.name, self.server, self.folder = name, server, folder
        self.config, self.process = folder / "agent.toml", None
        folder.mkdir(parents=True, exist_ok=True)
        domain = DOMAINS[directory.kind]
        token = product.api().request("POST", "/api/v1/enrollmentTokens", {"domains": [domain]})["token"]
        self.command("enroll", "--server", server, "--token", "-", "--machine", name, stdin=token)
        self.command("connect", domain, "--url", directory.env["URL"], "--bind-dn", directory.env["READER_DN"],
                     "--ca-file", directory.env["CA"], stdin=directory.env["READER_PASSWORD"])

    def command(self, *arguments, stdin=""):
        done = subprocess.run([self.binary, "--config", self.config, *arguments], input=stdin + "\n",
                              capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == 0, f"skybridge-agent {arguments[0]}: {done.stderr.strip()}"
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
    relay = Relay(product.port)
    agents = []
    try:
        with report.check("agents enrol with one-time tokens, are told how their directory is reached, and turn active"):
            server = f"http://127.0.0.1:{relay.port}"
            agents += [Agent(product, name, directory, server, work / "agents-data" / name) for name in ("one", "two")]
            for agent in agents:
                agent.start()
            wait_for(product, {"one": "active", "two": "active"}, 30)
        with report.check("a domain that only its agents reach synchronises: no difference to the directory"):
            product.run(pair.name)
            pair.compare(product)
        with report.check(f"agents killed in {KILLS} cycles, one each: no difference to the directory"):
            identity = next(row["id"] for row in product.api().every("/api/v1/configurations"))
            hit = 0
            for number in range(KILLS):
                Day(directory, rng.random(), 3).run()
                begin(product, identity)
                time.sleep(rng.uniform(0.0, 1.5))
                victim = agents[number % 2]
                hit += running(product, identity)
                victim.kill()
                while running(product, identity):
                    time.sleep(0.05)
                victim.start()
                wait_for(product, {"one": "active", "two": "active"}, 30)
            assert hit >= KILLS // 2, f"only {hit} kills met a running cycle"
            product.run(pair.name)
            pair.compare(product)
        with report.check("with the main port blocked, agents are known by their statuses alone; they recover"):
            relay.block()
            wait_for(product, {"one": "statusOnly", "two": "statusOnly"}, 60)
            relay.unblock()
            wait_for(product, {"one": "active", "two": "active"}, 120)
            product.run(pair.name)
            pair.compare(product)
    finally:
        for agent in agents:
            if agent.process:
                agent.kill()
        product.stop()
