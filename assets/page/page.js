// The page as a whole: whether it shows the way in or the tasks, and what it says while a service is away.

import { Problem } from "./api.js";
import { attempt, byId, complain, say, showComplaints } from "./dom.js";
import { Unreachable, ask, current, places, watch } from "./places.js";
import { currentUser, hasSession, session, signIn, signOut, signUp } from "./session.js";
import * as stack from "./stack.js";
import * as tasks from "./tasks.js";

const SEEN = "portolan-seen"; // somebody has had an account here, so that signing in comes first
const entryForm = byId("entry-form");
let lastUser = null;

function show(section, title) {
  for (const id of ["opening", "stranded", "entry", "tasks"]) byId(id).hidden = id !== section;
  byId("account").hidden = section !== "tasks";
  document.title = [title, current()?.stack, "Portolan"].filter(Boolean).join(" · ");
}

// Shows what belongs to the session of this browser, if it has one. The focus moves only after an action.
async function open({ focus = true } = {}) {
  try {
    const user = await currentUser();
    if (user) await showTasks(user);
    else showEntry(localStorage.getItem(SEEN) ? "sign-in" : "sign-up");
    if (focus) byId(user ? "tasks-title" : "entry-title").focus();
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Problem)) throw error;
    show("stranded", "Nobody answers");
    byId("stranded-why").textContent = error.message;
    byId("stranded-title").focus();
  }
}

async function showTasks(user) {
  if (lastUser && lastUser !== user.id) tasks.clear();
  lastUser = user.id;
  localStorage.setItem(SEEN, "yes");
  byId("who").textContent = user.name || user.email;
  await tasks.load();
  show("tasks", "Tasks");
}

function showEntry(mode) {
  entryForm.elements.mode.value = mode;
  const isNew = mode === "sign-up";
  byId("name-field").hidden = !isNew;
  byId("password-hint").hidden = !isNew;
  entryForm.elements.password.autocomplete = isNew ? "new-password" : "current-password";
  byId("entry-title").textContent = isNew ? "Create your account" : "Welcome back";
  byId("enter").textContent = isNew ? "Create account" : "Sign in";
  showComplaints(entryForm, {});
  show("entry", isNew ? "Create account" : "Sign in");
}

async function enter() {
  const { mode, name, email, password } = Object.fromEntries(new FormData(entryForm));
  const isNew = mode === "sign-up";
  const complaints = {};
  if (isNew && !name.trim()) complaints.name = "Tell us what to call you.";
  if (!email.trim()) complaints.email = "An email address is needed; nothing is sent to it.";
  else if (!entryForm.elements.email.validity.valid) complaints.email = "This is not an email address.";
  if (!password) complaints.password = "A password is needed.";
  else if (isNew && password.length < 8) complaints.password = "A password has at least 8 characters.";
  showComplaints(entryForm, complaints);
  if (Object.keys(complaints).length) return;

  const known = { email: email.trim(), password };
  const user = await (isNew ? signUp({ name: name.trim(), ...known }) : signIn(known));
  entryForm.reset();
  showPassword(false);
  await showTasks(user);
  byId("tasks-title").focus();
  say(`Signed in as ${user.name || user.email}.`);
}

async function leave() {
  try {
    await signOut();
  } finally {
    tasks.clear();
    showEntry("sign-in");
    byId("entry-title").focus();
  }
  say("Signed out.");
}

const showPassword = (shown) => (entryForm.elements.password.type = shown ? "text" : "password");

entryForm.addEventListener("change", ({ target }) => {
  if (target.name === "mode") showEntry(target.value);
  else if (target.id === "show-password") showPassword(target.checked);
});
entryForm.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(enter, entryForm);
});
byId("sign-out").addEventListener("click", () => attempt(leave));
byId("again").addEventListener("click", () => attempt(open));
byId("dismiss").addEventListener("click", () => complain(""));
addEventListener("keydown", ({ key }) => key === "Escape" && complain(""));

session.addEventListener("ended", () =>
  attempt(async () => {
    await open();
    if (!hasSession()) complain("Your session has ended. Sign in again.");
  }),
);
places.addEventListener("waiting", () => say("Reconnecting…", { lasting: true }));
places.addEventListener("settled", () => say(""));
places.addEventListener("change", () => byId("stranded").hidden || attempt(open));

tasks.start();
stack.start();
await ask().catch(() => {});
watch();
attempt(() => open({ focus: false }));
