// People sign in with their company account: who they are there says what they may do here.
import assert from "node:assert/strict";
import { PORTAL, signIn, walk } from "../browser/portal.mjs";

const { ISSUER, SECRET } = process.env;
const named = (name, js) => `${name}-${js ? "js" : "plain"}`;

/** Through the provider's page and back, as somebody in some groups. */
async function come(page, name, groups) {
  await page.goto(`${PORTAL}/sign-in`);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await answer(page, `${name}.${groups}`);
}

async function answer(page, text) {
  await page.waitForURL(`${ISSUER}/**`);
  await page.getByLabel("Name").fill(text);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Forgets who is signed in; an open page would go on asking without being anybody. */
async function leave(page) {
  await page.goto("about:blank");
  await page.context().clearCookies();
}

walk("somebody signs in with their company account and comes to the page they asked for", async ({ page, js, check }) => {
  await page.goto(`${PORTAL}/logs?q=anna`);
  await page.waitForURL(/\/sign-in/);
  await check();
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await answer(page, `${named("anna", js)}.Admins+Staff`);
  await page.waitForURL(`${PORTAL}/logs?q=anna`);
  await page.goto(`${PORTAL}/settings/access`);
  const own = page.getByRole("row", { name: new RegExp(named("anna", js)) });
  assert.match(await own.innerText(), /Administrator[\s\S]*Provider/);
  assert.equal(await own.getByRole("link", { name: /password/i }).count(), 0, "there is no password here");
  await check();
  await page.getByRole("button", { name: /account and colours/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
});

walk("a reader of the provider changes nothing", async ({ page, js }) => {
  await come(page, named("rita", js), "Staff");
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/settings/access`);
  await page.getByText(/needs the role administrator/i).waitFor();
}, { refused: 403 });

walk("who has no role here is told why, and by which claim", async ({ page, js, check }) => {
  await come(page, named("nobody", js), "Guests");
  await page.getByText("You may not use this portal").waitFor();
  await page.getByText(`knows you as ${named("nobody", js)}`).waitFor();
  await page.getByText("groups").waitFor();
  await check();
  await page.goto(`${PORTAL}/`);
  await page.waitForURL(/\/sign-in/);
}, { refused: 403 });

walk("who refuses at the provider comes back to the sign-in page", async ({ page, check }) => {
  await page.goto(`${PORTAL}/sign-in`);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await page.waitForURL(`${ISSUER}/**`);
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.getByText("The provider did not sign you in").waitFor();
  await page.getByText("the person refused").waitFor();
  await check();
}, { refused: 401 });

walk("an answer of the provider is worth nothing in another browser, and nothing twice", async ({ page, js }) => {
  let address;
  page.on("request", (request) => { if (request.url().includes("/sign-in/openid/return")) address = request.url(); });
  await come(page, named("bob", js), "Staff");
  await page.waitForURL(`${PORTAL}/`);
  assert.ok(address, "the answer was seen");
  await leave(page);
  await page.goto(address);
  await page.getByText("This sign-in cannot be finished").waitFor();
  await page.goto(`${PORTAL}/`);
  await page.waitForURL(/\/sign-in/);
}, { refused: 400 });

walk("a role follows the provider, and ends with it", async ({ page, js }) => {
  const name = named("carl", js);
  await come(page, name, "Staff");
  await page.waitForURL(`${PORTAL}/`);
  await leave(page);
  await come(page, name, "Admins");
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/settings/access`);
  assert.match(await page.getByRole("row", { name: new RegExp(name) }).innerText(), /Administrator/);
  const kept = await page.context().cookies();
  await leave(page);
  await come(page, name, "Guests");
  await page.getByText("You may not use this portal").waitFor();
  await page.context().addCookies(kept);
  await page.goto(`${PORTAL}/configurations`);
  await page.waitForURL(/\/sign-in/);
}, { refused: 403 });

walk("nobody of the provider becomes a local account by having its name", async ({ page }) => {
  await come(page, process.env.USERNAME, "Admins");
  await page.getByText("Your name is taken").waitFor();
}, { refused: 409 });

walk("an administrator sees the provider, corrects it and is told when it does not answer", async ({ page, check }) => {
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/settings/access`);
  await page.getByRole("button", { name: "Check provider" }).click();
  await page.getByText("The provider answers").waitFor();
  await check();
  await page.getByRole("link", { name: "Edit provider" }).click();
  await page.getByText(`${PORTAL}/sign-in/openid/return`).waitFor();
  assert.equal(await page.getByLabel("Client secret").inputValue(), "");
  await check();
  await page.getByLabel("Administrators").fill("");
  await page.getByLabel("Readers").fill("");
  await page.getByLabel("Issuer").fill("http://id.example.org");
  await page.getByRole("button", { name: "Save provider" }).click();
  await page.getByText(/nobody would get in/).waitFor();
  assert.match(await page.locator("#issuer-error").innerText(), /https/);
  await check();
  await page.getByLabel("Issuer").fill("http://127.0.0.1:1");
  await page.getByLabel("Readers").fill("Staff");
  await page.getByLabel("Administrators").fill("Admins");
  await page.getByRole("button", { name: "Save provider" }).click();
  await page.getByText("The provider cannot be used yet").waitFor();
  // Another issuer gets no secret of this one: it has to be given again.
  await page.getByRole("link", { name: "Edit provider" }).click();
  await page.getByLabel("Issuer").fill(ISSUER);
  await page.getByLabel("Client secret").fill(SECRET);
  await page.getByRole("button", { name: "Save provider" }).click();
  await page.getByText("The provider answers").waitFor();
}, { refused: 422 });

walk("a local account gets another role, and the last administrator keeps theirs", async ({ page, js, check }) => {
  const name = `local-${js ? "js" : "plain"}`;
  await signIn(page);
  await page.waitForURL(`${PORTAL}/`);
  await page.goto(`${PORTAL}/settings/access`);
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("a long enough password");
  await page.getByRole("button", { name: "Add account" }).click();
  await page.getByRole("link", { name: `Change the role of ${name}` }).click();
  await check();
  await page.getByLabel("Role").selectOption("operator");
  await page.getByRole("button", { name: "Save role" }).click();
  await page.getByText(`“${name}” has the role operator from now on.`).waitFor();
  assert.match(await page.getByRole("row", { name: new RegExp(name) }).innerText(), /Operator/);
});

walk("words in an address that somebody sent are not shown as the provider's", async ({ page }) => {
  await page.goto(`${PORTAL}/sign-in/openid/return?error=access_denied&error_description=Call+us&state=1`);
  await page.getByText("This sign-in cannot be finished").waitFor();
  assert.equal(await page.getByText("Call us").count(), 0);
}, { refused: 400 });
