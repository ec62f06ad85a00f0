"""Mail against a server that nobody here wrote: sent with STARTTLS and TLS, refused in its own words, kept through an
outage and a crash, and read back from the mailboxes."""
import email
import email.policy
import imaplib
import time

from . import services
from .product import Skybridge, free_port

PEOPLE = ["ops@example.org", "night.shift@example.org"]


def run(report, binary, work):
    post = services.mail()
    product = Skybridge(binary, work / "mail-data", work / "mail-serve.log").start()
    try:
        product.apply({
            "domains": [{"name": "nowhere.test", "kind": "ldap", "connection": {
                "url": f"ldap://127.0.0.1:{free_port()}", "bindDn": "cn=sync", "bindPassword": {"value": "x"}}}],
            "targets": [{"name": "directory", "kind": "builtIn"}],
            "configurations": [{"name": "nowhere to directory", "domain": "nowhere.test", "target": "directory", "enabled": True}],
        })
        for scheme, port in (("smtp", post["SMTP"]), ("smtps", post["SMTPS"])):
            with report.check(f"a test message arrives through {scheme}, with a password and a certificate of our own"):
                settings(product, post, scheme, port)
                sent = product.api().request("POST", "/api/v1/settings/mail/test", {"to": f"{scheme}@example.org"})
                assert sent["state"] == "sent" and sent["answer"].startswith("2"), sent
                message, = mailbox(post, f"{scheme}@example.org")
                assert message["Subject"] == "Skybridge: Test message", message["Subject"]
                assert product.url in message.get_body(("plain",)).get_content()
                assert f'href="{product.url}/mail"' in message.get_body(("html",)).get_content()
        with report.check("a wrong password and a strange certificate are told in words, and nothing is sent"):
            for change, word in (({"password": {"value": "wrong"}}, "535"), ({"caPem": None}, "certificate")):
                settings(product, post, "smtps", post["SMTPS"], change)
                tried = product.api().request("POST", "/api/v1/settings/mail/test", {"to": "nobody@example.org"})
                assert tried["state"] == "givenUp" and word in tried["answer"].lower(), tried
            assert mailbox(post, "nobody@example.org") == []
        with report.check("a message waits through the outage of the mail server and the death of the product"):
            settings(product, post, "smtp", post["SMTP"])
            services.recipe("mail", "down")
            told(product)
            # Whoever is killed in the middle of an attempt waits longer: nobody knows what became of that one.
            tried = lambda rows: len(rows) >= len(PEOPLE) and all(row["state"] == "waiting" and row["attempts"] for row in rows)
            wait(lambda: tried(deliveries(product)), 40)
            product.kill()
            product.start()
            services.recipe("mail", "up")
            wait(lambda: all(row["state"] == "sent" for row in deliveries(product)), 90)
        with report.check("it is in each mailbox once, and the history says what the server answered"):
            for person in PEOPLE:
                found = [m for m in mailbox(post, person) if "was disabled" in m["Subject"] or "things happened" in m["Subject"]]
                assert len(found) == 1, f"{person}: {[m['Subject'] for m in found]}"
                assert found[0]["Message-ID"] and found[0]["Auto-Submitted"] == "auto-generated"
            assert all(row["answer"] for row in deliveries(product))
    finally:
        product.stop()
        services.recipe("mail", "down")


def settings(product, post, scheme, port, change=None):
    mail = {"smtpUrl": f"{scheme}://localhost:{port}", "from": "skybridge@example.org", "username": post["USERNAME"],
            "password": {"value": post["PASSWORD"]}, "caPem": (services.WORK / "ca" / "ca.pem").read_text(encoding="utf-8"),
            "recipients": PEOPLE} | (change or {})
    mail = {name: value for name, value in mail.items() if value is not None}
    product.api().request("PATCH", "/api/v1/settings", {"mail": mail})


def told(product):
    """Disables the configuration until a message about it is queued: what was so before the first look is no news."""
    for _ in range(3):
        for enabled in (True, False):
            product.api().request("PATCH", "/api/v1/configurations/nowhere%20to%20directory", {"enabled": enabled})
        try:
            return wait(lambda: [row for row in deliveries(product) if row["event"] == "configurationDisabled"], 15)
        except AssertionError:
            pass
    raise AssertionError("nobody was told")


def deliveries(product):
    """Those of events, newest first."""
    return [row for row in product.api().every("/api/v1/mailDeliveries") if row["event"] != "test"]


def wait(probe, seconds):
    end = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.3)
    return found


def mailbox(post, address):
    box = imaplib.IMAP4("127.0.0.1", int(post["IMAP"]))
    try:
        box.login(address, post["PASSWORD"])
        box.select("INBOX")
        numbers = box.search(None, "ALL")[1][0].split()
        texts = [box.fetch(number, "(RFC822)")[1][0][1] for number in numbers]
        return [email.message_from_bytes(text, policy=email.policy.default) for text in texts]
    finally:
        box.logout()
