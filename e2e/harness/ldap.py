"""A directory seen through OpenLDAP's own tools (ldapsearch, ldapmodify): the independent side of every comparison."""
import os
import re
import subprocess
import tempfile
import uuid

from . import ldif

SHOW_DELETED = "1.2.840.113556.1.4.417"
RANGE = re.compile(r"^(?P<name>[^;]+);range=(?P<first>\d+)-(?P<last>\d+|\*)$")


class LdapError(Exception):
    """A tool ended with an error; its own words are the message."""


class Directory:
    """One server, known by the .env file that its recipe wrote."""

    def __init__(self, env_file, kind):
        self.kind = kind  # "ad" or "ldap"
        self.env = read_env(env_file)
        self.base = self.env["BASE"]

    def _tool(self, command, *arguments, stdin=None):
        with tempfile.NamedTemporaryFile("w", prefix="e2e-") as secret:
            secret.write(self.env["ADMIN_PASSWORD"])
            secret.flush()
            done = subprocess.run(
                [command, "-x", "-H", self.env["URL"], "-D", self.env["ADMIN_DN"], "-y", secret.name, *arguments],
                input=stdin, capture_output=True, env=os.environ | {"LDAPTLS_CACERT": self.env["CA"]}, check=False,
            )
        if done.returncode != 0:
            said = done.stdout.decode().strip().splitlines()[-1:] if command == "ldapmodify" else []
            raise LdapError(f"{command} {' '.join(arguments)}: {done.stderr.decode().strip()} {' '.join(said)}")
        return done.stdout.decode()

    def search(self, base=None, query="(objectClass=*)", scope="sub", attributes=("*",)):
        """All entries, paged, multi-valued attributes complete even where the server hands them out in ranges."""
        output = self._tool(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-E", "!pr=500/noprompt", "-b", base or self.base, "-s", scope,
            query, *attributes,
        )
        return [(dn, self._complete(dn, values)) for dn, values in ldif.parse(output)]

    def deleted(self):
        """What Active Directory's recycle bin holds: names by objectGUID."""
        output = self._tool(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-E", "!pr=500/noprompt", "-E", f"!{SHOW_DELETED}", "-b",
            f"CN=Deleted Objects,{self.base}", "-s", "one", "(isDeleted=TRUE)", "objectGUID",
        )
        return {str(uuid.UUID(bytes_le=values["objectguid"][0])): dn for dn, values in ldif.parse(output)}

    def _complete(self, dn, attributes):
        for key in [name for name in attributes if RANGE.match(name)]:
            found = RANGE.match(key)
            name, values, last = found["name"], attributes.pop(key), found["last"]
            while last != "*":
                output = self._tool(
                    "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", dn, "-s", "base", "(objectClass=*)",
                    f"{name};range={int(last) + 1}-*",
                )
                (_, more), = ldif.parse(output)
                part = next(key for key in more if RANGE.match(key))
                values += more[part]
                last = RANGE.match(part)["last"]
            attributes[name] = values
        return attributes

    def modify(self, text):
        """Applies LDIF change records, all or an error."""
        self._tool("ldapmodify", stdin=text.encode())


def read_env(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
