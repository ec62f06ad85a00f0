// Why something was taken away, or was not; and what is about to be.
import { story } from "./story.mjs";

story("deletes wait for somebody to allow them", { clicks: 1 }, async ({ click, tile, reason }) => {
  await click(tile("Winter to directory"));
  await reason("4 removals are more than the threshold of 2.");
  await reason("Held back: 4 objects. Nothing was removed.");
});

story("who would be removed, and what happens to them", { clicks: 2 }, async ({ main, click, tile, row, reason }) => {
  await click(tile("Winter to directory"));
  await click(main.getByRole("link", { name: "Review and allow deletes" }));
  await row("Objects that wait to be removed", "uid=winter.worker4,ou=Winter,ou=Works,dc=e2e,dc=test").getByText("Disabled").waitFor();
  await reason("Winter Worker1");
});

story("a container of the scope was deleted, and who went with it", { clicks: 2 }, async ({ main, click, tile, reason }) => {
  await click(tile("Island to directory"));
  await click(main.getByRole("link", { name: "Scope", exact: true }));
  await reason("1 part of the scope is gone from the directory");
  await reason("ou=Island,ou=Sites,dc=e2e,dc=test");
  await reason("Missing");
});

story("two accounts were disabled at once: which ones", { clicks: 2 }, async ({ main, click, tile, reason }) => {
  await click(tile("Island to directory"));
  await click(main.getByRole("link", { name: "2", exact: true }));
  await reason("Inga Island");
  await reason("Ivo Island");
});

story("a container of the scope was renamed, and nothing broke", { clicks: 2 }, async ({ main, open, click, reason }) => {
  await open("Alerts");
  await click(main.getByRole("link", { name: "A container or group in the scope of “North to directory” has another name now" }));
  await reason("ou=North,ou=Sites,dc=e2e,dc=test is now ou=Far north,ou=Sites,dc=e2e,dc=test. It is held by its id: nobody left the scope.");
  await reason("Nothing breaks.");
});

story("a group of the scope was deleted", { search: "Choir" }, async ({ open, search, reason }) => {
  await open("Alerts");
  await search("Search alerts");
  await reason("cn=Choir singers,ou=Groups,ou=Sites,dc=e2e,dc=test was deleted. What belonged to it left the scope.");
});

story("many objects of a configuration fail, and most of them why", { search: "Students" }, async ({ open, search, reason }) => {
  await open("Alerts");
  await search("Search alerts");
  await reason("An attribute mapping could not be evaluated for this object.");
});

story("an account of the service belongs to nobody", { clicks: 2 }, async ({ main, click, tile, row, reason }) => {
  await click(tile("Warehouse to warehouse"));
  await click(main.getByRole("link", { name: "Unmatched", exact: true }));
  await row("Unmatched objects", "Parcel robot").getByText("None: nothing ever linked it").waitFor();
  await reason("Parcel robot");
});

story("the disk fills up", { clicks: 1 }, async ({ open, reason }) => {
  await open("Alerts");
  await reason(/^The disk of the data folder is \d+ % full$/);
  await reason("When it is full, cycles stop until there is room again; nothing is lost.");
});
