"""The seed of a run: E2E_SEED, a number or `random`."""
import os
import random


def asked(otherwise="random"):
    text = os.environ.get("E2E_SEED") or str(otherwise)
    return random.randrange(10**6) if text == "random" else int(text)
