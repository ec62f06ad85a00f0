// Lighthouse over every page: mobile preset, the median of RUNS runs (5).
//   PORTAL= USERNAME= PASSWORD=  node lighthouse/run.mjs      (`make lighthouse` starts a portal and calls this)
// Prints a line a page and fails when a page is below a goal. A page whose status is not 200 (the 404 page) has no scores.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import lighthouse from "lighthouse";
import { addresses } from "../browser/pages.mjs";

const { PORTAL, USERNAME, PASSWORD, ONLY } = process.env;
const RUNS = Number(process.env.RUNS ?? 5);
const GOALS = { performance: 99, accessibility: 100, "best-practices": 100 };
const PORT = 9000 + (process.pid % 1000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lighthouse-"));
const browser = await chromium.launchPersistentContext(folder, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    `--remote-debugging-port=${PORT}`, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
  ],
});
let low = 0;
try {
  if (!ONLY || "sign-in".match(ONLY)) low += (await measured("sign-in", `${PORTAL}/sign-in`, {})) ? 0 : 1;
  const page = await browser.newPage();
  await page.goto(`${PORTAL}/sign-in`);
  await page.getByLabel("User name").fill(USERNAME);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${PORTAL}/`);
  const found = await addresses(page, PORTAL);
  delete found["not-found"];
  const cookie = (await browser.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await page.goto("about:blank");
  for (const [name, address] of Object.entries(found)) {
    if (ONLY && !name.match(ONLY)) continue;
    low += (await measured(name, address, { Cookie: cookie })) ? 0 : 1;
  }
} finally {
  await browser.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
console.log(low ? `${low} pages are below a goal` : "every page reaches the goals");
process.exitCode = low ? 1 : 0;

async function measured(name, address, extraHeaders) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { lhr } = await lighthouse(address, {
      port: PORT, output: "json", logLevel: "error", onlyCategories: Object.keys(GOALS), extraHeaders,
    });
    runs.push(lhr);
  }
  const median = (of) => runs.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  const scores = Object.keys(GOALS).map((category) => median((lhr) => Math.round(lhr.categories[category].score * 100)));
  const figure = (audit) => median((lhr) => lhr.audits[audit].numericValue);
  const reached = Object.values(GOALS).every((goal, place) => scores[place] >= goal);
  const figures = `LCP ${(figure("largest-contentful-paint") / 1000).toFixed(2)} s, TBT ${figure("total-blocking-time").toFixed(0)} ms, `
    + `CLS ${figure("cumulative-layout-shift").toFixed(3)}`;
  console.log(`${reached ? "ok    " : "BELOW "} ${name.padEnd(30)} ${scores.map((score) => String(score).padStart(4)).join("")}   ${figures}`);
  if (!reached) {
    const failed = Object.values(runs[0].audits).filter((audit) => audit.score !== null && audit.score < 0.9);
    console.log(`         ${failed.map((audit) => audit.id).join(", ")}`);
  }
  return reached;
}
