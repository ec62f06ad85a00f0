// One Chromium for all walks, one fresh context for each: with or without JavaScript, every console error, page error
// and failed request remembered, and axe over any page on request.
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    // Debian's Chromium as root on a closed network: no sandbox, nothing looked up or fetched in the background.
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    ],
  });

/**
 * A context whose pages report what went wrong in them; `close()` throws when anything did. An
 * answer of the status `refused` is expected.
 */
export async function visitor(browser, options, refused) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC", ...options,
  });
  context.chosen = { colorScheme: options?.colorScheme };
  context.withoutScripts = options?.javaScriptEnabled === false;
  context.setDefaultTimeout(45_000);
  const wrong = [];
  context.on("page", (page) => {
    page.on("console", (message) => {
      if (refused && message.text().includes(`status of ${refused} `)) return;
      if (message.type() === "error") wrong.push(`console: ${message.text()} (${page.url()})`);
    });
    page.on("pageerror", (error) => wrong.push(`page error: ${error} (${page.url()})`));
    page.on("response", (response) => {
      if (response.status() >= 500) wrong.push(`${response.status()} from ${response.url()}`);
    });
  });
  const page = await context.newPage();
  return {
    page,
    context,
    wrong,
    async close() {
      await context.close();
      judge(wrong);
    },
  };
}

/** Throws what went wrong in pages since the last time. */
export function judge(wrong) {
  const lines = wrong.splice(0);
  if (lines.length) throw new Error(`the browser reported:\n  ${lines.join("\n  ")}`);
}

/** Fails with one line a violation (WCAG 2.2 AA and axe's best practices). */
export async function accessible(page) {
  const copy = page.context().withoutScripts ? await copyWithScripts(page) : null;
  try {
    await audit(copy ?? page);
  } finally {
    await copy?.context().close();
  }
}

/**
 * axe needs timers, which a page without JavaScript does not have. So it looks at the same markup, with the page's own
 * scripts taken out, in a context where scripts may run.
 */
async function copyWithScripts(page) {
  const html = (await page.content()).replace(/<script\b[^]*?<\/script>/gi, "").replace(/<\/?noscript[^>]*>/gi, "");
  const context = await page.context().browser().newContext({
    ...page.context().chosen, viewport: page.viewportSize(), reducedMotion: "reduce", storageState: await page.context().storageState(),
  });
  const copy = await context.newPage();
  await copy.route(page.url(), (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
  await copy.goto(page.url());
  return copy;
}

async function audit(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  if (violations.length === 0) return;
  const where = (found) => found.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${node.any?.[0]?.message ?? ""})`);
  throw new Error(
    [`axe on ${page.url()}:`, ...violations.map((found) => `${found.id}, ${found.impact}: ${where(found).join("; ")}`)].join("\n  "),
  );
}
