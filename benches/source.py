"""slapd with the invented company and content synchronisation (RFC 4533), and what changes in it."""
import os
import subprocess
import tempfile
from pathlib import Path

from harness import services
from harness.generate import write
from harness.ldap import Directory


class Source:
    """A provider with so many people and groups, one group far larger than the others."""

    def __init__(self, users, groups, biggest):
        self.users = users
        services.recipe("slapd", "wipe")
        services.recipe("slapd", "up")
        services.recipe("slapd", "down")
        self._offer_changes(services.WORK / "slapd" / "slapd.conf")
        self.directory = Directory(services.WORK / "slapd.env", "ldap")
        file = services.WORK / "slapd.ldif"
        with file.open("w", encoding="utf-8") as out:
            write("ldap", self.directory.base, users, groups, biggest, 1, out)
        services.recipe("slapd", "up")
        services.recipe("slapd", "load", file)
        self.names = self._names(file)
        file.unlink()
        env = self.directory.env
        self.url, self.base = env["PLAIN_URL"], self.directory.base
        self.account = env["ADMIN_DN"], env["ADMIN_PASSWORD"]

    @staticmethod
    def _offer_changes(conf):
        text = conf.read_text()
        if "overlay syncprov" not in text:
            text = text.replace("moduleload back_mdb", "moduleload back_mdb\nmoduleload syncprov", 1)
            text = text.replace("maxsize 2147483648", "maxsize 8589934592")
            conf.write_text(text + "overlay syncprov\nsyncprov-sessionlog 200000\n")

    @staticmethod
    def _names(file):
        """Names of the people, as the file spells them."""
        names = []
        with file.open(encoding="utf-8") as lines:
            dn = None
            for line in lines:
                if line.startswith("dn"):
                    dn = line.rstrip("\n")
                elif line.startswith("objectClass: inetOrgPerson") and dn:
                    names.append(dn)
                    dn = None
                elif line == "\n":
                    dn = None
        return names

    def search(self, *more):
        """ldapsearch for everything, all attributes, in pages of 1,000, over plain LDAP on loopback."""
        return ["ldapsearch", "-x", "-LLL", "-H", self.url, "-D", self.account[0], "-w", self.account[1], "-b", self.base,
                "-E", "pr=1000/noprompt", "(objectClass=*)", "*", "+", *more]

    def change_titles(self, count, word):
        """Another title for people spread over the whole company."""
        step = max(1, self.users // count)
        changes = [f"{name}\nchangetype: modify\nreplace: title\ntitle: {word} {place}\n"
                   for place, name in enumerate(self.names[: count * step : step])]
        with tempfile.NamedTemporaryFile("w", suffix=".ldif") as file:
            file.write("\n".join(changes))
            file.flush()
            subprocess.run(["ldapmodify", "-x", "-H", self.url, "-D", self.account[0], "-w", self.account[1], "-f",
                            file.name], check=True, stdout=subprocess.DEVNULL, env=os.environ)
        return len(changes)

    @staticmethod
    def down():
        services.recipe("slapd", "down")
        services.recipe("slapd", "wipe")


def work():
    return Path(services.WORK)
