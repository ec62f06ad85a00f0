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
  for (const tab of ["Scope", "Mapping", "Properties"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await page.waitForURL(new RegExp(`/${tab.toLowerCase()}$`));
  }
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

walk("the log is searched, narrowed, paged, and one record is read", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/users`);
  const person = (await page.locator("main a[href^='/users/']").first().innerText()).trim();
  await page.getByRole("searchbox", { name: "Search the provisioning logs" }).first().fill(person);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/logs\?.*q=/);
  await page.locator("main a[href^='/logs/']").first().waitFor();
  const rows = await page.locator("main a[href^='/logs/']").allInnerTexts();
  assert.ok(rows.every((text) => text.includes(person) || text.length > 0), rows.join());
  await check();
  await page.goto(`${PORTAL}/logs?action=create&status=success`);
  await page.getByRole("link", { name: /next|older/i }).first().click();
  await page.waitForURL(/after=/);
  assert.match(page.url(), /action=create/, "the filter stays while paging");
  await page.locator("main a[href^='/logs/']").first().click();
  await page.waitForURL(/\/logs\/[^?]+/);
  for (const tab of ["Steps", "Modified properties", "Troubleshooting", "Summary"]) {
    await page.getByRole("link", { name: new RegExp(tab) }).first().click();
    await check();
  }
});
