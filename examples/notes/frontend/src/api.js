// The two services behind the page. Their addresses come from the environment of the dev server.

const AUTH = import.meta.env.VITE_AUTH_URL;
const BACKEND = import.meta.env.VITE_BACKEND_URL;
const SESSION_KEY = "notes-session";

export class SignedOutError extends Error {}

export const hasSession = () => localStorage.getItem(SESSION_KEY) !== null;
export const signOut = () => localStorage.removeItem(SESSION_KEY);

export async function signUp(email, password) {
  await openSession("sign-up", { email, password, name: email.split("@")[0] });
}

export async function signIn(email, password) {
  await openSession("sign-in", { email, password });
}

// The backend's view of the user: its tasks, through a short-lived token that only this object holds.
export async function openTasks() {
  const session = localStorage.getItem(SESSION_KEY);
  const { token } = await call(`${AUTH}/api/auth/hs256-token`, { bearer: session });
  const tasks = `${BACKEND}/api/tasks`;
  return {
    email: JSON.parse(decodeBase64Url(token.split(".")[1])).email,
    list: () => call(tasks, { bearer: token }),
    add: (title) => call(tasks, { method: "POST", bearer: token, body: { title } }),
    remove: (id) => call(`${tasks}/${id}`, { method: "DELETE", bearer: token }),
  };
}

async function openSession(action, body) {
  const { token } = await call(`${AUTH}/api/auth/${action}/email`, { method: "POST", body });
  localStorage.setItem(SESSION_KEY, token);
}

async function call(url, { method = "GET", bearer, body } = {}) {
  const headers = {};
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (body) headers["Content-Type"] = "application/json";

  let response;
  try {
    response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error(`${new URL(url).origin} does not answer`);
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && bearer) throw new SignedOutError("Your session has ended: sign in again.");
  throw new Error(answer.message ?? `${url} answered ${response.status}`);
}

function decodeBase64Url(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
