// Serves Better Auth on 127.0.0.1:$PORT: the process's life and its HTTP edge.
// What Better Auth itself is told stands in auth.js.

import { createServer } from "node:http";
import { toNodeHandler } from "better-auth/node";
import { createAuth } from "./auth.js";
import { ConfigurationError, readSettings } from "./settings.js";

const HOST = "127.0.0.1";

function main() {
  const settings = readSettings(process.env);
  const auth = createAuth(settings);
  const server = createServer(router(toNodeHandler(auth), settings.trustedOrigins));

  server.on("error", (error) => {
    if (error.code === "EADDRINUSE") {
      exitWith(`EADDRINUSE: port ${settings.port} on ${HOST} is already in use; set PORT to a free one`);
    }
    exitWith(`cannot listen on ${HOST}:${settings.port}: ${error.message}`);
  });
  server.listen(settings.port, HOST, () => {
    console.log(`auth listens on ${settings.baseURL}`);
    console.log(`auth trusts ${settings.trustedOrigins.join(", ")}`);
  });

  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => {
      console.log(`auth stops on ${signal}`);
      server.close(() => process.exit(0));
      // A browser's keep-alive connection would hold close() open for ever.
      server.closeAllConnections();
    });
  }
}

function router(betterAuth, trustedOrigins) {
  return (request, response) => {
    allowCrossOrigin(request, response, trustedOrigins);
    const { pathname } = new URL(request.url, "http://localhost");

    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
    } else if (pathname === "/health") {
      sendJson(response, 200, { status: "ok", service: "auth" });
    } else if (pathname.startsWith("/api/auth/")) {
      response.on("finish", () => console.log(`${request.method} ${pathname} ${response.statusCode}`));
      betterAuth(request, response);
    } else {
      sendJson(response, 404, { message: "not found" });
    }
  };
}

// Better Auth checks the Origin of what changes state, but leaves the CORS headers to the server around it.
function allowCrossOrigin(request, response, trustedOrigins) {
  const { origin } = request.headers;
  response.setHeader("Vary", "Origin");
  if (!trustedOrigins.includes(origin)) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
}

function sendJson(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function exitWith(message) {
  console.error(`auth: ${message}`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  exitWith(error.message);
}
