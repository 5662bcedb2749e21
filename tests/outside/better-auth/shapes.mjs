// Sends the same requests to a real Better Auth server and to the embedded one, and says where the answers differ in
// what a client can see: status, body, error texts, cookies with their attributes, the headers that matter. It owns
// what counts as a difference; the requests stand in cases.mjs.
//
//   shapes.mjs REAL_URL EMBEDDED_URL     exit 1 if anything differs
//   shapes.mjs --print URL               what one server answers, as Markdown
//
// FRONTEND_URL names an origin that both servers trust (default http://127.0.0.1:3000). With BETTER_AUTH_SECRET, which
// both servers must have, signatures of session tokens are checked, not only their form.

import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { COOKIE, cases, newAccount } from "./cases.mjs";
import { send } from "./http.mjs";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TOKEN = /^[A-Za-z0-9]{32}$/;
const SIGNED = /^([A-Za-z0-9]{32})\.([A-Za-z0-9+/]{43}=)$/;
const PRINTED = ["content-type", "set-auth-token", "set-auth-jwt", "access-control-expose-headers", "cache-control", "pragma", "location", "retry-after", "x-retry-after"];

// What a token must say. Better Auth adds the user's other fields (id, emailVerified, …), which no service here reads.
const CLAIMS = ["sub", "email", "name", "iat", "exp", "iss", "aud"];

// An answer to too many attempts is waited out, this often at most.
const MOST_RETRIES = 6;
const LONGEST_WAIT_S = 15;

const frontend = (process.env.FRONTEND_URL ?? "http://127.0.0.1:3000").replace(/\/$/, "");
const secret = process.env.BETTER_AUTH_SECRET;

async function main(words) {
  if (words[0] === "--print" && words.length === 2 && URL.canParse(words[1])) return print(words[1]);
  if (words.length !== 2 || !words.every((word) => URL.canParse(word))) {
    console.error("usage: shapes.mjs REAL_URL EMBEDDED_URL | shapes.mjs --print URL");
    return 2;
  }
  return compare(...words);
}

async function compare(real, embedded) {
  const [wanted, got] = [await answersOf(real), await answersOf(embedded)];
  const counts = { same: 0, meant: 0, different: 0 };
  for (const [index, { name, nowhere }] of cases.entries()) {
    const lines = differences(view(wanted[index]), view(got[index]));
    const kind = lines.length === 0 ? "same" : nowhere && refusesInWords(got[index].answer) ? "meant" : "different";
    counts[kind] += 1;
    if (kind !== "different") continue;
    console.log(`FAIL  ${name}`);
    for (const line of lines) console.log(`      ${line}`);
  }
  console.log(`${counts.same} of ${cases.length} requests are answered as Better Auth does, ${counts.meant} differ as they are meant to, ${counts.different} differ`);
  return counts.different === 0 ? 0 : 1;
}

// Where nothing is, Better Auth answers 404 without a word (and 405 at one place). Here it may be said what is wrong, and a
// wrong method may be 405 with an Allow, as RFC 9110 has it. No client comes by.
function refusesInWords({ status, headers, json, setCookie }) {
  return (status === 404 || (status === 405 && headers.allow !== undefined)) && typeof json?.message === "string" && setCookie.length === 0;
}

async function answersOf(base) {
  const shared = await newAccount(base, frontend);
  const answers = [];
  for (const { name, request, fresh, ended } of cases) {
    const who = fresh || ended ? await newAccount(base, frontend) : shared;
    if (ended) await send(base, { method: "POST", path: "/api/auth/sign-out", headers: { authorization: `Bearer ${who.signed}` } });
    const sent = request(who);
    answers.push({ name, sent, who, answer: await sendPatiently(base, sent) });
  }
  return answers;
}

async function sendPatiently(base, sent) {
  for (let retries = 0; ; retries += 1) {
    const answer = await send(base, sent);
    const seconds = Number(answer.headers["retry-after"] ?? answer.headers["x-retry-after"]);
    if (answer.status !== 429 || retries === MOST_RETRIES || !(seconds <= LONGEST_WAIT_S)) return answer;
    await delay(seconds * 1000);
  }
}

// --- what is compared ------------------------------------------------------------------------------------------

// An answer with everything that is new each time replaced by what kind of thing it is.
function view({ sent, who, answer }) {
  const cookies = answer.setCookie.map(cookieView);
  const seen = {
    status: answer.status,
    "content-type": answer.headers["content-type"]?.toLowerCase().replace(/;\s*charset=utf-8$/, ""),
    location: answer.headers.location,
    "set-auth-token": answer.headers["set-auth-token"] && signedView(answer.headers["set-auth-token"]),
    "set-auth-jwt": answer.headers["set-auth-jwt"] && jwtView(answer.headers["set-auth-jwt"], who),
    "cache-control": answer.headers["cache-control"],
    pragma: answer.headers.pragma,
    exposed: exposedView(sent, answer),
    cookies: cookies.map(({ text }) => text).sort().join("\n"),
    body: answer.json === undefined ? answer.text : bodyView(answer.json, who),
  };
  // The three places that hold the session's token must hold the same one.
  const cookie = cookies.find(({ name, value }) => name === COOKIE && value !== "");
  const header = answer.headers["set-auth-token"];
  if (cookie && header) {
    seen.agreement = decodeURIComponent(cookie.value) === header && (!answer.json?.token?.match(TOKEN) || header.startsWith(`${answer.json.token}.`));
  }
  return seen;
}

function cookieView(line) {
  const [pair, ...attributes] = line.split(/;\s*/);
  const name = pair.slice(0, pair.indexOf("="));
  const value = pair.slice(name.length + 1);
  const kind = value === "" ? "(empty)" : name === COOKIE ? signedView(decodeURIComponent(value)) : signatureView(decodeURIComponent(value));
  return { name, value, text: [`${name}=${kind}`, ...attributes.map((attribute) => attribute.toLowerCase()).sort()].join("; ") };
}

function signedView(text) {
  return SIGNED.test(text) ? `<32 letters or digits>.${signatureView(text)}` : `<not token.signature: ${text.length} characters>`;
}

function signatureView(text) {
  const dot = text.lastIndexOf(".");
  if (!secret) return "<signature>";
  const right = createHmac("sha256", secret).update(text.slice(0, dot)).digest("base64");
  return text.slice(dot + 1) === right ? "<good signature>" : "<bad signature>";
}

// Only a page of another origin is bound by this list.
function exposedView(sent, answer) {
  if (sent.headers?.origin !== frontend) return undefined;
  return ["set-auth-token", "set-auth-jwt"].filter((name) => name in answer.headers)
    .map((name) => `${name} ${(answer.headers["access-control-expose-headers"] ?? "").toLowerCase().includes(name) ? "exposed" : "hidden"}`).join(", ");
}

function bodyView(body, who) {
  if (body === null || typeof body !== "object") return JSON.stringify(body);
  if ("message" in body || "code" in body) return sorted(body);
  return sorted(kindOf(body, who));
}

function kindOf(value, who, key = "") {
  if (Array.isArray(value)) return value.map((item) => kindOf(item, who));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value)
      // Null with an SQL adapter, absent with the memory adapter.
      .filter(([name, inner]) => !(name === "image" && inner === null))
      .map(([name, inner]) => [name, kindOf(inner, who, name)]));
  }
  if (typeof value !== "string") return value;
  if (value === who.email || value === who.userId) return value === who.email ? "<the email>" : "<the user's id>";
  if (value.startsWith("eyJ")) return jwtView(value, who);
  if (TIME.test(value)) return "<time>";
  if (["ipAddress", "userAgent"].includes(key)) return "<string>";
  if (key === "token") return TOKEN.test(value) ? "<32 letters or digits>" : `<${value.length} characters>`;
  if (["id", "userId", "kid"].includes(key)) return "<id>";
  if (key === "x") return `<${value.length} characters>`;
  if (key === "email") return value === value.toLowerCase() ? "<an email>" : value;
  return value;
}

function jwtView(token, who) {
  const [header, claims] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const origin = new URL(who.base).origin;
  const facts = [
    header.alg,
    header.alg === "HS256" || typeof header.kid === "string" ? "" : "no kid",
    ...CLAIMS.filter((claim) => !(claim in claims)).map((claim) => `no ${claim}`),
    claims.iss === origin && claims.aud === origin ? "" : "iss or aud is not the service's URL",
    claims.sub === who.userId ? "" : "sub is not the user's id",
    `lives ${claims.exp - claims.iat} s`,
  ];
  return `<JWT: ${facts.filter(Boolean).join(", ")}>`;
}

function sorted(value) {
  return JSON.stringify(value, (_, inner) => inner !== null && typeof inner === "object" && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
    : inner);
}

// Both are safe to add where Better Auth says nothing.
const MAY_BE_ADDED = ["cache-control", "pragma"];

function differences(wanted, got) {
  return [...new Set([...Object.keys(wanted), ...Object.keys(got)])]
    .filter((aspect) => wanted[aspect] !== got[aspect])
    .filter((aspect) => !(MAY_BE_ADDED.includes(aspect) && wanted[aspect] === undefined))
    .map((aspect) => `${aspect}: Better Auth ${shown(wanted[aspect])}, here ${shown(got[aspect])}`);
}

function shown(value) {
  return value === undefined ? "has none" : value === "" ? "(nothing)" : String(value).replaceAll("\n", " | ").slice(0, 500);
}

// --- printing --------------------------------------------------------------------------------------------------

async function print(base) {
  for (const { name, sent, who, answer } of await answersOf(base)) {
    const hide = (text) => anonymous(text, who);
    console.log(`### ${name}\n\n\`\`\`\n${sent.method ?? "GET"} ${sent.path}`);
    for (const [header, value] of Object.entries(sent.headers ?? {})) console.log(`${header}: ${hide(value)}`);
    if (sent.body !== undefined) console.log(hide(typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body)).replace(/x{100,}/, (run) => `<x times ${run.length}>`));
    console.log(`\n-> ${answer.status}`);
    for (const header of PRINTED) if (answer.headers[header] !== undefined) console.log(`${header}: ${hide(answer.headers[header])}`);
    for (const line of answer.setCookie) console.log(`set-cookie: ${hide(line)}`);
    console.log(`${answer.text === "" ? "(empty body)" : hide(answer.text)}\n\`\`\`\n`);
  }
  return 0;
}

function anonymous(text, who) {
  return text
    .replaceAll(who.frontend, "<FRONTEND>").replaceAll(new URL(who.base).origin, "<AUTH>")
    .replaceAll(who.encoded, "<TOKEN>.<SIGNATURE, percent-encoded>").replaceAll(who.signed, "<TOKEN>.<SIGNATURE>")
    .replaceAll(who.raw, "<TOKEN>").replaceAll(who.userId, "<USER ID>").replaceAll(who.email, "<EMAIL>")
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<JWT>")
    .replace(/\b[A-Za-z0-9]{32}\.[A-Za-z0-9+/%]{43,60}(=|%3D)/g, (found) => (found.includes("%") ? "<NEW TOKEN>.<SIGNATURE, percent-encoded>" : "<NEW TOKEN>.<SIGNATURE>"))
    .replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"<TIME>"');
}

process.exitCode = await main(process.argv.slice(2));
