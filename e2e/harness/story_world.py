"""The portal of the troubleshooting stories: its document, and the troubles that are made with real means."""
import threading
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import HTTPServer
from urllib.parse import quote

from . import services
from .agents import Agent, AgentRefused
from .bad import Html
from .ldap import Directory
from .mail import settings, wait
from .product import Api, Skybridge, free_port
from .setup import scim_target
from .story_company import MAIL, Company

# Nobody is waited for but those who are killed here; a busy machine must not make the healthy agent look late.
PATIENCE = ("--agent-beat-seconds", "1", "--agent-status-seconds", "10", "--agent-missed-beats", "10",
            "--agent-inactive-seconds", "12")
# Alerts open at once: how long each waits otherwise is tested elsewhere.
AT_ONCE = ("directoryUnreachable", "targetUnreachable", "noAgents", "fewAgents", "agentInactive", "failureRate")
WAREHOUSE = "Warehouse to warehouse"
SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class World:
    """slapd with the company, a SCIM server, a mail server, a page that is no SCIM, and the product."""

    def __init__(self, binary, work):
        self.work = work
        self.company_server()
        self.scim = services.scim("scim2")
        self.post = services.mail()
        self.page = HTTPServer(("127.0.0.1", 0), Html)
        threading.Thread(target=self.page.serve_forever, daemon=True).start()
        self.product = Skybridge(binary, work / "stories-data", work / "stories-serve.log")
        self.product.log.unlink(missing_ok=True)
        self.agents = []

    def company_server(self):
        services.recipe("slapd", "wipe")
        services.recipe("slapd", "up")
        self.directory = Directory(services.WORK / "slapd.env", "ldap")
        self.company = Company(self.directory.base)
        file = services.WORK / "stories.ldif"
        file.write_text(self.company.ldif(), encoding="utf-8")
        services.recipe("slapd", "load", file)

    def stop(self):
        for agent in self.agents:
            if agent.process:
                agent.kill()
        self.product.stop()
        self.page.shutdown()

    # What is configured.

    def domain(self, name, **more):
        env = self.directory.env
        connection = {"url": env["URL"], "bindDn": env["READER_DN"], "bindPassword": {"value": env["READER_PASSWORD"]},
                      "caFile": env["CA"]} | more
        connection = {key: value for key, value in connection.items() if value is not None}
        return {"name": name, "kind": "ldap", "connection": connection}

    def configuration(self, name, domain, *units, target="directory", **more):
        scope = {"organizationalUnits": [self.company.unit(unit) for unit in units]} | more.pop("scope", {})
        return {"name": name, "domain": domain, "target": target, "enabled": True, "scope": scope, "schedule": "PT12H",
                "fullSchedule": "P7D"} | more

    def document(self):
        company, nowhere = self.company, f"http://127.0.0.1:{free_port()}/scim/v2"
        houses = {"office.test": "Office", "trade.test": "Trade", "consulting.test": "Consulting", "school.test": "School",
                  "logistics.test": "Logistics", "works.test": "Works", "sites.test": "Sites", "forest-one.test": "Twins",
                  "forest-two.test": "Twins"}
        domains = [self.domain(name, baseDn=company.unit(path)) for name, path in houses.items()] + [
            self.domain("payroll.test", bindPassword={"value": "last year's"}),
            self.domain("branch.test", url=f"ldaps://127.0.0.1:{free_port()}"),
            self.domain("partner.test", caFile=None),
            self.domain("archive.test", baseDn=f"ou=Archive,{self.directory.base}"),
            {"name": "plant.test", "kind": "ldap"},
            {"name": "depot.test", "kind": "ldap"},
        ]
        targets = [
            {"name": "directory", "kind": "builtIn"},
            scim_target("warehouse app", self.scim),
            scim_target("payslip app", self.scim | {"TOKEN": "expired"}),
            scim_target("badge app", {"URL": nowhere, "TOKEN": "x"}),
            scim_target("parking app", {"URL": f"http://127.0.0.1:{self.page.server_port}/scim", "TOKEN": "x"}),
        ]
        of = self.configuration
        configurations = [
            of("Payroll to directory", "payroll.test"), of("Branch to directory", "branch.test"),
            of("Partner to directory", "partner.test"), of("Archive to directory", "archive.test"),
            of("Plant to directory", "plant.test"), of("Depot to directory", "depot.test"),
            of("Payslips", "sites.test", "Sites/Spare", target="payslip app"),
            of("Badges", "sites.test", "Sites/Spare", target="badge app"),
            of("Parking", "sites.test", "Sites/Spare", target="parking app"),
            of("Winter to directory", "works.test", "Works/Winter", accidentalDeletes={"threshold": 2}),
            of("Harvest to directory", "works.test", "Works/Harvest", accidentalDeletes={"threshold": 2}),
            of("Spring to directory", "works.test", "Works/Spring"), of("Summer to directory", "works.test", "Works/Summer"),
            of("Autumn to directory", "works.test", "Works/Autumn"),
            of("Island to directory", "sites.test", "Sites/Island"), of("North to directory", "sites.test", "Sites/North"),
            of("Choir to directory", "sites.test", scope={"groups": [company.group_dn("Choir singers", "Sites/Groups")]}),
            of("Twins one to directory", "forest-one.test"),
            of("Students to directory", "school.test", mappings={"user": BORN}),
            of("Porters to warehouse", "logistics.test", "Logistics/Porters", target="warehouse app", mappings={"user": NUMBERED}),
            of(WAREHOUSE, "logistics.test", "Logistics/Warehouse", target="warehouse app", matching={"softMatch": True}),
            of("Sales to directory", "trade.test", scope={"groups": [company.group_dn("Sales team", "Trade/Groups")]}),
            of("Consultants to directory", "consulting.test", scope={"filters": [
                [{"attribute": "employeeType", "operator": "EQUALS", "value": "consultant"}]]}),
            of("Staff to directory", "office.test", "Office/Staff"),
        ]
        return {"domains": domains, "targets": targets, "configurations": configurations}

    # What happens.

    def begin(self):
        self.product.start(*PATIENCE)
        rules = [{"kind": kind, "openAfterMinutes": 0} for kind in AT_ONCE]
        rules.append({"kind": "diskNearlyFull", "openAfterMinutes": 0, "threshold": 1})
        self.product.api().request("PUT", "/api/v1/alertRules", {"rules": rules})
        wanted = self.document()
        self.product.apply({"domains": wanted["domains"]})
        self.enrol()
        # An account of the service that nobody of the source is linked to, and one that Lena had before us.
        self.service("POST", "/Users", {"schemas": [SCIM_USER], "userName": "robot", "displayName": "Parcel robot"})
        self.service("POST", "/Users", {"schemas": [SCIM_USER], "userName": "lena.linked", "displayName": "Lena L."})
        self.product.apply(wanted)
        self.first_cycles()
        # Who comes second meets what the first one keeps.
        self.product.apply({"configurations": [self.configuration("Twins two to directory", "forest-two.test")]})
        self.first_cycles()

    def first_cycles(self):
        """Whatever is enabled runs by itself; well, with failed objects, or not."""
        statuses = lambda: [row["status"] for row in self.product.api().every("/api/v1/configurations")]
        wait(lambda: all(status["lastExecution"] and not status["currentCycleId"] for status in statuses()), 60)

    def enrol(self):
        """One agent that lives and one that died of depot.test, and one that was never started."""
        def agent(name):
            made = Agent(self.product, name, self.directory, self.product.url, self.work / "stories-data" / name, "depot.test",
                         self.company.unit("Depot"))
            self.agents.append(made)
            return made
        lives, dies, _ = agent("depot-lives"), agent("depot-died"), agent("depot-unborn")
        lives.start()
        dies.start()
        states = lambda: {row["machineName"]: row["status"] for row in self.product.api().every("/api/v1/agents")}
        wait(lambda: [states().get(one.name) for one in (lives, dies)] == ["active", "active"], 30)
        dies.kill()
        # The token that let the first one in is tried again on another machine.
        try:
            lives.enrol("thief", self.work / "stories-data" / "thief.toml")
        except AgentRefused:
            return
        raise AssertionError("one token let in two machines")

    def service(self, method, path, body=None):
        return Api(self.scim["URL"], self.scim["TOKEN"]).request(method, path, body, accept="application/scim+json")

    def cycles(self, *names):
        """One full cycle of each; they end well, with failed objects or in quarantine."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self.product.command("run", name, "--full", "--wait", ok=(0, 3, 4)), names))

    def troubles(self):
        self.directory.modify("".join(self.company.troubles()))
        held = {user["userName"]: user["id"] for user in self.service("GET", "/Users?count=100")["Resources"]}
        self.service("DELETE", f"/Users/{held['vera.vanished']}")
        self.cycles("Winter to directory", "Harvest to directory", "Island to directory", "North to directory",
                    "Choir to directory", WAREHOUSE)
        self.people_interfere()
        # The people of these are looked for among the newest records.
        self.cycles("Sales to directory", "Consultants to directory", "Staff to directory")
        self.product.api().request("POST", f"/api/v1/configurations/{quote(WAREHOUSE)}/unmatched", {})
        self.product.api().request("POST", "/api/v1/readiness", {})
        self.letters()

    def people_interfere(self):
        """What administrators did, each under a name of their own."""
        def at(name, verb=""):
            return f"/api/v1/configurations/{quote(name)}{verb}"
        self.colleague("hanna.herbst").request("PATCH", at("Spring to directory"), {"scope": {
            "organizationalUnits": [self.company.unit("Works/Spring"), self.company.unit("Works/Extra")]}})
        self.colleague("jakob.jung").request("PATCH", at("Summer to directory"), {"enabled": False})
        self.colleague("karin.kern").request("POST", at("Autumn to directory", "/pause"), {})
        self.colleague("lars.lind").request("POST", at("Harvest to directory", "/allowDeletes"),
                                            {"reason": "the farm was sold in October"})
        self.refused_sign_in("mallory")

    def colleague(self, name):
        token = self.product.command("token", "create", "--name", name, "--role", "administrator", "--data", self.product.data)
        return Api(self.product.url, token.strip())

    def refused_sign_in(self, username):
        request = urllib.request.Request(
            f"{self.product.url}/sign-in", headers={"Sec-Fetch-Site": "same-origin"}, method="POST",
            data=urllib.parse.urlencode({"username": username, "password": "guessed", "next": "/"}).encode())
        try:
            urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            assert error.code == 401, f"a wrong password was answered with {error.code}"
            return
        raise AssertionError("a wrong password let somebody in")

    def letters(self):
        """A mail server that does not take the password any more."""
        settings(self.product, self.post, "smtp", self.post["SMTP"], {"password": {"value": "changed since"}, "recipients": []})
        tried = self.product.api().request("POST", "/api/v1/settings/mail/test", {"to": f"night.shift@{MAIL}"})
        assert tried["state"] == "givenUp", tried

    # When everything is there.

    def settled(self):
        """Waits until nothing runs and every alert that the stories begin with is open."""
        api = self.product.api()

        def done():
            rows = {row["name"]: row["status"] for row in api.every("/api/v1/configurations")}
            seen = {(row["kind"], row["subject"]["name"]) for row in api.every("/api/v1/alerts?state=open")}
            scans = {"unmatched": api.get(f"/api/v1/configurations/{quote(WAREHOUSE)}/unmatched/search"),
                     "readiness": api.get("/api/v1/readiness")}
            self.missing = [alert for alert in ALERTS if alert not in seen]
            self.missing += [f"the end of a cycle of {name}" for name, status in rows.items() if status["currentCycleId"]]
            self.missing += [f"the end of the search: {name}" for name, scan in scans.items() if scan["state"] == "running"]
            if rows["Harvest to directory"]["code"] != "Active":
                self.missing.append("the deletes that were allowed")
            return not self.missing
        try:
            wait(done, 60)
        except AssertionError:
            raise AssertionError(f"after 60 s still without {self.missing}") from None


ALERTS = [
    ("directoryUnreachable", "branch.test"), ("directoryUnreachable", "partner.test"), ("directoryUnreachable", "archive.test"),
    ("targetUnreachable", "badge app"), ("noAgents", "plant.test"), ("fewAgents", "depot.test"),
    ("agentInactive", "depot-died"), ("agentAlarm", "depot-lives"), ("deletesWaiting", "Winter to directory"),
    ("quarantine", "Payroll to directory"), ("quarantine", "Payslips"), ("quarantine", "Parking"),
    ("scopeMissing", "Island to directory"), ("scopeMissing", "Choir to directory"), ("scopeRenamed", "North to directory"),
    ("duplicateAcrossForests", "Twins two to directory"), ("failureRate", "Students to directory"),
    ("diskNearlyFull", "Data folder"),
]


def expression(target, text):
    return {"target": target, "type": "expression", "expression": text}


# A date that HR writes one way, shown another way.
BORN = [expression("displayName", "Trim([displayName])"), expression("userPrincipalName", "Trim([mail])"),
        {"target": "accountEnabled", "type": "constant", "value": "True"},
        expression("extensionAttribute1", 'FormatDateTime([employeeNumber], , "yyyy-MM-dd", "dd.MM.yyyy")')]
# Accounts that are named after the badge.
NUMBERED = [{"target": "userName", "type": "direct", "source": "employeeNumber"}, expression("displayName", "Trim([displayName])"),
            {"target": "profileUrl", "type": "direct", "source": "description"},
            {"target": "active", "type": "constant", "value": "True"}]
