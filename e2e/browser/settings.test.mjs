// Domains, targets, accounts and tokens: named, tested, shown once, deleted after a question.
import assert from "node:assert/strict";
import { PORTAL, signIn, walk } from "./portal.mjs";

walk("a target and a domain are added and deleted, and what is wrong is marked at its field", async ({ page, js, check }) => {
  const suffix = js ? "with" : "without";
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Targets", exact: true }).click();
  await page.getByRole("link", { name: "New target" }).click();
  await page.getByLabel("Name").fill(`Second ${suffix}`);
  await page.getByRole("button", { name: "Save and test" }).click();
  assert.match(await page.locator("#url-error").innerText(), /./, "a service needs an address");
  await check();
  await page.getByLabel("Built-in directory").check();
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByRole("heading", { level: 1, name: `Second ${suffix}` }).waitFor();
  await page.getByText(/was created\. It answers/).waitFor();
  await page.getByRole("button", { name: "Delete target" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`“Second ${suffix}” was deleted.`).waitFor();

  await page.getByRole("link", { name: "Source domains" }).click();
  await page.getByRole("link", { name: "New domain" }).click();
  await page.getByLabel("Name").fill(`${suffix}.example`);
  await page.getByLabel("Address").fill("ldaps://127.0.0.1:1");
  await page.getByLabel("Service account").fill("sync@example.org");
  await page.getByLabel("Password").fill("a bind password");
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByText(/was created, but the connection failed/).waitFor();
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await check();
  await page.getByRole("button", { name: "Delete domain" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`“${suffix}.example” was deleted.`).waitFor();
}, { refused: 422 });

walk("a token is shown once and deleted after a question, and an account is added and deleted", async ({ page, js, check }) => {
  const name = js ? "watcher-with" : "watcher-without";
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/settings/access`);
  await page.getByLabel("What it is for").fill(name);
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByText(`The token “${name}” was made`).waitFor();
  const token = await page.locator(".command .mono").innerText();
  assert.match(token, /^sky_/);
  const asked = await fetch(`${PORTAL}/api/v1/configurations`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(asked.status, 200);
  await check();
  await page.goto(`${PORTAL}/settings/access`);
  assert.equal(await page.getByText(token).count(), 0);
  await page.getByRole("button", { name: `Delete the token ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("The token was deleted").waitFor();
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("a long enough password");
  await page.getByRole("button", { name: "Add account" }).click();
  await page.getByText(`The account “${name}” was added.`).waitFor();
  await page.getByRole("button", { name: `Delete the account ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`The account “${name}” was deleted.`).waitFor();
});
