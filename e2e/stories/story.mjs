// A troubleshooting story: somebody stands on the Overview page, something is wrong, and after at most three clicks, or
// after one search, the true reason stands before them in words.
import assert from "node:assert/strict";
import { PORTAL, walk } from "../browser/portal.mjs";

const MOST = 3;

/**
 * Registers a story with JavaScript and without. `way` is `{ clicks: N }`, exactly so many and three at most, or
 * `{ search: TEXT }`: the text is searched for once, on the page itself or on one that its link in the navigation
 * leads to, and at most one of the results is opened.
 *
 * The steps get
 * - `click(locator)`: one click, which leads to another page,
 * - `press(locator)`: one click on a button,
 * - `open(name)`: one click on the page's link in the navigation,
 * - `search(label)`: types the text into the field of this name and presses Enter,
 * - `tile(name)`: the link of a configuration on the Overview page,
 * - `row(table, text)`: the first row of a table that holds the text,
 * - `reason(text)`: the reason, in words that can be read on the page's main part; a text or a regular expression.
 */
export function story(name, way, steps) {
  assert.ok(way.search ? !way.clicks : way.clicks >= 1 && way.clicks <= MOST, `${name}: one to three clicks, or one search`);
  walk(name, async ({ page, js, check }) => {
    const told = new Account(way);
    let reasons = 0;
    const main = page.locator("main");
    const follow = async (locator) => {
      const before = page.url();
      await locator.click();
      await page.waitForURL((url) => url.href !== before);
    };
    await page.goto(`${PORTAL}/`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await steps({
      page, main, js,
      click: (locator) => { told.click(); return follow(locator); },
      press: (locator) => { told.click(); return locator.click(); },
      open: (place) => {
        told.open();
        return follow(page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: place, exact: true }));
      },
      search: async (label = "Search the provisioning logs") => {
        told.search();
        await page.getByRole("searchbox", { name: label }).first().fill(way.search);
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.searchParams.get("q") === way.search);
      },
      tile: (configuration) => main.getByRole("link", { name: configuration, exact: true }),
      row: (table, text) => main.getByRole("table", { name: table }).getByRole("row").filter({ hasText: text }).first(),
      reason: async (words) => {
        reasons += 1;
        await readable(main, words);
      },
    });
    assert.ok(reasons > 0, "a story ends with its reason");
    told.end();
    if (js) await check();
  }, { signedIn: true });
}

/** Waits until words stand on the page where a reader sees them without opening anything. */
async function readable(main, words) {
  const found = main.getByText(words).filter({ visible: true });
  await found.first().waitFor().catch(async () => {
    throw new Error(`the page does not say ${words}, but:\n${(await main.innerText()).slice(0, 3000)}`);
  });
}

/** Keeps count of what a story was allowed. */
class Account {
  constructor({ clicks, search }) {
    this.allowed = search ? 1 : clicks;
    this.searching = Boolean(search);
    this.clicks = 0;
    this.opened = false;
    this.searched = false;
  }

  click() {
    if (this.searching) assert.ok(this.searched, "a story with a search clicks on what was found, and on nothing before");
    this.clicks += 1;
    assert.ok(this.clicks <= this.allowed, `more than ${this.allowed} clicks`);
  }

  /** The way to the page that is searched is part of the search. */
  open() {
    if (!this.searching) return this.click();
    assert.ok(!this.opened && !this.searched, "one page is searched");
    this.opened = true;
  }

  search() {
    assert.ok(this.searching && !this.searched, "one search, where one is allowed");
    this.searched = true;
  }

  end() {
    if (this.searching) assert.ok(this.searched, "nothing was searched for");
    else assert.equal(this.clicks, this.allowed, "as many clicks as the story says");
  }
}
