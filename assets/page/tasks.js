// The tasks of the user: what is shown of them, and each thing that can be done with them. Nothing is kept but the
// view (filter, search, order, page; also in the address, so that a reload comes back to it): the list is what the
// backend said last.

import { attempt, byId, clone, part, say, showComplaints } from "./dom.js";
import { pause } from "./places.js";
import { toBackend } from "./session.js";

const PER_PAGE = 10;
const WHOLE = { filter: "all", q: "", sort: "-created_at", page: 1 };
const list = byId("task-list");
const newTask = byId("new-task");
const viewForm = byId("view");
const when = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

let view = { ...WHOLE };
let shown = new Map(); // id -> task
let total = 0;
let latest = 0;
let draft = {}; // the new task as it was last sent, and its key: sending it again must not make two of it

export function start() {
  const given = new URLSearchParams(location.search);
  view.q = given.get("q") ?? "";
  view.page = Math.max(1, parseInt(given.get("page")) || 1);
  if (["open", "done"].includes(given.get("filter"))) view.filter = given.get("filter");
  if ([...viewForm.elements.sort.options].some(({ value }) => value === given.get("sort")))
    view.sort = given.get("sort");

  newTask.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(add, newTask);
  });
  newTask.addEventListener("keydown", submitOnCtrlEnter);

  viewForm.addEventListener("submit", (event) => event.preventDefault());
  viewForm.addEventListener("change", ({ target }) => {
    if (target.name !== "q") look({ [target.name]: target.value });
  });
  viewForm.elements.q.addEventListener("input", async ({ target }) => {
    const typed = target.value;
    await pause(typed ? 250 : 0);
    if (target.value === typed && view.q !== typed) look({ q: typed });
  });

  byId("pages").addEventListener("click", ({ target }) => {
    if (!target.dataset.step) return;
    look({ page: view.page + Number(target.dataset.step) }).then(() => byId("tasks-title").focus());
  });

  list.addEventListener("change", ({ target }) => target.dataset.do === "toggle" && toggle(rowOf(target), target));
  list.addEventListener("click", ({ target }) => {
    const does = { edit, delete: remove, undo, cancel: closeEditor }[target.closest("button")?.dataset.do];
    does?.(rowOf(target));
  });
  list.addEventListener("submit", (event) => {
    event.preventDefault();
    save(rowOf(event.target), event.target);
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.form) closeEditor(rowOf(event.target));
    else submitOnCtrlEnter(event);
  });
}

// Forgets what one user saw and wrote, before the next one does.
export function clear() {
  latest++;
  draft = {};
  emptyNewTask();
  list.replaceChildren();
  shown.clear();
  view = { ...WHOLE };
  history.replaceState(null, "", location.pathname);
}

export async function load() {
  const turn = ++latest;
  const query = new URLSearchParams({ page: view.page, per_page: PER_PAGE, sort: view.sort });
  if (view.filter !== "all") query.set("completed", view.filter === "done");
  if (view.q) query.set("q", view.q);
  const { data, headers } = await toBackend(`/api/tasks?${query}`);
  if (turn !== latest) return; // a later look at it is under way
  total = Number(headers.get("x-total-count") ?? data.length);
  const last = Math.max(1, Math.ceil(total / PER_PAGE));
  if (view.page > last) {
    view.page = last;
    return load();
  }
  render(data, last);
}

function look(change) {
  view = { ...view, page: 1, ...change };
  return attempt(async () => {
    await load();
    say(countText());
  });
}

// --- what is shown -----------------------------------------------------------------------------------------------

function render(tasks, last) {
  const active = list.contains(document.activeElement) ? document.activeElement : null;
  const row = active && rowOf(active);
  const place = row && { id: row.dataset.id, index: [...list.children].indexOf(row), does: active.dataset.do };

  // Text that is being edited stays, even where its task is not among those to show any more.
  const editors = new Map([...list.children].filter((row) => part(row, "editor")).map((row) => [row.dataset.id, row]));
  const kept = [...editors].filter(([id]) => !tasks.some((task) => task.id === id)).map(([id]) => shown.get(id));
  shown = new Map([...kept, ...tasks].map((task) => [task.id, task]));
  list.replaceChildren(...[...shown.values()].map((task) => editors.get(task.id) ?? rowFor(task)));

  if (place && list.contains(active)) active.focus();
  else if (place) focusRow(place);
  showFrame(last);
}

function showFrame(last = Math.max(1, Math.ceil(total / PER_PAGE))) {
  for (const name of ["filter", "sort"]) viewForm.elements[name].value = view[name];
  if (document.activeElement !== viewForm.elements.q) viewForm.elements.q.value = view.q;
  const changed = Object.entries(view).filter(([name, value]) => value !== WHOLE[name]);
  history.replaceState(null, "", changed.length ? `?${new URLSearchParams(changed)}` : location.pathname);

  byId("count").textContent = total ? countText() : "";
  byId("empty").hidden = list.children.length > 0;
  byId("empty").textContent = countText();
  byId("pages").hidden = last === 1;
  byId("page-of").textContent = `Page ${view.page} of ${last}`;
  for (const button of byId("pages").querySelectorAll("button")) {
    const leads = view.page + Number(button.dataset.step);
    button.disabled = leads < 1 || leads > last;
  }
}

function countText() {
  const kind = view.filter === "all" ? "" : `${view.filter} `;
  const searched = view.q ? ` with “${view.q}”` : "";
  if (total) return `${total} ${kind}${total === 1 ? "task" : "tasks"}${searched}`;
  if (kind || searched) return `No ${kind}task${searched}.`;
  return "Open water. Add your first task above; only you will see it.";
}

function rowFor(task) {
  const row = clone("task-template", { title: task.title, name: ` ${task.title}`, description: task.description });
  row.dataset.id = task.id;
  row.classList.toggle("done", task.completed);
  row.querySelector("[data-do=toggle]").checked = task.completed;
  part(row, "description").hidden = !task.description;
  const changed = task.updated_at !== task.created_at;
  part(row, "when").textContent = `${changed ? "Changed" : "Added"} ${when.format(new Date(task.updated_at))}`;
  return row;
}

const rowOf = (element) => element.closest("li");

// To the same control of the same task; else to the task that took its place; else to the heading.
function focusRow({ id, index, does }) {
  const rows = [...list.children];
  const row = rows.find((row) => row.dataset.id === id);
  const nearest = row ?? rows[Math.min(index, rows.length - 1)];
  const target = row?.querySelector(`[data-do="${does}"]`) ?? nearest?.querySelector("input, button");
  (target ?? byId("tasks-title")).focus();
}

// --- what can be done --------------------------------------------------------------------------------------------

async function add() {
  const body = fieldsOf(newTask);
  if (!body) return;
  const text = JSON.stringify(body);
  if (draft.text !== text) draft = { text, key: newKey() };
  const { data } = await toBackend("/api/tasks", { method: "POST", body, headers: { "Idempotency-Key": draft.key } });
  draft = {};
  if (JSON.stringify(fieldsOf(newTask)) === text) emptyNewTask(); // unless something else was typed meanwhile
  if (newTask.contains(document.activeElement)) newTask.elements.title.focus();
  await load();
  if (!shown.has(data.id)) {
    view = { ...WHOLE };
    await load();
  }
  say(`Added “${data.title}”.`);
}

function emptyNewTask() {
  newTask.reset();
  newTask.querySelector("details").open = false;
}

function toggle(row, box) {
  const task = shown.get(row.dataset.id);
  return attempt(async () => {
    try {
      await change(task, { completed: box.checked });
    } catch (error) {
      box.checked = task.completed;
      if (error.status === 404) await load();
      throw error;
    }
    await load();
    say(`${box.checked ? "Completed" : "Reopened"} “${task.title}”.`);
  });
}

function edit(row) {
  const task = shown.get(row.dataset.id);
  const form = clone("edit-template");
  form.dataset.part = "editor";
  form.ariaLabel = `Edit ${task.title}`;
  form.elements.title.value = task.title;
  form.elements.description.value = task.description;
  row.replaceChildren(form);
  form.elements.title.focus();
  form.elements.title.select();
}

function closeEditor(row) {
  const task = shown.get(row.dataset.id);
  const fresh = rowFor(task);
  row.replaceWith(fresh);
  fresh.querySelector("[data-do=edit]").focus();
}

function save(row, form) {
  return attempt(async () => {
    const task = shown.get(row.dataset.id);
    const body = fieldsOf(form);
    if (!body) return;
    const saved = await change(task, body, { "If-Match": `"${task.version}"` });
    shown.set(task.id, saved);
    closeEditor(row);
    await load();
    say(`Saved “${saved.title}”.`);
  }, form);
}

// The task as it is then. With If-Match it is refused where somebody has changed the task since it was read.
async function change(task, body, headers) {
  const path = `/api/tasks/${encodeURIComponent(task.id)}`;
  try {
    return (await toBackend(path, { method: "PATCH", body, headers })).data;
  } catch (error) {
    if (error.status === 404) error.message = "This task was deleted elsewhere meanwhile.";
    if (error.status !== 412) throw error;
    const { data } = await toBackend(path);
    if (Object.keys(body).every((name) => data[name] === body[name])) return data; // our own change, sent twice
    shown.set(task.id, data);
    error.message = "This task was changed elsewhere meanwhile. Your text is still here: save again to keep it.";
    throw error;
  }
}

// The row stays as a line that offers the way back, for as long as nothing else is looked at.
function remove(row) {
  const task = shown.get(row.dataset.id);
  return attempt(async () => {
    await toBackend(`/api/tasks/${encodeURIComponent(task.id)}`, { method: "DELETE" }).catch((error) => {
      if (error.status !== 404) throw error;
    });
    const notice = clone("deleted-template", { title: task.title, name: ` deleting ${task.title}` });
    notice.dataset.id = task.id;
    notice.dataset.key = newKey();
    total--;
    row.replaceWith(notice);
    notice.querySelector("button").focus();
    showFrame();
    say(`Deleted “${task.title}”.`);
  });
}

function undo(notice) {
  const { title, description, completed } = shown.get(notice.dataset.id);
  return attempt(async () => {
    const headers = { "Idempotency-Key": notice.dataset.key };
    const { data } = await toBackend("/api/tasks", {
      method: "POST",
      body: { title, description, completed },
      headers,
    });
    shown.set(data.id, data);
    total++;
    const row = rowFor(data);
    notice.replaceWith(row);
    row.querySelector("input").focus();
    showFrame();
    say(`“${title}” is back.`);
  });
}

// What the backend would refuse is said without asking it. Null: there was something to say.
function fieldsOf(form) {
  const title = form.elements.title.value.trim();
  const description = form.elements.description.value.trim();
  const complaints = {};
  if (!title) complaints.title = "A task needs a title.";
  else if ([...title].length > 200) complaints.title = "A title has at most 200 characters.";
  else if (/\p{Cc}/u.test(title)) complaints.title = "A title has no control characters.";
  if ([...description].length > 2000) complaints.description = "A description has at most 2000 characters.";
  showComplaints(form, complaints);
  return Object.keys(complaints).length ? null : { title, description };
}

const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-");

function submitOnCtrlEnter(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
}
