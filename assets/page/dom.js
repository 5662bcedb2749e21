// What the other modules need of the document: finding and cloning, saying things, and complaints beside their inputs.

import { Problem } from "./api.js";
import { SessionEnded } from "./session.js";
import { Unreachable } from "./places.js";

const STAYS = 6000;
let fading;

export const byId = (id) => document.getElementById(id);
export const part = (parent, name) => parent.querySelector(`[data-part="${name}"]`);

export function clone(template, texts = {}) {
  const copy = byId(template).content.firstElementChild.cloneNode(true);
  for (const [name, text] of Object.entries(texts))
    for (const element of copy.querySelectorAll(`[data-part="${name}"]`)) element.textContent = text;
  return copy;
}

// Says something in passing; a lasting text stays until the next.
export function say(text, { lasting = false } = {}) {
  clearTimeout(fading);
  byId("status").textContent = text;
  if (!lasting) fading = setTimeout(() => (byId("status").textContent = ""), STAYS);
}

// Stays until it is dismissed or until the next action.
export function complain(text) {
  byId("problem").hidden = !text;
  byId("problem-text").textContent = text;
}

// Runs what a user asked for and shows how it failed. With a form: once at a time, complaints beside its inputs.
export async function attempt(action, form) {
  if (form?.ariaBusy === "true") return;
  complain("");
  if (form) {
    form.ariaBusy = "true";
    showComplaints(form, {});
  }
  try {
    await action();
  } catch (error) {
    const left = form && error instanceof Problem ? showComplaints(form, error.fields) : undefined;
    if (error instanceof Problem) complain(left === 0 ? "" : error.message);
    else if (error instanceof Unreachable) complain(`${error.message} Nothing was lost: try again.`);
    else if (!(error instanceof SessionEnded)) {
      complain("This page has a fault of its own. Reload it; what was saved is still there.");
      reportError(error);
    }
  } finally {
    if (form) form.ariaBusy = "false";
  }
}

// Puts each complaint below its input and the focus into the first; says how many found no input (undefined: there
// were no complaints by field at all).
export function showComplaints(form, complaints) {
  for (const old of form.querySelectorAll(".complaint")) old.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  const names = Object.keys(complaints);
  const inputs = names.map((name) => form.elements[name]).filter(Boolean);
  for (const input of inputs) {
    const complaint = document.createElement("p");
    complaint.className = "complaint";
    complaint.id = `complaint-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    complaint.textContent = complaints[input.name];
    input.closest("label").after(complaint);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", complaint.id);
    input.closest("details")?.setAttribute("open", "");
  }
  inputs[0]?.focus();
  return names.length ? names.length - inputs.length : undefined;
}
