// Every page: it answers, has a title and one main heading, fits its window, travels light, and axe finds nothing.
import assert from "node:assert/strict";
import http from "node:http";
import { addresses, PAGES } from "./pages.mjs";
import { PORTAL, signIn, walk } from "./portal.mjs";

for (const [colorScheme, width] of [["light", 1440], ["dark", 390]]) {
  walk(`every page is accessible and fits, ${colorScheme}, ${width} px`, async ({ page, check }) => {
    await signIn(page);
    await page.waitForURL(`${PORTAL}/`);
    const found = await addresses(page, PORTAL);
    assert.deepEqual(Object.keys(PAGES).filter((name) => !found[name]), [], "pages that nothing links to");
    for (const [name, address] of Object.entries(found)) await look(page, check, name, address);
  }, { colorScheme, viewport: { width, height: 900 }, refused: 404 });
}

async function look(page, check, name, address) {
  const answer = await page.goto(address);
  assert.equal(answer.status(), name === "not-found" ? 404 : 200, address);
  assert.match(await page.title(), /Skybridge/, address);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `one main heading on ${address}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${address} is ${over} px wider than the window`);
  const bytes = await weight(page, address);
  assert.ok(bytes <= LIGHT, `${address} is ${bytes} bytes compressed`);
  await check();
}

/** The most that a page, and the browser's part of the portal, may weigh as they travel, in bytes. */
const LIGHT = 30_000;
const LIGHT_WASM = 120_000;

/** Bytes of an answer as a browser gets it. */
async function weight(page, address) {
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  return new Promise((resolve, reject) => {
    http.get(address, { headers: { cookie, "accept-encoding": "br" } }, (answer) => {
      let bytes = 0;
      answer.on("data", (part) => { bytes += part.length; });
      answer.on("end", () => resolve(bytes));
      answer.on("error", reject);
    }).on("error", reject);
  });
}

walk("the browser's part of the portal travels light", async ({ page, js }) => {
  if (!js) return;
  const module = page.waitForResponse((answer) => answer.url().endsWith(".wasm"));
  await signIn(page);
  const bytes = await weight(page, (await module).url());
  assert.ok(bytes <= LIGHT_WASM, `the module is ${bytes} bytes compressed`);
});

