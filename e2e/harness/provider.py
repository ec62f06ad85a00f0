"""Sign-in at an OpenID Connect provider that nobody here wrote, through its own pages, in Chromium."""
from . import services
from .product import Skybridge
from .walks import account, walk


def run(report, binary, work):
    product = Skybridge(binary, work / "provider-data", work / "provider-serve.log").start()
    try:
        found = services.provider(f"{product.url}/sign-in/openid/return")
        password = account(product)
        with report.check("a provider is applied like every setting, and its secret is not exported"):
            product.apply({"settings": {"signIn": {
                "issuer": found["ISSUER"], "clientId": found["CLIENT"], "clientSecret": {"value": found["SECRET"]},
                "label": "Example", "administrators": ["Admins"], "readers": ["Staff"]}}})
            exported = product.command("export", "--server", product.url)
            assert found["ISSUER"] in exported and found["SECRET"] not in exported, exported
        walk(report, product, "provider", password, concurrency=1, more=found)
        with report.check("the audit log says who came from where, and who was refused"):
            entries = list(product.api().every("/api/v1/auditLogs"))
            seen = {(entry["activityDisplayName"], entry["target"]) for entry in entries}
            wanted = {("account.create", "anna-js"), ("session.create", "anna-js"), ("session.refused", "nobody-js"),
                      ("account.setRole", "carl-js"), ("account.delete", "carl-js")}
            assert wanted <= seen, wanted - seen
    finally:
        product.stop()
        services.recipe("oidc", "down")
