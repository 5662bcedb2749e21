// The stack under test: `portolan demo` in folders of its own, so that it neither sees the user's stacks nor leaves
// anything behind; or one that somebody else runs.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

// Values of the caller's that would reach the services or another stack.
const STRANGE =
  /^(PORTOLAN_.*|PORT|DATABASE_URL|BETTER_AUTH_SECRET|SERVICE_DISCOVERY_PATH|(AUTH|BACKEND|FRONTEND)(_SERVICE)?_URL)$/;

export async function startStack(program) {
  const binary = resolve(program);
  const folder = await mkdtemp(join(tmpdir(), "portolan-browser-"));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !STRANGE.test(name)));
  for (const [name, part] of [
    ["XDG_RUNTIME_DIR", "run"],
    ["XDG_STATE_HOME", "home"],
    ["PORTOLAN_STATE_DIR", "state"],
  ]) {
    env[name] = join(folder, part);
    await mkdir(env[name], { mode: 0o700 });
  }
  const portolan = (...words) => run(binary, words, { cwd: folder, env, timeout: 120_000 });
  const stack = {
    async urls() {
      const { services } = JSON.parse((await portolan("--stack", "demo", "ps", "--json")).stdout);
      const urls = Object.fromEntries(services.filter(({ url }) => url).map(({ name, url }) => [name, url]));
      stack.onUrls?.(urls);
      return urls;
    },
    reassign: (name) => portolan("--stack", "demo", "reassign", name),
    async end() {
      await portolan("--stack", "demo", "down").catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stack.end().finally(() => process.exit(1)));
  try {
    await portolan("demo", "--detach");
  } catch (error) {
    await stack.end();
    throw new Error(`portolan demo --detach: ${error.stderr || error.message}`);
  }
  return stack;
}

export async function runningStack({ frontend, ...known }) {
  const stack = {
    async urls() {
      const { services } = await (await fetch(new URL("/config.json", frontend))).json();
      const urls = { ...Object.fromEntries(services.map(({ name, url }) => [name, url])), ...known, frontend };
      stack.onUrls?.(urls);
      return urls;
    },
    async end() {},
  };
  return stack;
}
