// Who changed what, who was told, and what happens most.
import { story } from "./story.mjs";

const AUDIT = "Search who, what and why in the audit log";
const ENTRIES = "Audit entries";

story("a configuration does nothing: who disabled it", { search: "Summer to directory" }, async ({ main, open, search, click, row, reason }) => {
  await open("Audit log");
  await search(AUDIT);
  await click(row(ENTRIES, "configuration.update").getByRole("link"));
  await reason("jakob.jung");
  await main.getByRole("row", { name: "enabled true false" }).waitFor();
});

story("a configuration stands still: who paused it", { search: "Autumn to directory" }, async ({ open, search, row, reason }) => {
  await open("Audit log");
  await search(AUDIT);
  await row(ENTRIES, "configuration.pause").getByText("karin.kern").waitFor();
  await reason("karin.kern");
});

story("more people than expected: who widened the scope, and how it was before", { search: "hanna.herbst" }, async ({ main, open, search, click, row, reason }) => {
  await open("Audit log");
  await search(AUDIT);
  await click(row(ENTRIES, "configuration.update").getByRole("link"));
  await reason("scope.organizationalUnits");
  await main.locator("td.new").getByText("ou=Extra,ou=Works,dc=e2e,dc=test").waitFor();
  await reason(/^\["ou=Spring,ou=Works,dc=e2e,dc=test"\]$/);
});

story("many were removed: who allowed it, and why", { search: "farm was sold" }, async ({ open, search, row, reason }) => {
  await open("Audit log");
  await search(AUDIT);
  await row(ENTRIES, "Harvest to directory").getByText("lars.lind").waitFor();
  await reason("the farm was sold in October");
});

story("somebody tries to sign in", { search: "mallory" }, async ({ open, search, row, reason }) => {
  await open("Audit log");
  await search(AUDIT);
  await row(ENTRIES, "session.refused").getByText("127.0.0.1").waitFor();
  await reason("session.refused");
});

story("mail does not arrive", { clicks: 1 }, async ({ open, row, reason }) => {
  await open("Mail");
  await row("Messages", "night.shift@company.test").getByText("Given up").waitFor();
  await reason(/\b535\b/);
});

story("two people of the directories have one address", { search: "doppel@" }, async ({ open, search, row, reason }) => {
  await open("Readiness");
  await search("Search names, DNs, ids and values");
  await row("Findings", "uid=bert.doppel").getByText("Duplicate").waitFor();
  await reason("uid=berta.doppel,ou=Staff,ou=Office,dc=e2e,dc=test");
});

story("a value is too long in a directory", { clicks: 1 }, async ({ open, row, reason }) => {
  await open("Readiness");
  await row("Findings", "Lina Lang").getByText("Length").waitFor();
  await reason("givenName");
});

story("what fails most, and for whom", { clicks: 2 }, async ({ main, open, click, reason }) => {
  await open("Insights");
  await click(main.getByRole("table", { name: "Most frequent errors" }).getByRole("link", { name: "ExceededAllowedLength" }));
  await reason("Lina Lang");
  await reason(/givenName has 69 characters, 64 are allowed/);
});
