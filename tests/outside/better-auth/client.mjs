// Better Auth's own client from npm against an auth service: client.mjs AUTH_URL. It owns the proof that what a
// frontend would use works unchanged, once as a browser does it (cookies and an Origin) and once with bearer tokens.
//
// FRONTEND_URL is the page's origin (default http://127.0.0.1:3000). With BETTER_AUTH_SECRET the HS256 token is
// verified as well. Prints a line for each step; exits 0 if all hold, 1 if any does not, 2 if called wrongly.

import { randomBytes } from "node:crypto";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { createRemoteJWKSet, jwtVerify } from "jose";

const DAY_MS = 86_400_000;
const PASSWORD = "correct horse battery";
const TIMEOUT_MS = 15_000;

const frontend = (process.env.FRONTEND_URL ?? "http://127.0.0.1:3000").replace(/\/$/, "");
const secret = process.env.BETTER_AUTH_SECRET;

let failures = 0;

async function main(words) {
  if (words.length !== 1 || !URL.canParse(words[0])) {
    console.error("usage: client.mjs AUTH_URL");
    return 2;
  }
  const auth = new URL(words[0]).origin;
  await journey("cookies", auth, browserLike(auth));
  await journey("bearer", auth, bearerLike(auth));
  return failures === 0 ? 0 : 1;
}

async function journey(kind, auth, newClient) {
  const step = (name, check) => attempt(`${kind}: ${name}`, check);
  const email = `client-${randomBytes(8).toString("hex")}@example.com`;
  const name = "Ada Ünïcode";
  const first = newClient();
  let user;

  await step("signs up", async () => {
    const { data } = succeeded(await first.client.signUp.email({ name, email, password: PASSWORD }));
    ({ user } = data);
    same(user.email, email, "user.email");
    same(user.name, name, "user.name");
    same(user.emailVerified, false, "user.emailVerified");
    holds(/^\S{16,}$/.test(data.token), "the answer has a token");
    holds(user.createdAt instanceof Date || !Number.isNaN(Date.parse(user.createdAt)), "user.createdAt is a time");
  });

  await step("is signed in by that: reads the session", async () => {
    const { data } = succeeded(await first.client.getSession());
    same(data?.user.id, user.id, "user.id");
    same(data.session.userId, user.id, "session.userId");
    const left = new Date(data.session.expiresAt) - Date.now();
    holds(left > 6.9 * DAY_MS && left < 7.1 * DAY_MS, "the session lasts seven days");
  });

  await step("gets a token that jose verifies through jwks", async () => {
    const { data } = succeeded(await first.client.token());
    const keys = createRemoteJWKSet(new URL("/api/auth/jwks", auth));
    const { payload, protectedHeader } = await jwtVerify(data.token, keys, { issuer: auth, audience: auth, algorithms: ["EdDSA"] });
    same(payload.sub, user.id, "sub");
    same(payload.email, email, "email");
    same(payload.name, name, "name");
    same(payload.exp - payload.iat, 900, "lifetime in seconds");
    const published = succeeded(await first.client.jwks()).data;
    holds(published.keys.some((key) => key.kid === protectedHeader.kid), "the client's jwks() holds the key");
    holds(published.keys.every((key) => !("d" in key)), "jwks holds no private key");
  });

  await step("gets a token in the header of get-session", async () => {
    let jwt;
    succeeded(await first.client.getSession({ fetchOptions: { onSuccess: ({ response }) => { jwt = response.headers.get("set-auth-jwt"); } } }));
    const keys = createRemoteJWKSet(new URL("/api/auth/jwks", auth));
    same((await jwtVerify(jwt, keys, { issuer: auth, audience: auth })).payload.sub, user.id, "sub");
  });

  await step("gets an HS256 token", async () => {
    const { data } = succeeded(await first.client.$fetch("/hs256-token"));
    const header = JSON.parse(Buffer.from(data.token.split(".")[0], "base64url"));
    same(header.alg, "HS256", "alg");
    if (!secret) return;
    const { payload } = await jwtVerify(data.token, new TextEncoder().encode(secret), { issuer: auth, audience: auth, algorithms: ["HS256"] });
    same(payload.sub, user.id, "sub");
    same(payload.email, email, "email");
  });

  await step("is refused a second account with the same email", async () => {
    refused(await newClient().client.signUp.email({ name, email, password: PASSWORD }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    refused(await newClient().client.signUp.email({ name, email: email.toUpperCase(), password: PASSWORD }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
  });

  await step("is refused a short password and a bad email", async () => {
    refused(await newClient().client.signUp.email({ name, email: `x${email}`, password: "1234567" }), 400, "PASSWORD_TOO_SHORT");
    refused(await newClient().client.signUp.email({ name, email: "nobody", password: PASSWORD }), 400, "VALIDATION_ERROR");
  });

  await step("is refused a wrong password as it is an unknown email", async () => {
    const stranger = newClient();
    const wrong = await stranger.client.signIn.email({ email, password: "wrong password" });
    const unknown = await stranger.client.signIn.email({ email: `y${email}`, password: PASSWORD });
    refused(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
    same(JSON.stringify(unknown.error), JSON.stringify(wrong.error), "the two errors");
    same((await stranger.client.getSession()).data, null, "the session after that");
  });

  const second = newClient();
  await step("signs in from a second place", async () => {
    const { data } = succeeded(await second.client.signIn.email({ email, password: PASSWORD, rememberMe: false }));
    same(data.user.id, user.id, "user.id");
    same(data.redirect, false, "redirect");
    const session = succeeded(await second.client.getSession()).data;
    same(session?.user.id, user.id, "user.id of the session");
    if (kind === "cookies") {
      const left = new Date(session.session.expiresAt) - Date.now();
      holds(left > 0.9 * DAY_MS && left < 1.1 * DAY_MS, "a session that is not remembered lasts a day");
      holds(second.cookieLines().every((line) => !/max-age/i.test(line)), "its cookies end with the browser");
    }
  });

  const before = first.copy();
  await step("signs out, and the session is gone", async () => {
    same(succeeded(await first.client.signOut()).data.success, true, "success");
    same((await first.client.getSession()).data, null, "the session");
    refused(await first.client.token(), 401, "UNAUTHORIZED");
    refused(await first.client.$fetch("/hs256-token"), 401, "UNAUTHORIZED");
  });

  await step("what was kept from before the sign-out opens nothing", async () => {
    same((await before.client.getSession()).data, null, "the session");
    refused(await before.client.token(), 401, "UNAUTHORIZED");
  });

  await step("the session of the second place lives on", async () => {
    same(succeeded(await second.client.getSession()).data?.user.id, user.id, "user.id");
    succeeded(await second.client.signOut());
    same((await second.client.getSession()).data, null, "the session");
  });

  await step("signs in again", async () => {
    const { data } = succeeded(await first.client.signIn.email({ email: email.toUpperCase(), password: PASSWORD }));
    same(data.user.id, user.id, "user.id");
    succeeded(await first.client.token());
    succeeded(await first.client.signOut());
  });
}

// --- the two ways to stay signed in ----------------------------------------------------------------------------

// Keeps cookies as a browser would, and says which page the request comes from.
function browserLike(auth) {
  const build = (jar) => {
    const cookies = new Map(jar);
    const lines = [];
    const fetchWithCookies = async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.origin !== auth) throw new Error(`the client called ${url.origin}`);
      const headers = new Headers(init.headers);
      if (cookies.size > 0) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
      headers.set("origin", frontend);
      const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      for (const line of response.headers.getSetCookie()) keep(cookies, lines, line);
      return response;
    };
    return {
      client: createAuthClient({ baseURL: auth, plugins: [jwtClient()], fetchOptions: { customFetchImpl: fetchWithCookies } }),
      cookieLines: () => lines,
      copy: () => build(cookies),
    };
  };
  return () => build([]);
}

function keep(cookies, lines, line) {
  const [pair, ...attributes] = line.split(/;\s*/);
  const name = pair.slice(0, pair.indexOf("="));
  const value = pair.slice(name.length + 1);
  const all = attributes.join("; ").toLowerCase();
  for (const wanted of ["httponly", "samesite=lax", "path=/"]) {
    if (!all.includes(wanted)) throw new Error(`the cookie ${name} lacks ${wanted}`);
  }
  if (/max-age=0\b/.test(all) || value === "") cookies.delete(name);
  else {
    cookies.set(name, value);
    lines.push(line);
  }
}

// As Better Auth's documentation has it: the token from set-auth-token is kept and sent as a bearer.
function bearerLike(auth) {
  const build = (kept) => {
    let token = kept;
    const client = createAuthClient({
      baseURL: auth,
      plugins: [jwtClient()],
      fetchOptions: {
        timeout: TIMEOUT_MS,
        // Node's fetch sends Sec-Fetch-Mode, as a page does; Better Auth then wants the Origin that a page has.
        headers: { origin: frontend },
        auth: { type: "Bearer", token: () => token },
        onSuccess: ({ response }) => { token = response.headers.get("set-auth-token") ?? token; },
      },
    });
    return { client, copy: () => build(token) };
  };
  return () => build(undefined);
}

// --- checks ----------------------------------------------------------------------------------------------------

async function attempt(name, check) {
  try {
    await check();
    console.log(`ok    ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${name}\n      ${error.name}: ${error.message}`);
  }
}

function holds(value, what) {
  if (!value) throw new Error(`expected that ${what}`);
}

function same(got, wanted, what) {
  if (got !== wanted) throw new Error(`expected ${what} to be ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}

function succeeded(result) {
  if (result.error) throw new Error(`expected success, got ${JSON.stringify(result.error)}`);
  return result;
}

function refused({ data, error }, status, code) {
  same(error?.status, status, `the status (data: ${JSON.stringify(data)}, error: ${JSON.stringify(error)})`);
  same(error.code, code, "the code");
  holds(typeof error.message === "string" && error.message !== "", "the error has a message");
}

process.exitCode = await main(process.argv.slice(2));
