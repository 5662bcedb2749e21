// The card that shows which addresses this page was given, and whether somebody answers there.

import { byId, clone, part, say } from "./dom.js";
import { ask, isHere, isThere, pause, places } from "./places.js";

const EVERY = 5000;
const list = byId("services");
const rows = new Map();
const last = new Map(); // name -> the address that was heard last: while a service moves, it has none

export function start() {
  places.addEventListener("change", ({ detail: now }) => {
    show(now);
    for (const { name, url } of Object.values(now.services)) {
      const old = last.get(name);
      if (url) last.set(name, url);
      if (!old || !url || old === url) continue;
      part(rows.get(name), "was").textContent = `was ${host(old)}`;
      say(`${name} moved to ${host(url)}.`);
    }
    check();
  });
  watch();
}

function show({ stack, services }) {
  byId("stack-name").textContent = stack ?? "";
  byId("try").textContent = `portolan${stack ? ` --stack ${stack}` : ""} reassign backend`;
  const own = { name: "frontend", url: location.origin, source: "this page" };
  for (const { name, url, source } of [own, ...Object.values(services)]) {
    if (!rows.has(name)) {
      rows.set(name, clone("service-template", { name }));
      list.append(rows.get(name));
    }
    const row = rows.get(name);
    part(row, "url").textContent = url ? host(url) : "no address";
    part(row, "source").textContent =
      name === "frontend" ? source : source ? `from ${source.split("/").pop()}` : "nothing names it";
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
  for (const name of rows.keys()) {
    const config = await ask().catch(() => null);
    const place = config?.services[name];
    if (name === "frontend") state(name, config ? "up" : "down", config ? "answers" : "does not answer");
    else if (isHere(place)) await knock(name, place.url);
    else state(name, "moving", place?.state ?? "away");
  }
}

async function knock(name, url) {
  const began = performance.now();
  try {
    await get(`${url}/health`);
    state(name, "up", `answers in ${Math.max(1, Math.round(performance.now() - began))} ms`);
    if (name === "backend" && isThere(name, url)) showMonitor(await get(`${url}/monitoring/health`));
  } catch {
    if (isThere(name, url)) state(name, "down", "does not answer");
  }
}

async function get(url) {
  const response = await fetch(url, { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(8000) });
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
  const away = ({ reachable }) => (reachable ? "" : ", away");
  const minutes = Math.floor(uptime / 60);
  const hours = Math.floor(minutes / 60);
  const facts = {
    "its database": [database.kind, database.version].filter(Boolean).join(" ") + away(database),
    "sees auth at": (host(auth.url) ?? "no address") + away(auth),
    "up for": hours ? `${hours} h ${minutes % 60} min` : minutes ? `${minutes} min` : `${Math.floor(uptime)} s`,
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
