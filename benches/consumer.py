"""A second slapd that follows the first with syncrepl: what another implementation in C takes for the same."""
import shutil
import subprocess
import time

from harness.product import free_port
from measure import Watch, cpu_of
from source import work


class Consumer:
    """An OpenLDAP replica with the same backend and indexes, polling every two seconds."""

    def __init__(self, source):
        self.source, self.folder = source, work() / "consumer"
        self.url = f"ldap://127.0.0.1:{free_port()}/"
        self.process = None

    def __enter__(self):
        self.wipe()
        (self.folder / "db").mkdir(parents=True)
        schemas = "\n".join(f"include /etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "inetorgperson"))
        (self.folder / "slapd.conf").write_text(f"""{schemas}
pidfile {self.folder}/slapd.pid
argsfile {self.folder}/slapd.args
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel none
database mdb
suffix {self.source.base}
rootdn {self.source.account[0]}
directory {self.folder}/db
maxsize 8589934592
dbnosync
index objectClass,entryUUID,entryCSN,uid,cn,member eq
syncrepl rid=001 provider={self.source.url} type=refreshOnly interval=00:00:00:02 retry="1 +" bindmethod=simple
  binddn="{self.source.account[0]}" credentials={self.source.account[1]} searchbase="{self.source.base}"
access to * by * read
""")
        self.process = subprocess.Popen(["slapd", "-d", "0", "-h", self.url, "-f", str(self.folder / "slapd.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.wipe()

    def wipe(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mark(self, url):
        done = subprocess.run(["ldapsearch", "-x", "-LLL", "-H", url, "-D", self.source.account[0], "-w",
                               self.source.account[1], "-s", "base", "-b", self.source.base, "contextCSN"]
                              if url == self.source.url else
                              ["ldapsearch", "-x", "-LLL", "-H", url, "-s", "base", "-b", self.source.base, "contextCSN"],
                              capture_output=True, text=True, check=False)
        return next((line for line in done.stdout.splitlines() if line.startswith("contextCSN:")), None)

    def catch_up(self, seconds=1200):
        """Wall and CPU seconds until it holds what the provider holds. Looking costs it a little itself."""
        wanted, end = self._mark(self.source.url), time.monotonic() + seconds
        with Watch(self.process.pid) as watch:
            while wanted is None or self._mark(self.url) != wanted:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError("the syncrepl consumer did not catch up")
                time.sleep(0.5)
        return watch.wall, watch.cpu

    def initial(self):
        """From its start on."""
        wall, _ = self.catch_up()
        return wall, cpu_of(self.process.pid)
