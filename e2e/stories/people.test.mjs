// Why one person, or one group, is not as expected.
import { story } from "./story.mjs";

const LOG = "Provisioning records";
const failing = (page, configuration) =>
  page.getByRole("article").filter({ has: page.getByRole("link", { name: configuration, exact: true }) }).getByRole("link", { name: "failing" });

story("two people have one mail address", { search: "Bert Doppel" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Bert Doppel").getByRole("link").first());
  await reason(/userPrincipalName `doppel@company\.test` belongs to Berta Doppel/);
  await reason("change one of the two at the source");
});

story("a name is longer than the target allows", { clicks: 1 }, async ({ page, click, reason }) => {
  await click(failing(page, "Staff to directory"));
  await reason(/givenName has 69 characters, 64 are allowed/);
});

story("a user name holds a character that is not allowed", { search: "kathi(home)" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Kathi Klammer").getByRole("link").first());
  await reason("userPrincipalName `kathi(home)@company.test` holds the character '('");
});

story("a mapping fails for one person", { clicks: 3 }, async ({ page, main, click, row, reason }) => {
  await click(main.getByRole("link", { name: /^\d+ objects failing$/ }));
  await click(row(LOG, "Tom Typo").getByRole("link").first());
  await click(main.getByRole("link", { name: "Why, and what now" }));
  await page.getByRole("heading", { name: "Why, in Students to directory" }).waitFor();
  await reason(/The next cycle will fail on it: .*FormatDateTime: `31 of February` is not a date of the form `yyyy-MM-dd`/);
  await reason("What to do: Correct the source attribute named in the reason");
});

story("a person lacks what the target requires", { clicks: 2 }, async ({ main, click, tile, reason }) => {
  await click(tile("Porters to warehouse"));
  await click(main.getByRole("link", { name: "Objects that fail" }));
  await reason("userName has no value, but the target requires one");
});

story("a service refuses one value, and when it is tried again", { clicks: 2 }, async ({ page, main, click, reason }) => {
  await click(failing(page, "Porters to warehouse"));
  await click(main.getByRole("link", { name: "Rita Refused" }));
  await reason(/the target answered 400 Bad Request \(invalidValue\): .*profileUrl/);
  await reason(/it is tried again (after \d{4}-\d\d-\d\d \d\d:\d\d UTC|by the next cycle)\./);
});

story("two people have one user name at a service", { search: "Dirk Double" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Dirk Double").getByRole("link").first());
  await reason(/\(Dora Double\) has the value double and already carries the anchor/);
});

story("a person exists in two forests", { search: "Tina Twin" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "ObjectInOtherConfiguration").getByRole("link").first());
  await reason('is kept by the configuration "Twins one to directory" for uid=tina.twin,ou=Twins,dc=e2e,dc=test.');
});

story("a manager is not in the target", { search: "Jonas Junior" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Jonas Junior").getByRole("link").first());
  await reason("0 of 1 references lead to an object of the target. manager leads to nobody in scope; it is filled when whoever it names comes into scope.");
});

story("a person has another name: the old one and the new one", { clicks: 3 }, async ({ main, open, click, row, reason }) => {
  await open("Provisioning logs");
  await click(row(LOG, "Anna Berger").getByRole("link").first());
  await click(main.getByRole("link", { name: /^Modified properties/ }));
  await reason("Anna Arnold");
  await reason("Anna Berger");
});

story("a person was moved out of the scope's container", { clicks: 3 }, async ({ main, open, click, row, reason }) => {
  await open("Provisioning logs");
  await click(row(LOG, "Moritz Mover").getByRole("link").first());
  await click(main.getByRole("link", { name: "Why, and what now" }));
  await reason("It is not in scope: the object lies beneath no container of the scope and belongs to none of its groups.");
  await reason("its account in directory is disabled");
});

story("a person left the scope's group", { clicks: 3 }, async ({ main, open, click, row, reason }) => {
  await open("Provisioning logs");
  await click(row(LOG, "Sam Seller").getByRole("link").first());
  await click(main.getByRole("link", { name: "Why, and what now" }));
  await reason("It is not in scope: the object lies beneath no container of the scope and belongs to none of its groups.");
});

story("an attribute filter excludes a person", { clicks: 3 }, async ({ main, open, click, row, reason }) => {
  await open("Provisioning logs");
  await click(row(LOG, "Cora Consult").getByRole("link").first());
  await click(main.getByRole("link", { name: "Why, and what now" }));
  await reason("the object does not pass the filter: employeeType EQUALS consultant, and it is retired.");
});

story("a person was deleted at the source", { clicks: 3 }, async ({ main, open, click, row, reason }) => {
  await open("Provisioning logs");
  await click(row(LOG, "Delia Dreher").getByRole("link").first());
  await click(main.getByRole("link", { name: "Why, and what now" }));
  await reason("The directory no longer has the object.");
});

story("a person was linked and not created", { search: "Lena Linked" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Lena Linked").getByRole("link").first());
  await reason(/Matched the target's object \w+ by its userPrincipalName\./);
});

story("somebody deleted a person at the service", { search: "Vera Vanished" }, async ({ search, click, row, reason }) => {
  await search();
  await click(row(LOG, "Vera Vanished").getByRole("link").first());
  await reason("The object was linked, but the target no longer has it; it was removed there.");
});

story("a person never was in scope", { clicks: 3 }, async ({ page, main, click, press, tile, reason }) => {
  await click(tile("Consultants to directory"));
  await click(main.getByRole("link", { name: "Test", exact: true }));
  await page.getByLabel("Which object").fill("uid=nora.never,ou=Consulting,dc=e2e,dc=test");
  await press(main.getByRole("button", { name: "Test", exact: true }));
  await reason("The object does not pass the filter: employeeType EQUALS consultant, and it is intern.");
});

story("a person lies in no container of the scope", { clicks: 3 }, async ({ page, main, click, press, tile, reason }) => {
  await click(tile("Staff to directory"));
  await click(main.getByRole("link", { name: "Test", exact: true }));
  // Nobody ever provisioned her there, so that no log knows her: the directory does.
  await page.getByLabel("Which object").fill("carla");
  await page.getByLabel("Which object").press("Enter");
  await press(main.getByRole("button", { name: "Test Carla Chief", exact: true }));
  await reason("The object lies beneath no container of the scope and belongs to none of its groups.");
});
