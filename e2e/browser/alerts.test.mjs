// Troubleshooting from an alert: from the overview to the true reason, seen to, and seen to be over.
import assert from "node:assert/strict";
import { PORTAL, signIn, walk } from "./portal.mjs";

const { SKYBRIDGE_TOKEN } = process.env;

async function api(method, path, body) {
  const headers = { authorization: `Bearer ${SKYBRIDGE_TOKEN}`, "content-type": "application/json" };
  const answer = await fetch(`${PORTAL}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? null : answer.json();
}

/** Waits until something is on the page; with a script the page follows by itself. */
async function seen(page, js, locator) {
  const end = Date.now() + 90_000;
  while (!js && Date.now() < end && !(await locator.count())) await page.reload();
  await locator.first().waitFor({ timeout: 90_000 });
}

walk("a directory that cannot be reached: the alert on the overview, its reason, what to do, and its end", async ({ page, js, check }) => {
  const domain = `unreachable-${js ? "on" : "off"}.example`;
  const configuration = `${domain} to directory`;
  const title = `The directory of ${domain} cannot be read`;
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  try {
    await api("POST", "/apply", {
      domains: [{ name: domain, kind: "activeDirectory", connection: {
        url: "ldap://127.0.0.1:9", bindDn: "CN=sync,DC=x", bindPassword: { value: "secret" } } }],
      configurations: [{ name: configuration, domain, target: "directory", enabled: true }],
    });
    const alert = page.locator("main").getByRole("link", { name: title });
    await seen(page, js, alert);
    await check();
    await alert.click();
    await page.waitForURL(/\/alerts\/alr_/);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.getByText("What to do").waitFor();
    await page.getByText("Check the address, the port and the firewall").first().waitFor();
    await check();
    const one = page.url();
    await page.locator("main").getByRole("link", { name: domain, exact: true }).click();
    await page.waitForURL(/\/configurations\/cfg_/);
    await page.getByText("127.0.0.1:9").first().waitFor();
    // Nobody reads it any more, and the alert is over by itself.
    await page.goto(one);
    await api("PATCH", `/configurations/${encodeURIComponent(configuration)}`, { enabled: false });
    await seen(page, js, page.locator("main .name").getByText("Resolved", { exact: true }));
    await check();
    await page.getByRole("link", { name: "Alerts", exact: true }).first().click();
    await page.getByRole("link", { name: "Resolved", exact: true }).click();
    await page.waitForURL(/state=resolved/);
    await page.getByLabel("Search alerts").fill(domain);
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=unreachable/);
    await page.getByRole("table", { name: "Alerts" }).getByRole("link", { name: title }).waitFor();
    await check();
  } finally {
    await api("DELETE", `/configurations/${encodeURIComponent(configuration)}`).catch(() => {});
    await api("DELETE", `/domains/${encodeURIComponent(domain)}`).catch(() => {});
  }
});

walk("a domain with too few agents: found in the list, acknowledged with a note, and its agents looked at", async ({ page, js, check }) => {
  const domain = js ? "lab02.local" : "lab03.local";
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("link", { name: "Alerts", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
  await page.getByLabel("Kind").selectOption({ label: "Few healthy agents in a domain" });
  // The search is sent by the keyboard: that works before a script has taken the form over as well.
  await page.getByLabel("Search alerts").press("Enter");
  await page.waitForURL(/kind=fewAgents/);
  const row = page.getByRole("row").filter({ hasText: domain });
  await seen(page, js, row);
  await check();
  await row.getByRole("link").first().click();
  await page.waitForURL(/\/alerts\/alr_/);
  await page.getByLabel("Note").fill("a third machine is ordered");
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText(/Acknowledged: Only \d/).waitFor();
  const history = page.getByRole("table", { name: "History" });
  await history.getByText("a third machine is ordered").waitFor();
  assert.equal(await page.getByRole("button", { name: "Acknowledge" }).count(), 0, "once is enough");
  await check();
  await page.locator("main").getByRole("link", { name: domain, exact: true }).click();
  await page.waitForURL(/\/agents\?domain=/);
  await page.getByRole("heading", { level: 1, name: "Agents" }).waitFor();
});

walk("a threshold that is none is refused beside its field, and one that is is saved", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/alerts`);
  await page.getByRole("link", { name: "Rules", exact: true }).click();
  await page.waitForURL(/\/alerts\/rules$/);
  await check();
  const threshold = page.getByLabel("Disk nearly full: threshold");
  await threshold.fill("101");
  await page.getByRole("button", { name: "Save rules" }).click();
  await page.getByText("Not saved").waitFor();
  await page.getByText("Must lie between 1 and 99 percent.").waitFor();
  assert.equal(await threshold.inputValue(), "101", "what was typed stays");
  await check();
  await threshold.fill("91");
  await page.getByRole("button", { name: "Save rules" }).click();
  await page.getByText("The rules were saved").waitFor();
  assert.equal(await threshold.inputValue(), "91");
}, { refused: 422 });
