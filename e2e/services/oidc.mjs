// The provider that oidc.sh starts: one client, code flow with PKCE, and a page on which anybody may say who they are.
import { generateKeyPairSync } from "node:crypto";
import express from "express";
import { Provider } from "oidc-provider";

const { PORT, SECRET, CALLBACK } = process.env;
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{ client_id: "skybridge", client_secret: SECRET, redirect_uris: [CALLBACK], grant_types: ["authorization_code"] }],
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256", kid: "1" }] },
  cookies: { keys: [SECRET] },
  pkce: { methods: ["S256"], required: () => true },
  scopes: ["openid", "profile", "email"],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, { uid }) => `/who/${uid}` },
  findAccount: (_, id) => {
    const [name, groups = ""] = id.split(".");
    const claims = { sub: name, preferred_username: name, email: `${name}@example.org`, groups: groups.split("+").filter(Boolean) };
    return { accountId: id, claims: () => claims };
  },
  // Nobody is asked whether the portal may know who they are.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

const app = express();
app.get("/who/:uid", (_, answer) => answer.type("html").send(`<!doctype html><html lang="en"><title>Who are you?</title><link rel="icon" href="data:,">
  <main><h1>Who are you?</h1><form method="post"><label>Name <input name="name" autofocus></label>
  <button>Continue</button><button name="refuse" value="1">Refuse</button></form></main></html>`));
app.post("/who/:uid", express.urlencoded({ extended: false }), async (request, answer) => {
  const { name, refuse } = request.body;
  const result = refuse ? { error: "access_denied", error_description: "the person refused" } : { login: { accountId: name, remember: false } };
  await provider.interactionFinished(request, answer, result, { mergeWithLastSubmission: false });
});
app.use(provider.callback());
app.listen(Number(PORT), "127.0.0.1");
