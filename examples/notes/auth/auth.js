// Better Auth as this stack uses it: email and password, bearer tokens, and a token that the backend can verify
// with the secret that both of them are given.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { bearer } from "better-auth/plugins/bearer";
import { SignJWT } from "jose";

const TOKEN_LIFETIME = "15m";

export function createAuth({ baseURL, secret, trustedOrigins }) {
  return betterAuth({
    baseURL,
    secret,
    trustedOrigins,
    // Accounts live as long as the process: nothing to install, nothing to migrate.
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    plugins: [bearer(), hs256Token({ baseURL, secret })],
    telemetry: { enabled: false },
  });
}

// GET /api/auth/hs256-token: a JWT for the signed-in user. Better Auth's own `jwt` plugin signs with a key pair.
function hs256Token({ baseURL, secret }) {
  const key = new TextEncoder().encode(secret);
  return {
    id: "hs256-token",
    endpoints: {
      getHs256Token: createAuthEndpoint(
        "/hs256-token",
        { method: "GET", use: [sessionMiddleware] },
        async (context) => {
          const { user } = context.context.session;
          const token = await new SignJWT({ email: user.email, name: user.name })
            .setProtectedHeader({ alg: "HS256", typ: "JWT" })
            .setSubject(user.id)
            .setIssuer(baseURL)
            .setAudience(baseURL)
            .setIssuedAt()
            .setExpirationTime(TOKEN_LIFETIME)
            .sign(key);
          return context.json({ token });
        },
      ),
    },
  };
}
