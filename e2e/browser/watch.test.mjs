// What an auditor does: check the audit log, find an entry, read what was before and after, take it all away.
import assert from "node:assert/strict";
import { PORTAL, signIn, walk } from "./portal.mjs";

walk("the audit log is checked, searched, read and saved", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("link", { name: "Audit log" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
  await page.getByRole("button", { name: "Check now" }).click();
  await page.getByText("The audit log is whole.").waitFor();
  await page.getByText("End of the chain").waitFor();
  await check();
  await page.getByLabel("Search who, what and why in the audit log").fill("walk-target");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=walk-target/);
  const entry = page.getByRole("table", { name: "Audit entries" }).getByRole("link", { name: "target.create" });
  await entry.first().click();
  await page.waitForURL(/\/audit\/\d+$/);
  await page.getByRole("table", { name: "Modified properties" }).getByText("walk-target").first().waitFor();
  await page.getByText("127.0.0.1", { exact: true }).waitFor();
  await check();
  await page.goto(`${PORTAL}/audit?q=nobody-did-this`);
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("link", { name: "Clear all filters" }).click();
  await page.waitForURL(`${PORTAL}/audit`);
  for (const [name, file] of [["Save as CSV", "Audit-log.csv"], ["Save as JSON", "Audit-log.json"]]) {
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name }).click();
    assert.equal((await saved).suggestedFilename(), file);
  }
});
