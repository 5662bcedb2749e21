// Requests to the services. Each finds its service anew, goes out again where the service has moved meanwhile, and
// ends in an answer or in a Problem that a person can read.

import { Unreachable, beginWait, isThere, locate } from "./places.js";

const PATIENCE = 12_000;
const ANSWER_WITHIN = 10_000;

// What a service refused. `fields` has the complaints that belong to one input each, by its name.
export class Problem extends Error {
  constructor(status, body, requestId) {
    const fields = {};
    for (const { pointer, detail } of body?.errors ?? []) fields[pointer?.split("/").pop() ?? ""] = detail;
    const code = body?.code ?? "";
    if (/^(PASSWORD|INVALID_PASSWORD)/.test(code)) fields.password = body.message;
    else if (/EMAIL/.test(code) && !/OR_PASSWORD/.test(code)) fields.email = body.message;
    else if (/USER_ALREADY/.test(code)) fields.email = body.message;
    const said = body?.message ?? body?.detail ?? body?.title ?? "The service refused without a reason";
    super(status >= 500 && requestId ? `${said} (${status}, request ${requestId})` : said);
    this.status = status;
    this.fields = fields;
  }
}

// `credentials` gives the bearer anew for each try (`token`), and is told when one was refused (`refused`): a token
// that was issued under auth's former address is no good at the backend, but its successor is.
export async function request(service, path, { method = "GET", body, headers, credentials } = {}) {
  const deadline = performance.now() + PATIENCE;
  const patience = beginWait();
  let refusals = 0;
  try {
    for (let wait = 150; ; wait = Math.min(wait * 2, 2000)) {
      const base = await locate(service, deadline);
      const token = await credentials?.token();
      if (!isThere(service, base)) continue; // it went away while there was a wait for the token
      let answer;
      try {
        answer = await send(base + path, method, body, {
          ...headers,
          ...(token && { Authorization: `Bearer ${token}` }),
        });
      } catch {
        if (performance.now() + wait > deadline) throw new Unreachable(service, base);
        await patience.pause(wait);
        continue;
      }
      if (answer.status === 401 && credentials?.refused && refusals++ === 0) credentials.refused(token);
      else if (answer.status < 400) return answer;
      else throw new Problem(answer.status, answer.data, answer.headers.get("x-request-id"));
    }
  } finally {
    patience.end();
  }
}

// Throws only where there is no whole answer. Cookies stay out: they are shared by all ports of a host, and with them
// two stacks would share one session.
async function send(url, method, body, headers) {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // Not JSON: the status alone has to say it.
  }
  return { status: response.status, headers: response.headers, data };
}
