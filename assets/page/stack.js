// The card that shows which addresses this page was given, and whether somebody answers there.

import { byId, clone, part, say } from "./dom.js";
import { ask, current, pause, places } from "./places.js";

const EVERY = 5000;
const list = byId("services");
const rows = new Map();

export function start() {
  places.addEventListener("change", ({ detail: { before, now } }) => {
    show(now);
    for (const { name, url } of Object.values(now.services)) {
      const old = before?.services[name]?.url;
      if (!old || !url || old === url) continue;
      part(rows.get(name), "was").textContent = `was ${host(old)}`;
      say(`${name} moved to ${host(url)}.`);
    }
    check();
  });
  watch();
}

function show({ stack, services }) {
  byId("stack-name").textContent = stack;
  byId("try").textContent = `portolan --stack ${stack} reassign backend`;
  const own = { name: "frontend", url: location.origin, source: "this page" };
  for (const { name, url, source } of [own, ...Object.values(services)]) {
    if (!rows.has(name)) {
      rows.set(name, clone("service-template", { name }));
      list.append(rows.get(name));
    }
    const row = rows.get(name);
    part(row, "url").textContent = url ? host(url) : "no address";
    part(row, "source").textContent = name === "frontend" ? source : source ? `from ${source}` : "nothing names it";
    const docs = part(row, "docs");
    docs.hidden = name === "frontend" || !url;
    if (!docs.hidden) docs.href = `${url}/docs`;
    docs.ariaLabel = `API docs of ${name}`;
  }
}

async function watch() {
  for (;;) {
    if (!document.hidden) await check();
    await pause(EVERY);
  }
}

async function check() {
  const config = await ask().catch(() => null);
  state("frontend", config ? "up" : "down", config ? "answers" : "does not answer");
  for (const { name, url, reachable } of Object.values((config ?? current())?.services ?? {})) {
    if (!url) state(name, "down", "unknown");
    else if (reachable === false) state(name, "moving", "away");
    else await knock(name, url);
  }
}

async function knock(name, url) {
  const began = performance.now();
  try {
    await get(`${url}/health`);
    state(name, "up", `answers in ${Math.max(1, Math.round(performance.now() - began))} ms`);
    if (name === "backend") showMonitor(await get(`${url}/monitoring/health`));
  } catch {
    if (current()?.services[name]?.url === url) state(name, "down", "does not answer");
  }
}

async function get(url) {
  const response = await fetch(url, { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

function state(name, kind, text) {
  const row = rows.get(name);
  if (!row) return;
  row.dataset.state = kind;
  part(row, "state").textContent = text;
}

// What the backend itself sees of the others.
function showMonitor({ version, uptime_seconds: uptime, database = {}, auth = {} }) {
  const minutes = Math.floor(uptime / 60);
  const facts = {
    "its database": `${database.kind}${database.version ? ` ${database.version}` : ""}${database.reachable ? "" : ", away"}`,
    "sees auth at": `${host(auth.url) ?? "no address"}${auth.reachable ? "" : ", away"}`,
    "up for": minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : minutes ? `${minutes} min` : `${Math.floor(uptime)} s`,
    version,
  };
  const pairs = Object.entries(facts).flatMap(([term, text]) => {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = text;
    return [dt, dd];
  });
  byId("monitor").replaceChildren(...pairs);
  byId("monitor").hidden = false;
}

const host = (url) => URL.parse(url)?.host ?? url;
