"""Starts and fills the real servers through their recipes in e2e/services."""
import os
import subprocess
from pathlib import Path

from .generate import write
from .ldap import Directory, read_env

E2E = Path(__file__).resolve().parent.parent
WORK = Path(os.environ.get("E2E_WORK") or E2E / ".work")


def recipe(name, *arguments):
    subprocess.run([E2E / "services" / f"{name}.sh", *map(str, arguments)], check=True)


def directory(kind, users, groups, biggest, seed=1):
    """A fresh server of the kind with a fresh company in it."""
    name = {"ad": "samba", "ldap": "slapd"}[kind]
    recipe(name, "wipe")
    recipe(name, "up")
    found = Directory(WORK / f"{name}.env", kind)
    file = WORK / f"{name}.ldif"
    with file.open("w", encoding="utf-8") as out:
        write(kind, found.base, users, groups, biggest, seed, out)
    recipe(name, "load", file)
    return found


def scim(name):
    """A fresh, empty SCIM server: its address, its token and the file of the writes it answered."""
    recipe(name, "down")
    recipe(name, "up")
    return read_env(WORK / f"{name}.env")


def mail():
    """A fresh mail server with empty mailboxes: its ports, name and password."""
    recipe("mail", "wipe")
    recipe("mail", "up")
    return read_env(WORK / "mail.env")


def provider(callback):
    """A fresh OpenID Connect provider that knows one client: its address, the client and its secret."""
    recipe("oidc", "down")
    recipe("oidc", "up", callback)
    return read_env(WORK / "oidc.env")


def controllers(domain, *hosts):
    """A name server with the service records of a domain: each a host, or a host=address."""
    recipe("dns", "down")
    recipe("dns", "up", domain, *hosts)
    return [str(E2E / "services" / "dns.sh"), "with"]


def stop_all():
    for name in ("samba", "slapd", "scim2", "scimmy", "mail", "oidc", "dns"):
        recipe(name, "down")
