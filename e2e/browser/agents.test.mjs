// An agent from its token to its end: enrolled with the command that the portal shows, seen alive, seen to age, retired.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { PORTAL, signIn, walk } from "./portal.mjs";

const { BINARIES } = process.env;

walk("an agent is enrolled with the shown command, turns active, ages when it is stopped, and is retired", async ({ page, js, check }) => {
  const machine = `walked-agent-${js ? "on" : "off"}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "skybridge-walk-"));
  // The shell of an administrator: `sudo` asks nothing here.
  const env = { ...process.env, PATH: `${BINARIES}:${process.env.PATH}`, SKYBRIDGE_AGENT_CONFIG: path.join(folder, "agent.toml") };
  const shell = (command) => execFileSync("bash", ["-c", `sudo() { "$@"; }; ${command}`], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  let running;
  try {
    await signIn(page);
    await page.waitForURL(`${PORTAL}/`);
    await page.getByRole("link", { name: "Agents", exact: true }).first().click();
    await page.waitForURL(/\/agents$/);
    await page.getByRole("link", { name: "Add agent" }).click();
    await page.waitForURL(/\/agents\/new$/);
    // A token for nothing is refused beside the boxes.
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.locator("#domains-error").waitFor();
    await check();
    await page.getByLabel("lab01.local").check();
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByText("The token was made").waitFor();
    await check();
    const command = await page.locator(".command").first().locator(".mono").innerText();
    assert.match(command, /^sudo skybridge-agent enroll --server http:\S+ --token sbe_\S+$/);
    shell(`${command} --machine ${machine}`);
    assert.throws(() => shell(`${command} --machine again --config ${folder}/second.toml`), "a token lets in one machine");

    await page.getByRole("link", { name: "To the agents" }).click();
    await page.waitForURL(/\/agents$/);
    await seen(page, js, machine, "Never connected");
    running = spawn("skybridge-agent", ["run"], { env, stdio: "ignore" });
    await seen(page, js, machine, "Active");
    await check();
    running.kill("SIGKILL");
    await seen(page, js, machine, "Late");
    await page.getByRole("link", { name: machine }).click();
    await page.getByRole("heading", { level: 1, name: machine }).waitFor();
    await page.getByText("Heartbeats are late").waitFor();
    // The token that was tried twice.
    await page.getByText("was tried again").waitFor();
    await check();
    await page.getByRole("button", { name: "Retire agent" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retire" }).click();
    await page.getByText("The agent was retired").waitFor();
    await page.getByText("It was retired").waitFor();
    await check();
  } finally {
    running?.kill("SIGKILL");
    fs.rmSync(folder, { recursive: true, force: true });
  }
}, { refused: 422 });

/** Waits until the list shows a machine in a state; with a script the page does so by itself. */
async function seen(page, js, machine, state) {
  const cell = page.getByRole("row").filter({ has: page.getByRole("link", { name: machine }) }).getByText(state, { exact: true });
  const end = Date.now() + 60_000;
  while (!js && Date.now() < end && !(await cell.count())) await page.reload();
  await cell.waitFor({ timeout: 60_000 });
}
