// Where the services are. Owns what /config.json said last: it is asked before every request and about once a second
// while the page is visible, since a service may be given another port at any moment. Asking first, instead of trying
// the old address, matters for more than speed: a browser reports each refused connection as an error.

const EVERY = 1500;
const AT_MOST_EVERY = 15_000;
// States in which nobody is to be expected at a service's address. No state: only its address is known.
const AWAY = ["stopped", "waiting", "preparing", "starting", "backoff", "stopping", "completed", "failed"];

let known = null;
let asking = null;
let waiting = 0;

// Events: "change" when an answer differs from the one before; "waiting" and "settled" around any wait for a service.
export const places = new EventTarget();

export class Unreachable extends Error {
  constructor(name, url) {
    super(url ? `${name} does not answer at ${url}.` : `Nobody says where ${name} is.`);
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const current = () => known;

export function ask() {
  return (asking ??= read().finally(() => (asking = null)));
}

// The address of a service, once it has one and is not known to be away, or the last one heard when patience ends.
export async function locate(name, deadline) {
  const patience = beginWait();
  try {
    for (let wait = 100; ; wait = Math.min(wait * 1.6, 2000)) {
      const place = (await ask().catch(() => null))?.services[name];
      if (isHere(place)) return place.url;
      if (performance.now() + wait > deadline) throw new Unreachable(name, place?.url);
      await patience.pause(wait);
    }
  } finally {
    patience.end();
  }
}

// Whether, by what was heard last, a service is still where it was found.
export const isThere = (name, url) => isHere(known.services[name]) && known.services[name].url === url;
export const isHere = (place) => Boolean(place?.url) && place.reachable !== false && !AWAY.includes(place.state);

// Waits that overlap are told about once: "waiting" with the first pause, "settled" with the last end.
export function beginWait() {
  let counted = false;
  return {
    pause(ms) {
      if (!counted && ++waiting === 1) places.dispatchEvent(new Event("waiting"));
      counted = true;
      return pause(ms);
    },
    end() {
      if (counted && --waiting === 0) places.dispatchEvent(new Event("settled"));
      counted = false;
    },
  };
}

export async function watch() {
  for (let wait = EVERY; ;) {
    await pause(wait);
    while (document.hidden) await new Promise((done) => addEventListener("visibilitychange", done, { once: true }));
    wait = await ask().then(
      () => EVERY,
      () => Math.min(wait * 2, AT_MOST_EVERY),
    );
  }
}

async function read() {
  const signal = AbortSignal.timeout(4000);
  const response = await fetch("/config.json", { cache: "no-store", credentials: "omit", signal });
  if (!response.ok) throw new Error(`/config.json answered ${response.status}`);
  const { stack, services } = await response.json();
  const before = known;
  const named = services.map((service) => [service.name, { ...service, url: service.url?.replace(/\/+$/, "") }]);
  known = { stack, services: Object.fromEntries(named) };
  if (JSON.stringify(before) !== JSON.stringify(known)) {
    places.dispatchEvent(new CustomEvent("change", { detail: known }));
  }
  return known;
}
