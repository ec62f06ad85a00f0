// The portal under test, and the two ways every walk is taken.
import { after, before, test } from "node:test";
import { accessible, judge, launch, visitor } from "./browser.mjs";

export const { PORTAL, USERNAME, PASSWORD } = process.env;
/** One-time links, one for each of the two ways. */
export const LINKS = (process.env.LINKS ?? "").split(" ").filter(Boolean);

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/**
 * Registers a walk twice, with JavaScript and without. The walk gets { page, js, check }. `refused` is the one status
 * that the walk asks for on purpose: Chromium reports each such answer on the console. `signedIn` walks are
 * taken by somebody who signed in already: those of one file and way share one browser context.
 */
export function walk(name, steps, { refused, signedIn, ...options } = {}) {
  for (const js of [true, false]) {
    test(`${name} (JavaScript ${js ? "on" : "off"})`, async () => {
      const visit = await (signedIn ? again(js) : visitor(browser, { ...looks(js), ...options }, refused));
      const violations = [];
      // Noted, and thrown at the end: one violation must not hide what comes after it.
      const check = () => accessible(visit.page).catch((error) => violations.push(error.message));
      try {
        await steps({ page: visit.page, js, check });
        if (violations.length) throw new Error([...new Set(violations)].join("\n"));
      } catch (error) {
        const extra = visit.wrong.length ? `\nthe browser reported:\n  ${visit.wrong.join("\n  ")}` : "";
        visit.wrong.length = 0;
        throw new Error(`${error.message}\nat ${visit.page.url()}${extra}`, { cause: error });
      } finally {
        await visit.close();
      }
    });
  }
}

/** With JavaScript in the light theme, without it in the dark one: every walk is looked at in both. */
const looks = (js) => ({ javaScriptEnabled: js, colorScheme: js ? "light" : "dark" });

const sessions = new Map();

/** Another page of the one who signed in this way. */
async function again(js) {
  if (!sessions.has(js)) sessions.set(js, begin(js));
  const { context, wrong } = await sessions.get(js);
  judge(wrong);
  const page = await context.newPage();
  return { page, wrong, async close() { await page.close(); judge(wrong); } };
}

async function begin(js) {
  const visit = await visitor(browser, looks(js));
  await signIn(visit.page);
  await visit.page.waitForURL(`${PORTAL}/`);
  await visit.page.close();
  return visit;
}

export async function signIn(page, username = USERNAME, password = PASSWORD) {
  await page.goto(`${PORTAL}/sign-in`);
  await page.getByLabel(/user ?name/i).fill(username);
  await page.getByLabel(/password/i).fill(password);
  await page.getByRole("button", { name: /sign in/i }).click();
}
