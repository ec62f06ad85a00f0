// Every page: it answers, has a title and one main heading, fits its window, and axe finds nothing.
import assert from "node:assert/strict";
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
  await check();
}

