// Who is signed in. Owns the session's bearer, which outlives the page, and the short-lived API token, which does not.

import { ask, locate, beginWait } from "./places.js";
import { request } from "./api.js";

const KEY = "portolan-session";
const EARLIER = 60_000; // a token is renewed this long before it expires

let held = null; // { value, from, until }: the API token, the address of auth that issued it, and its last good moment
let fetching = null;

// Event "ended": auth knows the session no more, or another tab has signed out or in.
export const session = new EventTarget();
addEventListener("storage", ({ key }) => {
  if (key !== KEY && key !== null) return;
  held = null;
  session.dispatchEvent(new Event("ended"));
});

export class SessionEnded extends Error {}

export const hasSession = () => localStorage.getItem(KEY) !== null;
export const signUp = (fields) => enter("sign-up", fields);
export const signIn = (fields) => enter("sign-in", fields);

// The user whose session this browser kept, or null. get-session answers 200 in either case, so that this is no error.
export async function currentUser() {
  if (!hasSession()) return null;
  const { data } = await toAuth("get-session");
  if (!data) forget();
  return data?.user ?? null;
}

// Here the session has ended whatever auth answers, or does not answer.
export async function signOut() {
  try {
    await toAuth("sign-out", { method: "POST", body: {} });
  } finally {
    forget();
  }
}

export function toBackend(path, options) {
  return request("backend", path, { ...options, credentials: { token: apiToken, refused } });
}

async function enter(action, fields) {
  const { headers, data } = await request("auth", `/api/auth/${action}/email`, { method: "POST", body: fields });
  keep(headers.get("set-auth-token") ?? data.token);
  held = null;
  return data.user;
}

async function toAuth(path, options) {
  const bearer = localStorage.getItem(KEY);
  const answer = await request("auth", `/api/auth/${path}`, { ...options, credentials: { token: () => bearer } });
  const renewed = answer.headers.get("set-auth-token");
  if (renewed && hasSession()) keep(renewed);
  return answer;
}

const keep = (bearer) => localStorage.setItem(KEY, bearer);

function forget() {
  localStorage.removeItem(KEY);
  held = null;
}

function refused(token) {
  if (held?.value === token) held.until = 0;
}

async function apiToken() {
  const { services } = await ask().catch(() => ({ services: {} }));
  const moved = held && services.auth?.url && services.auth.url !== held.from;
  if (held && !moved && Date.now() < held.until) return held.value;
  return (fetching ??= renew().finally(() => (fetching = null)));
}

async function renew() {
  const from = await locate("auth", performance.now() + 10_000);
  if (!(await currentUser())) {
    session.dispatchEvent(new Event("ended"));
    throw new SessionEnded("Your session has ended: sign in again.");
  }
  const { token } = (await toAuth("hs256-token")).data;
  if (held && held.from !== from) await backendTrusts(from);
  const { iat, exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  held = { value: token, from, until: Date.now() + (exp - iat) * 1000 - EARLIER };
  return token;
}

// After auth has moved, the backend accepts its tokens only once it has been told where auth is now.
async function backendTrusts(auth) {
  const patience = beginWait();
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    const { data } = await request("backend", "/monitoring/health");
    if (!data?.auth?.url || sameAddress(data.auth.url, auth)) break;
    await patience.pause(150);
  }
  patience.end();
}

function sameAddress(one, other) {
  const [a, b] = [new URL(one), new URL(other)];
  const loopback = ({ hostname }) => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return a.port === b.port && (a.hostname === b.hostname || (loopback(a) && loopback(b)));
}
