"""The server under measurement: cycles into the built-in directory, started and awaited over its REST API."""
import shutil
import time

from harness.product import Skybridge
from measure import Watch, forget_peak, peak_mib
from source import work


class Server:
    """`skybridge serve` on an empty data folder, with one configuration that nothing starts but us."""

    def __init__(self, binary, source, name):
        self.folder = work() / f"server-{name}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.product = Skybridge(binary, self.folder / "data", self.folder / "serve.log").start()
        self.pid = self.product.process.pid
        connection = {"url": source.url, "bindDn": source.account[0], "bindPassword": {"value": source.account[1]}}
        if source.base:
            connection["baseDn"] = source.base
        self.product.apply({
            "domains": [{"name": "bench", "connection": connection}],
            "targets": [{"name": "directory", "kind": "builtIn"}],
            "configurations": [{"name": "bench", "domain": "bench", "target": "directory", "enabled": True,
                                "schedule": "P30D"}]})
        self.api = self.product.api()
        with Watch(self.pid) as self.first_watch:
            self.first_counts = self._await(self._latest())

    def database(self):
        return next((self.folder / "data").glob("*.db"))

    def _latest(self):
        """The cycle that enabling the configuration started."""
        while True:
            cycles = self.api.get("/api/v1/configurations/bench/cycles?limit=1")["items"]
            if cycles:
                return cycles[0]["id"]
            time.sleep(0.05)

    def _await(self, cycle, pause=0.25):
        """Waits for the end. Asking is work for the server too: seldom for long cycles, after a while for short ones."""
        while True:
            time.sleep(pause)
            found = self.api.get(f"/api/v1/cycles/{cycle}")
            if found["state"] not in ("running", "queued"):
                if found["state"] not in ("Succeeded", "EntryLevelErrors"):
                    raise RuntimeError(f"the cycle ended as {found['state']}: {found.get('problem')}")
                return found["counts"]

    def run(self, full=False, pause=0.25):
        """One cycle: what was watched, and its counts."""
        with Watch(self.pid) as watch:
            cycle = self.api.request("POST", "/api/v1/configurations/bench/cycles", {"full": full})["id"]
            counts = self._await(cycle, pause)
        return watch, counts

    def unchanged(self, times):
        """CPU seconds of one cycle without a change, and of one such wait in which nothing is asked for."""
        with Watch(self.pid) as idle:
            for _ in range(times):
                time.sleep(0.1)
                self.api.get("/api/v1/configurations/bench/cycles?limit=1")
        with Watch(self.pid) as busy:
            for _ in range(times):
                self.run(pause=0.1)
        return busy.cpu / times, idle.cpu / times

    def peak(self):
        return peak_mib(self.pid)

    def forget_peak(self):
        forget_peak(self.pid)

    def stop(self):
        self.product.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
