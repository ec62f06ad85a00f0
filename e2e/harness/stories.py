"""Thirty and more troubles, each walked from the Overview page to its reason (e2e/stories)."""
from . import services
from .story_world import World
from .walks import account, walk


def run(report, binary, work):
    world = World(binary, work)
    try:
        with report.check("a small company, its services and its agents are there, and the first cycles have run"):
            world.begin()
        with report.check("the troubles of the stories are made"):
            world.troubles()
            world.settled()
        walk(report, world.product, "stories", account(world.product), concurrency=3)
    finally:
        world.stop()
        for name in ("slapd", "scim2", "mail"):
            services.recipe(name, "down")
