// Sign-in: the one-time link, a local account, a wrong password, the way back out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINKS, PASSWORD, PORTAL, USERNAME, signIn, walk } from "./portal.mjs";

walk("a local account signs in, comes to the page it asked for and signs out", async ({ page, check }) => {
  await page.goto(`${PORTAL}/logs?q=anna`);
  await page.waitForURL(/\/sign-in/);
  await check();
  await page.getByLabel("User name").fill(USERNAME);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/logs\?q=anna/);
  await page.getByRole("button", { name: /account/i }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto(`${PORTAL}/configurations`);
  assert.match(page.url(), /\/sign-in/, "after signing out the portal asks again");
});

walk("a wrong password is refused in words and shows nothing", async ({ page, check }) => {
  await signIn(page, USERNAME, `${PASSWORD}x`);
  await page.getByText("User name or password is wrong").waitFor();
  await check();
  assert.equal(await page.getByLabel("Password").inputValue(), "", "the password is not sent back");
  await page.goto(`${PORTAL}/users`);
  assert.match(page.url(), /\/sign-in/);
}, { refused: 401 });

walk("the one-time link signs in once", async ({ page, js, check }) => {
  const link = LINKS[js ? 0 : 1];
  assert.ok(link, "serve printed no one-time link");
  await page.goto(link);
  await page.waitForURL(`${PORTAL}/`);
  await page.getByRole("link", { name: "Configurations" }).first().waitFor();
  await check();
  await page.context().clearCookies();
  await page.goto(link);
  await page.getByText("This sign-in link no longer works").waitFor();
  await check();
}, { refused: 401 });

test("nothing of the portal answers without signing in", async () => {
  for (const path of ["/", "/configurations", "/logs", "/users", "/groups"]) {
    const answer = await fetch(PORTAL + path, { redirect: "manual" });
    assert.ok([302, 303, 307].includes(answer.status), `${path} answered ${answer.status}`);
    assert.match(answer.headers.get("location"), /\/sign-in/);
  }
  for (const path of ["/api/v1/users", "/api/v1/configurations"]) {
    const answer = await fetch(PORTAL + path);
    assert.equal(answer.status, 401, path);
    assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
  }
});
