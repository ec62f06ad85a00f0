// What an administrator does most: create a configuration, run it, search the log, read one record.
import assert from "node:assert/strict";
import { PORTAL, signIn, walk } from "./portal.mjs";

walk("a new configuration is created, enabled, run and seen to its end", async ({ page, js, check }) => {
  const name = `walk with JavaScript ${js ? "on" : "off"}`;
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("link", { name: "Configurations" }).first().click();
  await page.getByRole("link", { name: "New configuration" }).click();
  await page.getByRole("button", { name: "Create configuration" }).waitFor();

  // A schedule that is none is refused beside its field, and what was typed stays.
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Source domain").selectOption("lab01.local");
  await page.getByLabel("Target").selectOption("walk-target");
  await page.getByLabel("Runs every").fill("sometimes");
  await page.getByRole("button", { name: "Create configuration" }).click();
  await page.getByText("Not saved").waitFor();
  await check();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), name);

  await page.getByLabel("Runs every").fill("PT1H");
  await page.getByRole("button", { name: "Create configuration" }).click();
  await page.waitForURL(/\/configurations\/(?!new)[^/]+$/);
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByText("Disabled").first().waitFor();
  await check();

  await page.getByRole("button", { name: "Enable" }).click();
  await finished(page, js);
  await check();
  await page.getByRole("button", { name: "Run now" }).click();
  await finished(page, js, 2);
  await page.getByRole("button", { name: "Run full" }).click();
  await finished(page, js, 3);
  for (const tab of ["Scope", "Mapping", "Test", "Simulate", "Failing", "Unmatched", "Properties"]) {
    // A tab may carry a count: how many objects fail.
    await page.getByRole("link", { name: new RegExp(`^${tab}[\\s\\d,]*$`) }).click();
    await page.waitForURL(new RegExp(`/${tab.toLowerCase()}$`));
  }
}, { refused: 422 });

walk("a scope with groups and attribute filters is edited row by row, refused at its rows and saved", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: /lab02/ }).first().click();
  await page.getByRole("link", { name: "Scope", exact: true }).click();
  await page.waitForURL(/\/scope$/);
  await page.getByLabel("The whole domain").check();
  await page.getByRole("button", { name: /Add (a|another) filter/ }).click();
  await page.getByLabel("Attribute of condition 1 in filter 1").fill("userAccountControl");
  await page.getByLabel("Comparison of condition 1 in filter 1").selectOption("&");
  await page.getByLabel("Value of condition 1 in filter 1").fill("many");
  await page.getByRole("button", { name: "Add a condition" }).first().click();
  await page.getByLabel("Attribute of condition 2 in filter 1").fill("sAMAccountName");
  await page.getByLabel("Comparison of condition 2 in filter 1").selectOption("IS NOT NULL");
  assert.equal(await page.getByLabel("Value of condition 1 in filter 1").inputValue(), "many", "what was typed stays");
  await check();
  await page.locator("main").getByRole("button", { name: "Save scope" }).last().click();
  await page.getByText("compares with a whole number").waitFor();
  await check();
  await page.getByLabel("Value of condition 1 in filter 1").fill("512");
  await page.locator("main").getByRole("button", { name: "Save scope" }).last().click();
  await page.getByText("The scope was saved").waitFor();
  await page.getByText("1 attribute filter narrows").waitFor();
  // And away again, condition by condition.
  await page.getByRole("button", { name: "Remove condition 2 of filter 1" }).click();
  await page.getByRole("button", { name: "Remove condition 1 of filter 1" }).click();
  await page.locator("main").getByRole("button", { name: "Save scope" }).last().click();
  // The page before says that it was saved, too.
  await page.getByText("attribute filter narrows").waitFor({ state: "detached" });
  await page.getByText("The scope was saved").waitFor();
}, { refused: 422 });

walk("a mapping is completed and evaluated for a real person while it is written, and nothing is saved by trying", async ({ page, js, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: /lab02/ }).first().click();
  await page.getByRole("link", { name: "Mapping", exact: true }).click();
  await page.getByRole("link", { name: "displayName", exact: true }).click();
  const text = page.getByLabel("Source attribute, constant or expression");
  const before = await text.inputValue();
  const gives = page.locator("#given");
  await page.getByText("Name an object below").waitFor();
  await page.getByLabel("Kind").selectOption("expression");
  await page.getByLabel("Try it on").fill("CN=nobody,DC=nowhere");
  await page.getByLabel("Try it on").press("Enter");
  await page.locator("#object-error").waitFor();
  await check();
  // By name: the log knows who is meant.
  await text.fill(`Join("+", [sn], [sn])`);
  await page.getByLabel("Try it on").fill("berg");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByRole("button", { name: /^Try .+,/ }).first().click();
  await page.getByText("What was read of the object").waitFor();
  const told = await gives.textContent();
  const name = told.match(/^Gives: (.+)\+\1$/)?.[1];
  assert.ok(name, told);
  await check();
  if (js) {
    await text.fill("");
    await text.pressSequentially(`Join("-", [GIV`);
    const proposed = page.getByRole("listbox", { name: "Completions" });
    await proposed.getByRole("option", { name: "givenName", exact: true }).waitFor();
    await check();
    await text.press("ArrowDown");
    await text.press("Enter");
    assert.equal(await text.inputValue(), `Join("-", [givenName]`);
    await gives.filter({ hasText: /^Character \d+: / }).waitFor();
    await text.fill(`Join("-", [sn]`);
    await text.pressSequentially(`, "x")`);
    await gives.filter({ hasText: `Gives: ${name}-x` }).waitFor();
    await text.fill("Redact([sn])");
    await gives.filter({ hasText: "not shown" }).waitFor();
    await text.fill("[noSuchAttribute]");
    await gives.filter({ hasText: "Press Try" }).waitFor();
  }
  await text.fill(`Join("-", [sn], "x")`);
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await gives.filter({ hasText: `Gives: ${name}-x` }).waitFor();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("link", { name: "displayName", exact: true }).click();
  assert.equal(await text.inputValue(), before);
}, { refused: 422 });

walk("one person is found by name, tested without being written, and provisioned", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: /lab02/ }).first().click();
  const base = page.url();
  await page.goto(`${PORTAL}/logs?action=create&status=success&type=user`);
  const records = page.locator("main table a[href^='/logs/']");
  await records.first().waitFor();
  await page.goto(`${base}/test`);
  await page.getByLabel("Which object").fill("CN=nobody,=");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.locator("#object-error").waitFor();
  await check();
  await page.getByLabel("Which object").fill("sync");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("Which one?").waitFor();
  await check();
  await page.getByRole("table").getByRole("button", { name: /^Test / }).first().click();
  await page.getByRole("heading", { name: "Steps" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Show the record" }).count(), 0, "a dry run leaves no record");
  await check();
}, { refused: 422 });

walk("why a person fails is found from the overview in three clicks, and what to do about it", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.locator("main").getByRole("link", { name: /^\d+ objects? failing$/ }).click();
  await page.waitForURL(/\/logs\?/);
  await page.locator("main table a[href^='/logs/']").first().click();
  await page.waitForURL(/\/logs\/\d+/);
  await page.getByRole("link", { name: "Why, and what now" }).click();
  await page.waitForURL(/\/objects\//);
  await page.getByRole("heading", { name: /^Why, in / }).first().waitFor();
  await page.getByText(/The next cycle will fail on it|It failed /).first().waitFor();
  await page.getByText("What to do:").first().waitFor();
  await page.getByRole("heading", { name: /^In the source/ }).waitFor();
  await page.getByRole("heading", { name: "What was done to it" }).waitFor();
  await check();
});

walk("a simulation is started, followed to its end, filtered, read and saved", async ({ page, js, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  // One of its own for each way: a configuration is simulated once at a time.
  await page.locator("main").getByRole("link", { name: js ? /lab02/ : /lab01/ }).first().click();
  await page.getByRole("link", { name: "Simulate", exact: true }).click();
  await page.waitForURL(/\/simulate$/);
  await page.getByText("No simulation yet").waitFor();
  await page.getByLabel("Read everything").check();
  await page.getByRole("button", { name: "Simulate the next cycle" }).click();
  await until(page, js, page.getByRole("heading", { name: "What the next cycle would do" }));
  await page.getByText("The accidental-delete guard would let it pass.").waitFor();
  await check();
  await page.getByLabel("Search names, DNs, ids and error codes of the simulation").fill("nothing is called this");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=nothing/);
  await page.getByText("Nothing matches").waitFor();
  await check();
  await page.getByRole("link", { name: "Clear all filters" }).click();
  await page.waitForURL(/\/simulate$/);
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as CSV" }).click();
  assert.match((await saved).suggestedFilename(), /^Simulation-of-lab0\d.*\.csv$/);
  const objects = page.getByRole("table", { name: "Simulated objects" }).getByRole("link");
  if (await objects.count()) {
    await objects.first().click();
    await page.getByRole("heading", { name: "Before and after" }).waitFor();
    await page.getByRole("heading", { name: "Steps" }).waitFor();
    await check();
  }
});

walk("a container is found in the directory, a scope of it is previewed, and nothing is stored by looking", async ({ page, js, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: js ? /lab02/ : /lab01/ }).first().click();
  await page.getByRole("link", { name: "Scope", exact: true }).click();
  await page.waitForURL(/\/scope$/);
  await page.getByRole("button", { name: "Browse the directory" }).click();
  const branches = page.getByRole("button", { name: /^What lies in / });
  await branches.first().waitFor();
  await check();
  const closed = await branches.count();
  // With a script the arrow keys open and close; a button is a button without one.
  await branches.first().focus();
  await page.keyboard.press(js ? "ArrowRight" : "Enter");
  await page.locator("[aria-expanded='true']").first().waitFor();
  if (js) {
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-expanded") === "true");
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-expanded") === "false");
    assert.equal(await branches.count(), closed);
  }
  await page.getByLabel("Groups and containers by name").fill("a nobody of this name");
  await page.keyboard.press("Enter");
  await page.getByText("No group or container has").waitFor();
  await page.getByRole("button", { name: /^Add .* to the scope$/ }).first().click();
  await page.getByRole("button", { name: /^Remove .* from the scope$/ }).first().waitFor();
  await check();
  assert.notEqual(await page.locator("#organizationalUnits").inputValue(), "");
  await page.getByRole("button", { name: "Preview who enters and leaves" }).click();
  await page.waitForURL(/\/scope\/preview\/sim_/);
  await until(page, js, page.getByText("Complete", { exact: true }));
  await page.getByRole("table", { name: "Who enters and who leaves, by type" }).waitFor();
  await check();
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as CSV" }).click();
  assert.match((await saved).suggestedFilename(), /^Simulation-of-lab0\d.*\.csv$/);
  await page.getByRole("link", { name: "Leave it as it is" }).click();
  await page.waitForURL(/\/scope$/);
});

walk("the target is searched for objects that match nothing, and they are listed, found and saved", async ({ page, js, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: js ? /lab02/ : /lab01/ }).first().click();
  await page.getByRole("link", { name: "Unmatched", exact: true }).click();
  await page.waitForURL(/\/unmatched$/);
  await page.getByText("The target was not looked through yet").waitFor();
  await check();
  await page.getByRole("button", { name: "Search the target" }).click();
  await until(page, js, page.getByText("Complete", { exact: true }));
  await check();
  await page.getByLabel("Search names, ids and anchors of unmatched objects").fill("nothing is called this");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=nothing/);
  await page.getByText("Nothing matches").waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as CSV" }).click();
  assert.match((await saved).suggestedFilename(), /^Unmatched-of-lab0\d.*\.csv$/);
  await page.getByRole("link", { name: "Clear all filters" }).click();
  await page.waitForURL(/\/unmatched$/);
});

/** Waits until something is there. With JavaScript the page moves by itself, else it is reloaded. */
async function until(page, js, wanted) {
  for (const end = Date.now() + 60_000; !(await wanted.count()); ) {
    assert.ok(Date.now() < end, `after 60 s still without ${wanted}`);
    await page.waitForTimeout(200);
    if (!js) await page.reload();
  }
}

walk("a restart is chosen by what it forgets, and the grave ones ask twice", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: /lab03/ }).first().click();
  await page.getByRole("link", { name: "Restart", exact: true }).click();
  await page.waitForURL(/\/restart$/);
  assert.equal(await page.getByRole("radio").count(), 8, "seven levels and the usual mixture");
  await page.getByLabel(/^Full/).check();
  await page.getByRole("button", { name: "Restart", exact: true }).click();
  await page.getByText("Tick this to restart").waitFor();
  await check();
  await page.getByLabel(/^Watermark/).check();
  await page.getByRole("button", { name: "Restart", exact: true }).click();
  await page.waitForURL(/\/configurations\/[^/]+$/);
  await page.getByText("was restarted").waitFor();
  await check();
}, { refused: 422 });

walk("properties take thresholds, schedules and matching, and name every field that is wrong", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/configurations`);
  await page.locator("main").getByRole("link", { name: /lab03/ }).first().click();
  await page.getByRole("link", { name: "Properties", exact: true }).click();
  await page.waitForURL(/\/properties$/);
  await page.getByLabel("Everything is read and compared every").fill("weekly");
  await page.getByLabel("Always above this many, without references").fill("50000");
  await page.getByLabel("Always above this many, with references").fill("20000");
  await page.getByRole("button", { name: "Save properties" }).click();
  await page.getByText("`weekly` is not an interval").waitFor();
  await check();
  await page.getByLabel("Everything is read and compared every").fill("P7D");
  await page.getByRole("button", { name: "Save properties" }).click();
  await page.getByText("total at least as large as base").waitFor();
  await page.getByLabel("Always above this many, with references").fill("60000");
  await page.getByLabel("And at most this many members out of groups").fill("700");
  await page.getByRole("button", { name: "Save properties" }).click();
  await page.getByText("The properties were saved").waitFor();
  assert.equal(await page.getByLabel("Everything is read and compared every").inputValue(), "P7D");
  assert.equal(await page.getByLabel("And at most this many members out of groups").inputValue(), "700");
  // As it was, for the other way that this is walked.
  await page.getByLabel("Always above this many, without references").fill("");
  await page.getByLabel("And at most this many members out of groups").fill("");
  await page.getByRole("button", { name: "Save properties" }).click();
  await page.getByText("The properties were saved").waitFor();
}, { refused: 422 });

/** Waits until so many cycles are listed as ended. With JavaScript the page moves by itself, else it is reloaded. */
async function finished(page, js, cycles = 1) {
  const rows = page.getByRole("table", { name: "Cycles" }).getByRole("row").filter({ hasText: /Succeeded|Some objects failed/ });
  for (const end = Date.now() + 60_000; ; ) {
    if (await rows.count() >= cycles) return;
    assert.ok(Date.now() < end, `fewer than ${cycles} finished cycles after 60 s`);
    await page.waitForTimeout(200);
    if (!js) await page.reload();
  }
}

walk("operations over time are seen, narrowed to a week and a configuration, saved, and lead to their records", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("navigation").first().getByRole("link", { name: "Insights" }).click();
  await page.waitForURL(/\/insights$/);
  for (const title of ["Operations by action", "Operations by outcome", "Duration of cycles", "Agents online", "Most frequent errors", "Objects by state, now"]) {
    await page.getByRole("heading", { name: title }).waitFor();
  }
  await check();
  await page.getByRole("link", { name: "Last 7 days" }).click();
  await page.locator("main").getByLabel("Configuration", { exact: true }).selectOption({ index: 1 });
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/range=7d/);
  const narrowed = page.url();
  await page.getByText("Show the figures").first().click();
  await page.getByRole("table", { name: "Operations by action" }).getByRole("columnheader", { name: "Day (UTC)" }).waitFor();
  await check();
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as CSV" }).first().click();
  assert.equal((await saved).suggestedFilename(), "Insights-actions.csv");
  await page.getByRole("table", { name: "Cycles that took longest" }).getByRole("link").first().click();
  await page.waitForURL(/\/logs\?.*cycle=/);
  await page.goto(narrowed);
  await page.getByText("Show the figures").first().click();
  await page.getByRole("table", { name: "Operations by action" }).getByRole("link").first().click();
  await page.waitForURL(/\/logs\?.*configuration=/);
  await page.locator("main table a[href^='/logs/']").first().waitFor();
  await page.goto(`${PORTAL}/insights?from=2026-13-01`);
  await page.getByText("is no day").waitFor();
  await check();
});

walk("the log is searched, narrowed, paged, and one record is read", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/users`);
  const person = (await page.locator("main a[href^='/users/']").first().innerText()).trim();
  await page.getByRole("searchbox", { name: "Search the provisioning logs" }).first().fill(person);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/logs\?.*q=/);
  await page.locator("main table a[href^='/logs/']").first().waitFor();
  const rows = await page.locator("main table a[href^='/logs/']").allInnerTexts();
  assert.ok(rows.every((text) => text.includes(person) || text.length > 0), rows.join());
  await check();
  await page.goto(`${PORTAL}/logs?action=create&status=success`);
  await page.getByRole("link", { name: /next|older/i }).first().click();
  await page.waitForURL(/after=/);
  assert.match(page.url(), /action=create/, "the filter stays while paging");
  await page.locator("main table a[href^='/logs/']").first().click();
  await page.waitForURL(/\/logs\/[^?]+/);
  for (const tab of ["Steps", "Modified properties", "Troubleshooting", "Summary"]) {
    await page.getByRole("link", { name: new RegExp(tab) }).first().click();
    await check();
  }
});
