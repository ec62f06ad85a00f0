// Pictures of every page for people: 1440 and 390 px wide, light and dark, into .work/screens; with SCREENS=<folder>
// there, light only and as WebP, which is a fifth of the size (`make screens` fills docs/screens).
//   PORTAL=http://127.0.0.1:3000 LINK=<one-time link>  node screens.mjs        (or USERNAME= and PASSWORD=)
//   `python3 -m harness.screens BINARY` starts a portal with sample forests and calls this.
import fs from "node:fs";
import { launch, visitor } from "./browser/browser.mjs";
import { PAGES, addresses } from "./browser/pages.mjs";

const { PORTAL, LINK, USERNAME, PASSWORD, SCREENS } = process.env;
const folder = SCREENS ?? new URL(".work/screens", import.meta.url).pathname;
const schemes = SCREENS ? ["light"] : ["light", "dark"];
fs.mkdirSync(folder, { recursive: true });

/** A picture of the whole page. */
async function picture(page, name, width, scheme) {
  // What is painted now: no page before it that fades, no font on its way.
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame += 1) await new Promise((painted) => requestAnimationFrame(painted));
  });
  const path = `${folder}/${name}-${width}`;
  if (!SCREENS) return page.screenshot({ path: `${path}-${scheme}.png`, fullPage: true });
  const browser = await page.context().newCDPSession(page);
  const { cssContentSize } = await browser.send("Page.getLayoutMetrics");
  const clip = { x: 0, y: 0, width: cssContentSize.width, height: Math.min(cssContentSize.height, 8000), scale: 1 };
  const { data } = await browser.send("Page.captureScreenshot", { format: "webp", quality: 70, captureBeyondViewport: true, clip });
  fs.writeFileSync(`${path}.webp`, Buffer.from(data, "base64"));
  await browser.detach();
}

const browser = await launch();
let state;
for (const width of [1440, 390]) {
  for (const colorScheme of schemes) {
    const visit = await visitor(browser, { viewport: { width, height: width > 800 ? 900 : 844 }, colorScheme, storageState: state });
    const { page } = visit;
    const shot = (name) => picture(page, name, width, colorScheme);
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
    await picture(stranger.page, "login", width, colorScheme);
    for (const one of [stranger, visit]) await one.close().catch((error) => console.log(error.message));
  }
}
await browser.close();
console.log(folder);
