// Pictures of every page for people: 1440 and 390 px wide, light and dark, into .work/screens.
//   PORTAL=http://127.0.0.1:3000 LINK=<one-time link>  node screens.mjs        (or USERNAME= and PASSWORD=)
//   `python3 -m harness.screens BINARY` starts a portal with sample forests and calls this.
import fs from "node:fs";
import { launch, visitor } from "./browser/browser.mjs";
import { PAGES, addresses } from "./browser/pages.mjs";

const { PORTAL, LINK, USERNAME, PASSWORD } = process.env;
const folder = new URL(".work/screens/", import.meta.url).pathname;
fs.mkdirSync(folder, { recursive: true });

const browser = await launch();
let state;
for (const width of [1440, 390]) {
  for (const colorScheme of ["light", "dark"]) {
    const visit = await visitor(browser, { viewport: { width, height: width > 800 ? 900 : 844 }, colorScheme, storageState: state });
    const { page } = visit;
    const shot = (name) => page.screenshot({ path: `${folder}${name}-${width}-${colorScheme}.png`, fullPage: true });
    if (!state) {
      await page.goto(LINK ?? `${PORTAL}/sign-in`);
      if (!LINK) {
        await page.getByLabel(/user ?name/i).fill(USERNAME);
        await page.getByLabel(/password/i).fill(PASSWORD);
        await page.getByRole("button", { name: /sign in/i }).click();
      }
      await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      state = await visit.context.storageState();
    }
    const found = await addresses(page, PORTAL);
    for (const name of Object.keys(PAGES)) {
      if (!found[name]) { console.log(`no address for ${name}`); continue; }
      await page.goto(found[name], { waitUntil: "load" });
      await shot(name);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) console.log(`${name} at ${width} px: ${wide} px wider than the window`);
    }
    const stranger = await visitor(browser, { viewport: { width, height: 900 }, colorScheme });
    await stranger.page.goto(`${PORTAL}/sign-in`);
    await stranger.page.screenshot({ path: `${folder}login-${width}-${colorScheme}.png`, fullPage: true });
    for (const one of [stranger, visit]) await one.close().catch((error) => console.log(error.message));
  }
}
await browser.close();
console.log(folder);
