// Mounts scimmy on express with a bearer token. The protocol is the library's; this file is only the store it asks
// its host for (one Map a resource type, unique userName) and the list of answered writes, like scim2_app.py's.
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { PORT, SCIM_TOKEN, SCIM_WRITES } = process.env;

function store(resourceType, uniqueField) {
  const byId = new Map();
  const byName = new Map();
  const key = (value) => String(value).toLowerCase();
  const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
  return {
    egress(request) {
      if (!request.id) return [...byId.values()];
      if (!byId.has(request.id)) throw missing(request.id);
      return byId.get(request.id);
    },
    ingress(request, data) {
      const id = request.id ?? randomUUID();
      const old = byId.get(id);
      if (request.id && !old) throw missing(id);
      if (uniqueField) {
        const holder = byName.get(key(data[uniqueField]));
        if (holder && holder !== id) throw new SCIMMY.Types.Error(409, "uniqueness", `${uniqueField} is taken`);
        if (old) byName.delete(key(old[uniqueField]));
        byName.set(key(data[uniqueField]), id);
      }
      const now = new Date().toISOString();
      const record = { ...data, id, meta: { created: old?.meta?.created ?? now, lastModified: now } };
      byId.set(id, record);
      return record;
    },
    degress(request) {
      const old = byId.get(request.id);
      if (!old) throw missing(request.id);
      if (uniqueField) byName.delete(key(old[uniqueField]));
      byId.delete(request.id);
    },
  };
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
SCIMMY.Resources.declare(SCIMMY.Resources.User, store("User", "userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, store("Group"));

const app = express();
const writes = fs.openSync(SCIM_WRITES, "a");
app.use((request, response, next) => {
  let made;
  const { json } = response;
  // A 201 of this library has no Location: the id of a new object is in the body alone.
  response.json = (body) => {
    made = body?.id;
    return json.call(response, body);
  };
  response.on("finish", () => {
    if (["GET", "HEAD"].includes(request.method) || request.originalUrl.endsWith("/.search")) return;
    const parts = request.originalUrl.split("?")[0].split("/");
    const [type, id] = request.method === "POST" ? [parts.at(-1), made] : parts.slice(-2);
    fs.writeSync(writes, JSON.stringify({ method: request.method, status: response.statusCode, type, id }) + "\n");
  });
  next();
});
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler(request) {
    if (request.header("Authorization") !== `Bearer ${SCIM_TOKEN}`) throw new Error("the bearer token is not valid");
    return "e2e";
  },
}));
const server = app.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => { server.close(); process.exit(0); });
