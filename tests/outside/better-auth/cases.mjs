// The requests that shapes.mjs sends to both servers, and the account that they are sent for. Each case is
// { name, request(who) }, where `who` holds what one server gave to one user (see newAccount), with these marks:
// `fresh`: it needs an account of its own, since it ends the session; `ended`: that session has ended before;
// `nowhere`: no client asks for that path with that method.

import { randomBytes } from "node:crypto";
import { send } from "./http.mjs";

const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const PASSWORD = "correct horse battery";

export const COOKIE = "better-auth.session_token";
export const newEmail = () => `shape-${randomBytes(8).toString("hex")}@example.com`;

// Signs a user up; `frontend` is an origin that the server trusts.
export async function newAccount(base, frontend) {
  const email = newEmail();
  const answer = await send(base, {
    method: "POST",
    path: "/api/auth/sign-up/email",
    headers: JSON_TYPE,
    body: { name: "Shape", email, password: PASSWORD },
  });
  if (answer.status !== 200) throw new Error(`${base}: sign-up answered ${answer.status}: ${answer.text.slice(0, 200)}`);
  const value = answer.setCookie.find((line) => line.startsWith(`${COOKIE}=`)).split(";")[0].slice(COOKIE.length + 1);
  return {
    base,
    frontend,
    email,
    userId: answer.json.user.id,
    cookie: `${COOKIE}=${value}`,
    encoded: value, // as it stands in the cookie
    signed: decodeURIComponent(value), // as it stands in set-auth-token
    raw: answer.json.token, // as it stands in the body
  };
}

const post = (path, body, headers = {}) => () => ({ method: "POST", path: `/api/auth/${path}`, headers: { ...JSON_TYPE, ...headers }, body });
const get = (path, headers = {}) => () => ({ path: `/api/auth/${path}`, headers });
const as = (path, headersOf, method = "GET") => (who) => ({ method, path: `/api/auth/${path}`, headers: headersOf(who) });
const signUp = (body, headers) => post("sign-up/email", body, headers);
const signIn = (body, headers) => post("sign-in/email", body, headers);
const signInAs = (body, headersOf = () => ({})) => (who) => ({
  method: "POST",
  path: "/api/auth/sign-in/email",
  headers: { ...JSON_TYPE, ...headersOf(who) },
  body: { email: who.email, password: PASSWORD, ...body },
});
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const form = (fields) => new URLSearchParams(fields).toString();

// The token with the last character of its value changed: the signature no longer belongs to it.
const tampered = (signed) => signed.replace(/.\./, (pair) => `${pair[0] === "A" ? "B" : "A"}.`);

export const cases = [
  // sign-up
  { name: "sign-up", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD })() },
  { name: "sign-up, rememberMe false", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, rememberMe: false })() },
  { name: "sign-up, upper-case email, image and an unknown field", request: () => signUp({ name: "Shape", email: newEmail().toUpperCase(), password: PASSWORD, image: "http://x/i.png", role: "admin" })() },
  { name: "sign-up, emailVerified and id given", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, emailVerified: true, id: "mine" })() },
  { name: "sign-up, id given", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, id: "mine" })() },
  { name: "sign-up, empty name", request: () => signUp({ name: "", email: newEmail(), password: PASSWORD })() },
  { name: "sign-up as a form", request: () => ({ method: "POST", path: "/api/auth/sign-up/email", headers: FORM_TYPE, body: form({ name: "Shape", email: newEmail(), password: PASSWORD }) }) },
  { name: "sign-up, email is taken", request: (who) => signUp({ name: "Shape", email: who.email, password: PASSWORD })() },
  { name: "sign-up, email is taken in upper case", request: (who) => signUp({ name: "Shape", email: who.email.toUpperCase(), password: PASSWORD })() },
  { name: "sign-up, nothing in the object", request: signUp({}) },
  { name: "sign-up, no name", request: signUp({ email: "a@example.com", password: PASSWORD }) },
  { name: "sign-up, no email", request: signUp({ name: "Shape", password: PASSWORD }) },
  { name: "sign-up, no password", request: signUp({ name: "Shape", email: "a@example.com" }) },
  { name: "sign-up, null everywhere", request: signUp({ name: null, email: null, password: null }) },
  { name: "sign-up, wrong types", request: signUp({ name: 1, email: true, password: ["x"], rememberMe: "yes" }) },
  { name: "sign-up, image is a number", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, image: 5 })() },
  { name: "sign-up, callbackURL of another origin", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, callbackURL: "http://evil.example/x" })() },
  { name: "sign-up, callbackURL relative", request: () => signUp({ name: "Shape", email: newEmail(), password: PASSWORD, callbackURL: "/home" })() },
  { name: "sign-up, email without @", request: signUp({ name: "Shape", email: "nobody", password: PASSWORD }) },
  { name: "sign-up, email without a dot", request: signUp({ name: "Shape", email: "a@b", password: PASSWORD }) },
  { name: "sign-up, email with spaces around it", request: signUp({ name: "Shape", email: " a@example.com ", password: PASSWORD }) },
  { name: "sign-up, empty email", request: signUp({ name: "Shape", email: "", password: PASSWORD }) },
  { name: "sign-up, empty password", request: signUp({ name: "Shape", email: "a@example.com", password: "" }) },
  { name: "sign-up, password of 7", request: signUp({ name: "Shape", email: "a@example.com", password: "1234567" }) },
  { name: "sign-up, password of 8", request: () => signUp({ name: "Shape", email: newEmail(), password: "12345678" })() },
  { name: "sign-up, password of 128", request: () => signUp({ name: "Shape", email: newEmail(), password: "x".repeat(128) })() },
  { name: "sign-up, password of 129", request: signUp({ name: "Shape", email: "a@example.com", password: "x".repeat(129) }) },
  { name: "sign-up, no content type", request: () => ({ method: "POST", path: "/api/auth/sign-up/email", headers: {}, body: "{}" }) },
  { name: "sign-up, text/plain", request: () => ({ method: "POST", path: "/api/auth/sign-up/email", headers: { "content-type": "text/plain" }, body: "{}" }) },
  { name: "sign-up, application/json; charset=utf-8", request: () => ({ method: "POST", path: "/api/auth/sign-up/email", headers: { "content-type": "application/json; charset=utf-8" }, body: { name: "Shape", email: newEmail(), password: PASSWORD } }) },
  { name: "sign-up, empty body", request: signUp("") },
  { name: "sign-up, malformed JSON", request: signUp('{"name":') },
  { name: "sign-up, an array", request: signUp([]) },
  { name: "sign-up, a string", request: signUp('"x"') },
  { name: "sign-up, null", request: signUp("null") },
  { name: "sign-up with GET", nowhere: true, request: get("sign-up/email") },
  { name: "sign-up with PUT", nowhere: true, request: () => ({ method: "PUT", path: "/api/auth/sign-up/email", headers: JSON_TYPE, body: {} }) },

  // sign-in
  { name: "sign-in", request: signInAs({}) },
  { name: "sign-in, email in upper case", request: (who) => signInAs({ email: who.email.toUpperCase() })(who) },
  { name: "sign-in, rememberMe false", request: signInAs({ rememberMe: false }) },
  { name: "sign-in, rememberMe true", request: signInAs({ rememberMe: true }) },
  { name: "sign-in, rememberMe is a string", request: signInAs({ rememberMe: "no" }) },
  { name: "sign-in, callbackURL relative", request: signInAs({ callbackURL: "/home" }) },
  { name: "sign-in, callbackURL of another origin", request: signInAs({ callbackURL: "http://evil.example/" }) },
  { name: "sign-in, callbackURL is a number", request: signInAs({ callbackURL: 7 }) },
  { name: "sign-in as a form", request: (who) => ({ method: "POST", path: "/api/auth/sign-in/email", headers: FORM_TYPE, body: form({ email: who.email, password: PASSWORD }) }) },
  { name: "sign-in with the cookie of a session, no Origin", request: signInAs({}, (who) => ({ cookie: who.cookie })) },
  { name: "sign-in with the cookie of a session, trusted Origin", request: signInAs({}, (who) => ({ cookie: who.cookie, origin: who.frontend })) },
  { name: "sign-in, trusted Origin", request: signInAs({}, (who) => ({ origin: who.frontend })) },
  { name: "sign-in, own Origin", request: signInAs({}, (who) => ({ origin: new URL(who.base).origin })) },
  { name: "sign-in, foreign Origin", request: signInAs({}, () => ({ origin: "http://evil.example" })) },
  { name: "sign-in, Origin null", request: signInAs({}, () => ({ origin: "null" })) },
  { name: "sign-in, foreign Referer", request: signInAs({}, () => ({ referer: "http://evil.example/page" })) },
  { name: "sign-in, trusted Referer", request: signInAs({}, (who) => ({ referer: `${who.frontend}/page` })) },
  { name: "sign-in, cross-site navigation", request: signInAs({}, () => ({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })) },
  { name: "sign-in, fetch metadata without Origin", request: signInAs({}, () => ({ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" })) },
  { name: "sign-in, foreign Origin, malformed JSON", request: signIn("{", { origin: "http://evil.example" }) },
  { name: "sign-in, foreign Origin and a cookie, invalid body", request: signIn({}, { origin: "http://evil.example", cookie: "a=b" }) },
  { name: "sign-in, foreign Origin, invalid body", request: signIn({}, { origin: "http://evil.example" }) },
  { name: "sign-in, wrong password", request: signInAs({ password: "wrong password" }) },
  { name: "sign-in, wrong short password", request: signInAs({ password: "x" }) },
  { name: "sign-in, unknown email", request: () => signIn({ email: newEmail(), password: PASSWORD })() },
  { name: "sign-in, no email", request: signIn({ password: PASSWORD }) },
  { name: "sign-in, no password", request: signIn({ email: "a@example.com" }) },
  { name: "sign-in, nothing in the object", request: signIn({}) },
  { name: "sign-in, wrong types", request: signIn({ email: 1, password: {} }) },
  { name: "sign-in, bad email", request: signIn({ email: "nobody", password: PASSWORD }) },
  { name: "sign-in, empty password", request: signInAs({ password: "" }) },
  { name: "sign-in, password of 129", request: signInAs({ password: "x".repeat(129) }) },
  { name: "sign-in, empty body", request: signIn("") },
  { name: "sign-in, malformed JSON", request: signIn("{") },
  { name: "sign-in, text/plain", request: () => ({ method: "POST", path: "/api/auth/sign-in/email", headers: { "content-type": "text/plain" }, body: "{}" }) },
  { name: "sign-in with GET", nowhere: true, request: get("sign-in/email") },

  // get-session
  { name: "get-session, no session", request: get("get-session") },
  { name: "get-session, cookie", request: as("get-session", (who) => ({ cookie: who.cookie })) },
  { name: "get-session, cookie not percent-encoded", request: as("get-session", (who) => ({ cookie: `${COOKIE}=${who.signed}` })) },
  { name: "get-session, cookie among others", request: as("get-session", (who) => ({ cookie: `a=1; ${who.cookie}; b=2` })) },
  { name: "get-session, cookie and foreign Origin", request: as("get-session", (who) => ({ cookie: who.cookie, origin: "http://evil.example" })) },
  { name: "get-session, disableRefresh", request: as("get-session?disableRefresh=true&disableCookieCache=true", (who) => ({ cookie: who.cookie })) },
  { name: "get-session, bad query", request: as("get-session?disableRefresh=maybe", (who) => ({ cookie: who.cookie })) },
  { name: "get-session, cookie tampered with", request: as("get-session", (who) => ({ cookie: `${COOKIE}=${encodeURIComponent(tampered(who.signed))}` })) },
  { name: "get-session, cookie without a signature", request: as("get-session", (who) => ({ cookie: `${COOKIE}=${who.raw}` })) },
  { name: "get-session, cookie is garbage", request: get("get-session", { cookie: `${COOKIE}=garbage.garbage` }) },
  { name: "get-session, bearer signed", request: as("get-session", (who) => bearer(who.signed)) },
  { name: "get-session, bearer signed and percent-encoded", request: as("get-session", (who) => bearer(who.encoded)) },
  { name: "get-session, bearer unsigned", request: as("get-session", (who) => bearer(who.raw)) },
  { name: "get-session, BEARER in upper case", request: as("get-session", (who) => ({ authorization: `BEARER ${who.signed}` })) },
  { name: "get-session, bearer tampered with", request: as("get-session", (who) => bearer(tampered(who.signed))) },
  { name: "get-session, bearer unknown, unsigned", request: get("get-session", bearer("A".repeat(32))) },
  { name: "get-session, bearer of three parts", request: get("get-session", bearer("a.b.c")) },
  { name: "get-session, bearer empty", request: get("get-session", { authorization: "Bearer " }) },
  { name: "get-session, Basic", request: get("get-session", { authorization: "Basic YTpi" }) },
  { name: "get-session, bearer garbage beside a good cookie", request: as("get-session", (who) => ({ cookie: who.cookie, ...bearer("garbage.garbage") })) },
  { name: "get-session, bearer unknown beside a good cookie", request: as("get-session", (who) => ({ cookie: who.cookie, ...bearer("A".repeat(32)) })) },
  { name: "get-session with POST", nowhere: true, request: as("get-session", (who) => ({ cookie: who.cookie, origin: who.frontend }), "POST") },
  { name: "get-session with POST, no session", nowhere: true, request: () => ({ method: "POST", path: "/api/auth/get-session", headers: JSON_TYPE, body: {} }) },
  { name: "get-session with DELETE", nowhere: true, request: () => ({ method: "DELETE", path: "/api/auth/get-session" }) },

  // the tokens
  { name: "token, no session", request: get("token") },
  { name: "token, cookie", request: as("token", (who) => ({ cookie: who.cookie })) },
  { name: "token, bearer signed", request: as("token", (who) => bearer(who.signed)) },
  { name: "token, bearer unsigned", request: as("token", (who) => bearer(who.raw)) },
  { name: "token, bearer garbage", request: get("token", bearer("garbage")) },
  { name: "token with POST", nowhere: true, request: () => ({ method: "POST", path: "/api/auth/token", headers: JSON_TYPE, body: {} }) },
  { name: "hs256-token, no session", request: get("hs256-token") },
  { name: "hs256-token, bearer", request: as("hs256-token", (who) => bearer(who.signed)) },
  { name: "hs256-token, cookie", request: as("hs256-token", (who) => ({ cookie: who.cookie })) },
  { name: "hs256-token, bad bearer", request: get("hs256-token", bearer("a.b")) },
  { name: "jwks", request: get("jwks") },
  { name: "jwks with POST", nowhere: true, request: () => ({ method: "POST", path: "/api/auth/jwks", headers: JSON_TYPE, body: {} }) },
  { name: "ok", request: get("ok") },

  // sign-out
  { name: "sign-out, no session", request: post("sign-out", undefined) },
  { name: "sign-out, no session, empty object", request: post("sign-out", {}) },
  { name: "sign-out, no session, no content type", request: () => ({ method: "POST", path: "/api/auth/sign-out", headers: {} }) },
  { name: "sign-out, cookie, no Origin", request: as("sign-out", (who) => ({ cookie: who.cookie }), "POST"), fresh: true },
  { name: "sign-out, cookie, foreign Origin", request: as("sign-out", (who) => ({ cookie: who.cookie, origin: "http://evil.example" }), "POST"), fresh: true },
  { name: "sign-out, cookie, Origin null", request: as("sign-out", (who) => ({ cookie: who.cookie, origin: "null" }), "POST"), fresh: true },
  { name: "sign-out, cookie, foreign Referer", request: as("sign-out", (who) => ({ cookie: who.cookie, referer: "http://evil.example/x" }), "POST"), fresh: true },
  { name: "sign-out, cookie, trusted Origin", request: as("sign-out", (who) => ({ cookie: who.cookie, origin: who.frontend }), "POST"), fresh: true },
  { name: "sign-out, cookie, trusted Referer", request: as("sign-out", (who) => ({ cookie: who.cookie, referer: `${who.frontend}/x` }), "POST"), fresh: true },
  { name: "sign-out, cookie, trusted Origin under localhost", request: as("sign-out", (who) => ({ cookie: who.cookie, origin: who.frontend.replace("127.0.0.1", "localhost") }), "POST"), fresh: true },
  { name: "sign-out, cookie, trusted Origin under [::1]", request: as("sign-out", (who) => ({ cookie: who.cookie, origin: who.frontend.replace("127.0.0.1", "[::1]") }), "POST"), fresh: true },
  { name: "sign-out, bearer", request: as("sign-out", (who) => bearer(who.signed), "POST"), fresh: true },
  { name: "sign-out, bearer, foreign Origin", request: as("sign-out", (who) => ({ ...bearer(who.signed), origin: "http://evil.example" }), "POST"), fresh: true },
  { name: "sign-out, cookie tampered with, trusted Origin", request: as("sign-out", (who) => ({ cookie: `${COOKIE}=${encodeURIComponent(tampered(who.signed))}`, origin: who.frontend }), "POST") },
  { name: "sign-out with GET", nowhere: true, request: as("sign-out", (who) => ({ cookie: who.cookie })) },
  { name: "get-session, cookie of an ended session", ended: true, request: as("get-session", (who) => ({ cookie: who.cookie })) },
  { name: "get-session, bearer of an ended session", ended: true, request: as("get-session", (who) => bearer(who.signed)) },
  { name: "token, cookie of an ended session", ended: true, request: as("token", (who) => ({ cookie: who.cookie })) },
  { name: "sign-out, bearer of an ended session", ended: true, request: as("sign-out", (who) => bearer(who.signed), "POST") },

  // routes
  { name: "unknown route", nowhere: true, request: get("no-such-route") },
  { name: "unknown route with POST", nowhere: true, request: post("no-such-route", {}) },
  { name: "the base path", nowhere: true, request: () => ({ path: "/api/auth" }) },
  { name: "the base path with a slash", nowhere: true, request: () => ({ path: "/api/auth/" }) },
  { name: "a slash too many", nowhere: true, request: get("ok/") },
  { name: "two slashes", nowhere: true, request: get("/ok") },
];
