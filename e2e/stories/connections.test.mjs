// Why nothing flows: directories, targets, agents.
import { story } from "./story.mjs";

story("a directory refuses the service account's password", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Payroll to directory"));
  await reason("The directory refused to sign in uid=svc-sync,dc=e2e,dc=test: the name or the password is wrong.");
  await reason("Set the right bindDn and bindPassword on the domain");
});

story("a directory cannot be reached", { clicks: 2 }, async ({ main, click, reason }) => {
  await click(main.getByRole("link", { name: "All alerts" }));
  await click(main.getByRole("link", { name: "The directory of branch.test cannot be read" }));
  await reason(/Cannot reach the directory at 127\.0\.0\.1:\d+: nothing listens on that port/);
  await reason("Check the address, the port and the firewall");
});

story("a directory shows a certificate that nobody trusts", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Partner to directory"));
  await reason(/The certificate of 127\.0\.0\.1:\d+ is not trusted: its issuer is unknown/);
});

story("a domain's base is not in its directory", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Archive to directory"));
  await reason("The directory has no entry ou=Archive,dc=e2e,dc=test.");
});

story("a target refuses its token, and when it is asked again", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Payslips"));
  await reason("The target answered 401 Unauthorized");
  await reason("Give the target a valid token.");
  await reason("After 6 h (next)");
});

story("a target cannot be reached", { search: "badge app" }, async ({ open, search, reason }) => {
  await open("Alerts");
  await search("Search alerts");
  await reason("No connection to 127.0.0.1 (Connection refused");
});

story("a web page answers where a target should", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Parking"));
  await reason('answered 200 OK with text/html, "Welcome It works!"');
  await reason("no sign-in page or proxy answers instead");
});

story("nobody reads a domain that only agents reach", { clicks: 1 }, async ({ open, reason }) => {
  await open("Alerts");
  await reason("No agent is enrolled for this domain, and the portal has no connection to it.");
});

story("a domain has too few agents", { clicks: 1 }, async ({ open, reason }) => {
  await open("Agents");
  await reason("depot.test has 1 healthy agent");
});

story("an agent is silent", { clicks: 2 }, async ({ main, open, click, reason }) => {
  await open("Agents");
  await click(main.getByRole("link", { name: "depot-died" }));
  await reason("Nothing is heard of it");
  await reason("Check that its machine and the skybridge-agent service run");
});

story("an agent was enrolled and never started", { clicks: 2 }, async ({ main, open, click, reason }) => {
  await open("Agents");
  await click(main.getByRole("link", { name: "depot-unborn" }));
  await reason("It enrolled and never connected");
});

story("an enrolment token was used twice, and from where", { clicks: 3 }, async ({ main, open, click, reason }) => {
  await open("Alerts");
  await click(main.getByRole("link", { name: "The key or token of agent depot-lives may be in wrong hands" }));
  await reason("The token that enrolled this agent was tried again, by somebody else or by mistake.");
  await click(main.getByRole("link", { name: "depot-lives", exact: true }));
  await reason(/1 time, last .* from 127\.0\.0\.1/);
});
