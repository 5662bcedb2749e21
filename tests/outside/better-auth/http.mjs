// One HTTP request as it stands: no header of its own, no redirect, no retry. It owns what fetch hides or forbids:
// Origin and Cookie, several Set-Cookie lines, a body without a Content-Type, a method that does not fit.

import { request as httpRequest } from "node:http";

const TIMEOUT_MS = 20_000;

// Resolves with { status, headers, setCookie, text, json }; json is undefined if the body is not JSON.
export function send(base, { method = "GET", path, headers = {}, body }) {
  const url = new URL(path, base);
  const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const sent = { ...headers };
  if (payload !== undefined) sent["content-length"] = Buffer.byteLength(payload);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: url.hostname, port: url.port, path: url.pathname + url.search, method, headers: sent, agent: false, timeout: TIMEOUT_MS },
      (incoming) => {
        const chunks = [];
        incoming.on("error", reject);
        incoming.on("data", (chunk) => chunks.push(chunk));
        incoming.on("end", () => {
          const { "set-cookie": setCookie = [], ...rest } = incoming.headers;
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode, headers: rest, setCookie, text, json: parsed(text) });
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${path} had no answer in ${TIMEOUT_MS} ms`)));
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
