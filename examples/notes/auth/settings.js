// Reads what the environment says into checked settings. No defaults for the secret or the port:
// a server that guesses either one starts well and fails later, somewhere else.

const MIN_SECRET_LENGTH = 32;
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

export class ConfigurationError extends Error {}

export function readSettings(env) {
  const port = readPort(env.PORT);
  const baseURL = `http://127.0.0.1:${port}`;
  return {
    port,
    baseURL,
    secret: readSecret(env.BETTER_AUTH_SECRET),
    trustedOrigins: [baseURL, ...originsOf(env.FRONTEND_URL ?? "http://localhost:3000")],
  };
}

function readPort(text) {
  const port = Number(text);
  if (!/^\d+$/.test(text ?? "") || port < 1 || port > 65535) {
    throw new ConfigurationError("PORT must be a number from 1 to 65535");
  }
  return port;
}

function readSecret(secret = "") {
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new ConfigurationError(
      `BETTER_AUTH_SECRET must have at least ${MIN_SECRET_LENGTH} characters, it has ${secret.length}`,
    );
  }
  return secret;
}

// A developer opens a local page under any name of loopback; to a browser those are different origins.
function originsOf(text) {
  if (!URL.canParse(text)) throw new ConfigurationError("FRONTEND_URL must be a URL");
  const url = new URL(text);
  if (!LOOPBACK_NAMES.includes(url.hostname)) return [url.origin];
  return LOOPBACK_NAMES.map((name) => {
    url.hostname = name;
    return url.origin;
  });
}
