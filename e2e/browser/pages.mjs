// Every page of the portal by name, and how to find an address for those that show one object: the first link of that
// shape on its list, which is an address or the name of a page above.
// `rest` is what follows it, where the name does not say.
const within = (list, shape, rest) => ({ list, shape, rest });

export const PAGES = {
  overview: "/",
  configurations: "/configurations",
  "configurations-new": "/configurations/new",
  configuration: within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-scope": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-mapping": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-mapping-edit": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/, "/mapping?edit=displayName"),
  "configuration-test": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-simulate": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-unmatched": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-failing": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-restart": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-allow-deletes": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  "configuration-properties": within("/configurations", /^\/configurations\/(?!new)[^/?]+$/),
  agents: "/agents",
  "agents-new": "/agents/new",
  agent: within("/agents", /^\/agents\/(?!new)[^/?]+$/),
  logs: "/logs",
  "logs-empty": "/logs?q=nothing-is-called-this",
  "logs-download": "/logs/download?q=a",
  log: within("/logs", /^\/logs\/\d+$/),
  settings: "/settings",
  "settings-domains": "/settings/domains",
  "settings-domain": within("settings-domains", /^\/settings\/domains\/(?!new)[^/?]+$/),
  "settings-domains-new": "/settings/domains/new",
  "settings-targets": "/settings/targets",
  "settings-target": within("settings-targets", /^\/settings\/targets\/(?!new)[^/?]+$/),
  "settings-targets-new": "/settings/targets/new",
  "settings-access": "/settings/access",
  "settings-provider": "/settings/access/provider",
  "settings-role": within("settings-access", /^\/settings\/access\/accounts\/[^/?]+\/role$/),
  "settings-password": "/settings/password",
  users: "/users",
  user: within("/users", /^\/users\/[^/?]+$/),
  object: within("user", /^\/objects\/[^/?]+$/),
  readiness: "/readiness",
  groups: "/groups",
  group: within("/groups", /^\/groups\/[^/?]+$/),
  insights: "/insights",
  "insights-month": "/insights?range=30d",
  alerts: "/alerts",
  "alerts-empty": "/alerts?q=nothing-is-called-this",
  "alerts-all": "/alerts?state=all",
  alert: within("alerts-all", /^\/alerts\/(?!rules)[^/?]+$/),
  "alert-rules": "/alerts/rules",
  mail: "/mail",
  "mail-server": "/mail/server",
  audit: "/audit",
  "audit-empty": "/audit?q=nothing-is-called-this",
  "audit-entry": within("/audit", /^\/audit\/\d+$/),
  "not-found": "/nowhere",
};

/** Page name -> address; a name without a link on its list is left out. */
export async function addresses(page, portal) {
  const found = {};
  const links = new Map();
  for (const [name, address] of Object.entries(PAGES)) {
    if (typeof address === "string") {
      found[name] = portal + address;
      continue;
    }
    if (!links.has(address.list)) {
      await page.goto(found[address.list] ?? portal + address.list);
      const paths = await page.locator("main a[href]").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
      links.set(address.list, paths);
    }
    const first = links.get(address.list).map((path) => path.split("?")[0]).find((path) => address.shape.test(path));
    const part = address.rest ?? (name.startsWith("configuration-") ? `/${name.slice("configuration-".length)}` : "");
    if (first) found[name] = portal + first + part;
  }
  return found;
}
