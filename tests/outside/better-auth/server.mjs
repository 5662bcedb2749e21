// A real Better Auth server on 127.0.0.1:$PORT, set up as the embedded auth is meant to behave: email and password,
// bearer(), jwt(), and the hs256-token endpoint of examples/notes. It owns what "real" means in these tests: its
// answers are what shapes.mjs compares with, and its tokens must be accepted by the embedded backend.
//
//   PORT=8081 BETTER_AUTH_SECRET=… [FRONTEND_URL=http://127.0.0.1:3000] [JWT_ALGORITHM=ES256] node server.mjs

import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins/bearer";
import { jwt } from "better-auth/plugins/jwt";
import { SignJWT } from "jose";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

const port = Number(process.env.PORT);
const secret = process.env.BETTER_AUTH_SECRET ?? "";
if (!Number.isInteger(port) || port < 1) throw new Error("PORT must be a number from 1 to 65535");
if (secret.length < 32) throw new Error("BETTER_AUTH_SECRET must have at least 32 characters");
// Better Auth skips its origin checks and relaxes more when it thinks that it is under test.
if (process.env.NODE_ENV === "test" || process.env.TEST) throw new Error("unset NODE_ENV=test and TEST");

const baseURL = `http://127.0.0.1:${port}`;
const key = new TextEncoder().encode(secret);

const auth = betterAuth({
  baseURL,
  secret,
  trustedOrigins: [baseURL, ...aliasesOf(process.env.FRONTEND_URL ?? "http://localhost:3000")],
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
  emailAndPassword: { enabled: true },
  plugins: [bearer(), jwt({ jwks: { keyPairConfig: { alg: process.env.JWT_ALGORITHM ?? "EdDSA" } } }), { id: "hs256-token", endpoints: { getHs256Token: hs256Token() } }],
  telemetry: { enabled: false },
  logger: { level: "error" },
});

function hs256Token() {
  return createAuthEndpoint("/hs256-token", { method: "GET", use: [sessionMiddleware] }, async (context) => {
    const { user } = context.context.session;
    const token = await new SignJWT({ email: user.email, name: user.name })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(user.id)
      .setIssuer(baseURL)
      .setAudience(baseURL)
      .setIssuedAt()
      .setExpirationTime("15m")
      .sign(key);
    return context.json({ token });
  });
}

// To a browser the names of loopback are different origins.
function aliasesOf(text) {
  const url = new URL(text);
  return LOOPBACK_NAMES.map((name) => {
    url.hostname = name;
    return url.origin;
  });
}

const betterAuthHandler = toNodeHandler(auth);
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, baseURL);
  if (pathname === "/health") {
    response.writeHead(200, { "Content-Type": "application/json" }).end('{"status":"ok","service":"auth"}');
  } else {
    betterAuthHandler(request, response);
  }
});
server.listen(port, "127.0.0.1", () => console.log(`auth listens on ${baseURL}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
