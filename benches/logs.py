"""The log page over HTTP on a log of many records while a cycle writes, beside LIKE in the same run.

logs.py [RECORDS [SAMPLES]]      default 10000000 200. The data folder takes some 0.8 GB a million and is deleted afterwards.
"""
import http.client
import random
import secrets
import shutil
import sqlite3
import statistics
import threading
import time
import urllib.parse
from pathlib import Path

from forest import Forest
from measure import Goals, measured, wanted
from product import Server
from source import work

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target" / "release"
EXAMPLES = RELEASE / "examples"
PEOPLE = 20_000
USER, COLUMNS = "bench", ("source_id", "source_display_name", "source_name", "target_id", "target_display_name",
                          "target_name", "error_code", "error_reason")


class Browser:
    """One signed-in connection that asks as a browser does."""

    def __init__(self, product, password):
        self.connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
        self.host = f"127.0.0.1:{product.port}"
        self.cookie = None
        form = urllib.parse.urlencode({"username": USER, "password": password})
        status, headers, _ = self._ask("POST", "/sign-in", form)
        if status != 303:
            raise RuntimeError(f"sign-in was answered {status}")
        self.cookie = headers.get("Set-Cookie").split(";")[0]

    def _ask(self, method, path, body=None):
        headers = {"Accept": "text/html", "Accept-Encoding": "br, gzip", "Origin": f"http://{self.host}",
                   "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def page(self, path):
        """Milliseconds of a whole page, and its bytes on the wire."""
        begun = time.perf_counter()
        status, _, body = self._ask("GET", path)
        took = (time.perf_counter() - begun) * 1000
        if status != 200:
            raise RuntimeError(f"{path} was answered {status}")
        return took, len(body)


class Writer(threading.Thread):
    """Cycles, one after the other, each with changes to write."""

    def __init__(self, server, forest):
        super().__init__(daemon=True)
        self.server, self.forest, self.ended = server, forest, threading.Event()
        self.cycles = self.written = 0
        self.failed = None

    def run(self):
        try:
            while not self.ended.is_set():
                self.forest.tell("titles", 2000, f"Round-{self.cycles}")
                _, counts = self.server.run(pause=0.05)
                self.cycles += 1
                self.written += counts["updated"]
        except Exception as error:  # told by the main thread
            self.failed = error


def samples(database, records, count):
    """Texts that people look for, taken from records all over the log."""
    chance = random.Random(7)
    rows = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        while len(rows) < count:
            row = connection.execute("SELECT target_name, source_id, hex(change_id) FROM records WHERE id >= ? AND kind = 'user'"
                                     " LIMIT 1", (chance.randrange(1, records),)).fetchone()
            rows.append(row)
    return rows


def part(text, start, length):
    return text[start:start + length]


def questions(rows):
    """The classes of pages: name, whether it is one of the goals' three, and the addresses."""
    quote = urllib.parse.quote
    user = [quote(part(name, 3, 14)) for name, _, _ in rows]
    changes = [c[:8] + "-" + c[8:12] + "-" + c[12:16] + "-" + c[16:20] + "-" + c[20:] for _, _, c in map(lambda r: (r[0], r[1], r[2].lower()), rows)]
    return [
        ("rare text: 14 characters of a user name", True, [f"/logs?q={text}" for text in user]),
        ("rare text: 10 digits of an object id", True, [f"/logs?q={part(i, 24, 10)}" for _, i, _ in rows]),
        ("rare text: a whole change id", True, [f"/logs?q={c}" for c in changes]),
        ("rare text: no hit", True, [f"/logs?q=qx{n:04}zzv" for n in range(len(rows))]),
        ("text and facets: user name, failure", True, [f"/logs?q={text}&status=failure" for text in user]),
        ("text and facets: user name, update, success, 30 days", True,
         [f"/logs?q={text}&action=update&status=success&since=30d" for text in user]),
        ("text and facets: common word, failure, one code", True,
         ["/logs?q=schneider&status=failure&error=TimeOut", "/logs?q=sales&status=failure&action=delete"] * (len(rows) // 2)),
        ("newest", True, ["/logs"] * len(rows)),
        ("newest failures", True, ["/logs?status=failure"] * len(rows)),
        ("a common word", False, ["/logs?q=schneider", "/logs?q=corp.example"] * (len(rows) // 2)),
        ("two common words", False, ["/logs?q=anna+berg", "/logs?q=sales+engineer"] * (len(rows) // 2)),
        ("a common word and three rare facets", False,
         ["/logs?q=schneider&action=stageddelete&status=failure&type=group"] * (len(rows) // 4)),
        ("last 7 days, by facets", False, ["/logs?since=7d&action=create"] * (len(rows) // 2)),
    ]


def ask(browser, classes):
    """All classes in turn, so that what disturbs one disturbs all."""
    times = {name: [] for name, _, _ in classes}
    sizes = {name: 0 for name, _, _ in classes}
    for place in range(max(len(paths) for _, _, paths in classes)):
        for name, _, paths in classes:
            if place < len(paths):
                took, size = browser.page(paths[place])
                times[name].append(took)
                sizes[name] = max(sizes[name], size)
    return times, sizes


def like(database, rows, times):
    """The same texts by LIKE over the same columns: milliseconds each."""
    condition = " OR ".join(f"{column} LIKE :text" for column in COLUMNS)
    taken = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for name, _, _ in rows[:times]:
            begun = time.perf_counter()
            connection.execute(f"SELECT * FROM records WHERE {condition} ORDER BY id DESC LIMIT 50",
                               {"text": f"%{part(name, 3, 14)}%"}).fetchall()
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def at(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def logging_cost(goals):
    """CPU of a first cycle with its records and without, in turn."""
    forest = Forest(EXAMPLES / "forest", PEOPLE, 200, 5000)
    spent = {"full": [], "unlogged": []}
    try:
        for _ in range(3):
            for kind, words in (("full", ["full"]), ("unlogged", ["unlogged", "full"])):
                database = work() / "cost.db"
                for file in work().glob("cost.db*"):
                    file.unlink()
                _, _, text = measured([EXAMPLES / "cycle", database, forest.url, *forest.account, *words])
                spent[kind].append(float(text.split("processor ")[1].split(" s")[0]))
    finally:
        forest.down()
        for file in work().glob("cost.db*"):
            file.unlink()
    logged, bare = statistics.median(spent["full"]), statistics.median(spent["unlogged"])
    print(f"first cycle of {PEOPLE} people: {logged:.2f} s CPU with its records, {bare:.2f} s without ({spent})")
    goals.add("L3 CPU that logging adds to a first cycle", (logged / bare - 1) * 100, 35, " %")


def main():
    records, count = wanted(__doc__, int, int, fewest=0)
    records, count = records or 10_000_000, count or 200
    goals = Goals()
    print(f"== Log search: {records} records", flush=True)
    forest = Forest(EXAMPLES / "forest", PEOPLE, 100, 1000)
    server = Server(RELEASE / "skybridge", forest, "logs")
    try:
        database = server.database()
        server.product.stop()
        _, cpu, text = measured([EXAMPLES / "fill_log", database, records])
        told = dict(line.split() for line in text.splitlines())
        print(f"filled in {told['wall']} s, {cpu / records * 1e6:.0f} us CPU a record, "
              f"{int(told['bytes']) / records:.0f} bytes a record", flush=True)
        search(server, forest, database, records, count, goals)
    finally:
        server.stop()
        forest.down()
    logging_cost(goals)
    goals.show()


def search(server, forest, database, records, count, goals):
    server.product.start()
    server.pid = server.product.process.pid
    password = secrets.token_urlsafe(18)
    server.product.command("account", "create", "--username", USER, "--role", "reader", "--data", server.product.data,
                           "--password-stdin", stdin=password)
    rows = samples(database, records, count)
    browser = Browser(server.product, password)
    classes = questions(rows)
    ask(browser, [(name, goal, paths[:2]) for name, goal, paths in classes])
    writer = Writer(server, forest)
    writer.start()
    times, sizes = ask(browser, classes)
    slow = like(database, rows, 3)
    writer.ended.set()
    writer.join()
    if writer.failed:
        raise writer.failed
    print(f"meanwhile {writer.cycles} cycles wrote {writer.written} updates")
    print(f"{'page':<56}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}{'kB':>7}{'LIKE / p50':>12}")
    for name, goal, _ in classes:
        p50, p99, most = (at(times[name], share) for share in (0.5, 0.99, 1.0))
        ratio = f"{statistics.median(slow) / p50:>10.0f} x" if name.startswith("rare") else ""
        print(f"{name:<56}{p50:>9.1f}{p99:>9.1f}{most:>9.1f}{sizes[name] / 1000:>7.1f}{ratio:>12}", flush=True)
        if goal:
            goals.add(f"L2 p99 of {name}", p99, 50, " ms")
    rare = [value for name, _, _ in classes if name.startswith("rare") for value in times[name]]
    print(f"LIKE over {len(COLUMNS)} columns: median {statistics.median(slow):.0f} ms")
    goals.at_least("L1 LIKE over the whole page of a rare text, medians", statistics.median(slow) / at(rare, 0.5), 200, " x")


main()
