"""kill -9 at twenty random moments of cycles, then one undisturbed cycle (issue: "nothing lost and nothing twice")."""
import random
import time

from . import logs, services
from .mutate import Day
from .product import ApiError, Skybridge
from .report import none
from .setup import Pair, document

KILLS = 20


def run(report, binary, work, seed, sizes=(400, 40, 200)):
    print(f"kill test with seed {seed} (repeat with E2E_SEED={seed})", flush=True)
    rng = random.Random(seed)
    directory = services.directory("ad", *sizes)
    pairs = [Pair(directory, "directory"), Pair(directory, "scim2-server", services.scim("scim2"))]
    data = work / "kill-data"
    product = Skybridge(binary, data, work / "kill-serve.log")
    product.log.unlink(missing_ok=True)
    product.start()
    product.apply(document(pairs))
    ids = {row["name"]: row["id"] for row in product.api().every("/api/v1/configurations")}
    hit = 0
    with report.check(f"serve starts again after each of {KILLS} kills"):
        hit = disturb(rng, product, pairs, ids, directory)
    try:
        finish(report, product, pairs, ids, hit)
    finally:
        product.stop()


def disturb(rng, product, pairs, ids, directory):
    """Kills within cycles; how many of the kills met a running one."""
    hit = 0
    for number in range(KILLS):
        # The first kills fall into the first load, the later ones into cycles with a working day to carry over.
        if number >= KILLS // 2:
            Day(directory, rng.random(), 3).run()
        for pair in pairs:
            begin(product, ids[pair.name])
        time.sleep(rng.uniform(0.0, 1.1 * usual(product, ids)))
        hit += any(running(product, ids[pair.name]) for pair in pairs)
        product.kill()
        product.start()
    return hit


def usual(product, ids):
    """How long a cycle takes here, in seconds: a kill at a random moment of it is the point."""
    took = [row["durationInMilliseconds"] for name in ids.values()
            for row in product.api().get(f"/api/v1/configurations/{name}/cycles?limit=10")["items"]
            if row["state"] == "Succeeded"]
    return min(sorted(took)[len(took) // 2] / 1000, 3.0) if took else 1.3


def begin(product, configuration):
    try:
        product.api().request("POST", f"/api/v1/configurations/{configuration}/cycles", {"full": True})
    except ApiError as error:
        # A cycle that was cut off may be due again by itself and run already.
        if " 409 " not in str(error):
            raise


def running(product, configuration):
    cycles = product.api().get(f"/api/v1/configurations/{configuration}/cycles?limit=1")["items"]
    return bool(cycles) and cycles[0]["state"] == "running"


def finish(report, product, pairs, ids, hit):
    with report.check("most of the kills met a running cycle"):
        print(f"        {hit} of {KILLS} kills met a running cycle", flush=True)
        assert hit >= KILLS // 2, f"only {hit} of {KILLS}: the kill test proves little, its pauses need another range"
    for pair in pairs:
        with report.check(f"{pair.name}: one undisturbed cycle after {KILLS} kills makes both sides equal, nothing twice"):
            product.run(pair.name)
            pair.compare(product)
        rows = logs.records(product.api(), ids[pair.name])
        with report.check(f"{pair.name}: after {KILLS} kills the log has exactly one Create for every object"):
            none(logs.creations(rows, pair.held(product)), "contradictions")
        if pair.scim_env:
            with report.check(f"{pair.name}: after {KILLS} kills the log agrees with the server's own list of writes"):
                none(logs.scim_writes(rows, pair.answered_writes()), "contradictions")
