// The demo's page in a real browser, as its users meet it, against the real services:
//
//   node run.mjs PORTOLAN                       starts `PORTOLAN demo` in folders of its own, and ends it
//   node run.mjs --urls frontend=http://…       a stack that is up already; moving its services is skipped
//   … --shots DIR                               also writes a picture of each state that is checked
//
// One line for each step, `ok` or `FAIL`; exit 0 if all held, 1 if not, 2 if called wrongly. A step also fails if
// meanwhile the console showed an error, a request failed or was refused, or went anywhere but to the three services.
// The browser is /usr/bin/chromium, or $CHROMIUM.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { runningStack, startStack } from "./stack.mjs";

const PATIENCE = 15_000;
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";
const WIDTHS = [1280, 320];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let failed = false;
let faults = []; // { text, origin?, refusal? }: what went wrong in the browser during the present step
let shots = null;
let stack;
const origins = new Set();

class Failed extends Error {}

function expect(holds, what) {
  if (!holds) throw new Failed(what);
}

// `refusals`: how often a service is expected to say no, which the browser reports as a console error; no way around.
async function step(name, action, { refusals = 0, goOn = false } = {}) {
  faults = [];
  let problem = "";
  try {
    await action();
  } catch (error) {
    problem = error.message.split("\n").slice(0, 4).join("\n      ");
  }
  // The page may have known of a new address before this script did.
  if (faults.some(({ origin }) => origin)) await stack.urls().catch(() => {});
  faults = faults.filter(({ origin }) => !origins.has(origin));
  // A refusal shows twice: as the answer, and as what the console says about it.
  const expected = faults.filter((fault) => fault.refusal).slice(0, 2 * refusals);
  const unexpected = faults.filter((fault) => !expected.includes(fault));
  if (!problem && !unexpected.length && expected.length === 2 * refusals) return console.log(`ok    ${name}`);
  failed = true;
  console.log(`FAIL  ${name}`);
  if (problem) console.log(`      ${problem}`);
  for (const fault of unexpected) console.log(`      ${fault.text}`);
  if (problem && !goOn) throw new Failed("the steps after this one need it");
}

function skip(name, why) {
  console.log(`SKIP  ${name}: ${why}`);
}

// --- the browser -------------------------------------------------------------------------------------------------

async function newUser(browser, settings = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: "reduce",
    ...settings,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const refusal = /the server responded with a status of 4\d\d/.test(message.text());
    faults.push({ refusal, text: `console ${message.type()}: ${message.text()} (${message.location().url})` });
  });
  page.on("pageerror", (error) => faults.push({ text: `error in the page: ${error.stack}` }));
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (!origins.has(origin)) faults.push({ origin, text: `request to a stranger: ${request.url()}` });
  });
  page.on("requestfailed", (request) => {
    // A reload cuts off what the page left was asking for.
    if (page.leaving && request.failure()?.errorText === "net::ERR_ABORTED") return;
    faults.push({ text: `request failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}` });
  });
  page.on("response", (response) => {
    if (response.status() >= 400)
      faults.push({
        refusal: true,
        text: `answer ${response.status()}: ${response.request().method()} ${response.url()}`,
      });
  });
  return page;
}

async function reload(page) {
  page.leaving = true;
  await page.reload();
  page.leaving = false;
}

const newEmail = () => `pilot-${randomBytes(5).toString("hex")}@example.com`;
const task = (page, title) => page.locator("#task-list > li", { hasText: title });
const titles = (page) => page.locator("#task-list [data-part=title]").allTextContents();
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

async function says(page, text) {
  await page.getByRole("status").filter({ hasText: text }).waitFor();
}

async function until(what, holds) {
  for (const deadline = Date.now() + PATIENCE; !(await holds());) {
    expect(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function signUp(page, name, email) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill("eight winds and sixteen");
  await page.getByRole("button", { name: "Create account" }).click();
  await heading(page, "Your tasks");
}

async function signIn(page, email, password = "eight winds and sixteen") {
  await page.getByRole("radio", { name: "Sign in" }).check();
  await page.getByLabel("Email").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function add(page, title) {
  await page.getByLabel("New task", { exact: true }).fill(title);
  await page.getByRole("button", { name: "Add task" }).click();
  await task(page, title).waitFor();
}

// axe-core in both schemes and at both ends of the widths; nothing may stick out sideways either.
async function looksRight(page, name) {
  const problems = [];
  for (const colorScheme of ["light", "dark"])
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      if (shots)
        await page.screenshot({
          path: `${shots}/${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`,
          fullPage: width < 500,
        });
      const found = await page.evaluate(`${axe}; axe.run({ resultTypes: ["violations"] })`);
      for (const { impact, id, help, nodes } of found.violations)
        if (["serious", "critical"].includes(impact))
          problems.push(`${colorScheme} ${width}: ${id}, ${help}: ${nodes.map((node) => node.target).join(" | ")}`);
      const wider = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
      if (wider > 0) problems.push(`${colorScheme} ${width}: ${wider} px too wide`);
    }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 860 });
  expect(problems.length === 0, problems.join("\n"));
}

const look = (page, name) => step(`looks right and passes axe: ${name}`, () => looksRight(page, name), { goOn: true });

// --- the journeys ------------------------------------------------------------------------------------------------

async function firstUser(page, email) {
  const { frontend } = await stack.urls();
  await step("the page opens signed out and shows where its services are", async () => {
    await page.goto(frontend);
    await heading(page, "Create your account");
    const { auth, backend } = await stack.urls();
    for (const url of [frontend, auth, backend])
      await page.getByRole("complementary").getByText(new URL(url).host).first().waitFor();
    await until("three services that answer", async () => (await page.locator("[data-state=up]").count()) === 3);
  });
  await look(page, "signed out");
  await step("an incomplete form is answered beside its inputs, without a request", async () => {
    await page.getByLabel("Email").fill("nobody");
    await page.getByRole("button", { name: "Create account" }).click();
    for (const label of ["Name", "Email"])
      expect(await page.getByLabel(label).getAttribute("aria-invalid"), `${label} is marked`);
    expect(
      await page.getByLabel("Name").evaluate((input) => input === document.activeElement),
      "the first has the focus",
    );
  });
  await look(page, "a form with complaints");
  await step("sign up", async () => {
    await signUp(page, "Angelino", email);
    await page.getByText("Add your first task").waitFor();
    expect(await page.getByRole("banner").getByText("Angelino").isVisible(), "the name is shown");
    expect((await page.title()).startsWith("Tasks"), "the title says where we are");
    expect((await page.context().cookies()).length === 0, "no cookie, which another stack would share");
  });
  await look(page, "signed in without tasks");
  await step("add a task, and one with a description", async () => {
    await add(page, "Sound the channel");
    await page.getByText("Add a description").click();
    await page.getByLabel("Description of the new task").fill("Black, green and red.\nAll thirty-two.");
    await add(page, "Ink the rhumb lines");
    await task(page, "All thirty-two").waitFor();
    expect((await titles(page))[0] === "Ink the rhumb lines", "the newest comes first");
  });
  await step("text is shown as text, whatever is in it", async () => {
    const markup = `<img src=x onerror="alert(1)"> & <b>shoals</b>`;
    await add(page, markup);
    expect((await titles(page)).includes(markup), "the markup is the title");
  });
  await step("complete it, and reopen it", async () => {
    const box = page.getByRole("checkbox", { name: "Sound the channel" });
    for (const [state, word] of [
      [false, "Completed"],
      [true, "Reopened"],
      [false, "Completed"],
    ]) {
      expect((await box.isChecked()) === state, "as it was left");
      await box.click();
      await says(page, `${word} “Sound the channel”`);
    }
    await page.locator("li.done", { hasText: "Sound the channel" }).waitFor();
  });
  await step("edit title and description in place; it looks right and passes axe", async () => {
    await page.getByRole("button", { name: "Edit Sound the channel" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Sound the western channel");
    await page.getByRole("textbox", { name: "Description", exact: true }).fill("At low water.");
    await looksRight(page, "editing");
    await page.getByRole("button", { name: "Save" }).click();
    await says(page, "Saved “Sound the western channel”");
    await task(page, "At low water.").waitFor();
  });
  await step("what was begun and not saved is dropped by Cancel", async () => {
    await page.getByRole("button", { name: "Edit Ink the rhumb lines" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Something else");
    await page.getByRole("button", { name: "Cancel" }).click();
    await task(page, "Ink the rhumb lines").waitFor();
  });
  await step("delete, and take it back", async () => {
    await page.getByRole("button", { name: "Delete Ink the rhumb lines" }).click();
    await page.getByRole("button", { name: "Undo deleting Ink the rhumb lines" }).click();
    await says(page, "“Ink the rhumb lines” is back");
    await page.getByRole("button", { name: "Delete <img" }).click();
    await page.getByText("Deleted “<img").first().waitFor();
  });
  await look(page, "with tasks");
  await step("reload: still signed in, and the tasks as they were left", async () => {
    await reload(page);
    await heading(page, "Your tasks");
    await until(
      "two tasks",
      async () => (await titles(page)).sort().join() === "Ink the rhumb lines,Sound the western channel",
    );
    expect(await page.getByRole("checkbox", { name: "Sound the western channel" }).isChecked(), "still completed");
  });
  await step("filter, search and order", async () => {
    await page.getByRole("radio", { name: "Open" }).check();
    await until("the open one", async () => (await titles(page)).join() === "Ink the rhumb lines");
    await page.getByRole("radio", { name: "Done" }).check();
    await until("the one that is done", async () => (await titles(page)).join() === "Sound the western channel");
    await page.getByRole("radio", { name: "All" }).check();
    await page.getByRole("searchbox").fill("RHUMB");
    await says(page, "1 task with “RHUMB”");
    await reload(page);
    await until("the search after a reload", async () => (await titles(page)).join() === "Ink the rhumb lines");
    await page.getByRole("searchbox").fill("");
    await page.getByRole("combobox").selectOption("title");
    await until(
      "both by title",
      async () => (await titles(page)).join() === "Ink the rhumb lines,Sound the western channel",
    );
    await page.getByRole("combobox").selectOption("-created_at");
    await says(page, "2 tasks");
  });
  await step("more tasks than a page holds", async () => {
    for (let number = 1; number <= 10; number++) await add(page, `Harbour ${number}.`);
    await page.getByText("Page 1 of 2").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await until("two on the second page", async () => (await titles(page)).length === 2);
    await page.getByRole("button", { name: "Previous" }).click();
    await task(page, "Harbour 10.").waitFor();
  });
}

async function secondUser(page) {
  await step("a second user in another browser sees nothing of the first", async () => {
    await page.goto((await stack.urls()).frontend);
    await signUp(page, "Petrus", newEmail());
    await page.getByText("Add your first task").waitFor();
    expect((await titles(page)).length === 0, "no task");
    await add(page, "Of Petrus alone");
  });
}

// Leaves nothing to chance between the reassign and the action: one task is added at the very moment when the service
// begins to move, one as soon as Portolan says that it has moved.
async function moved(page, name) {
  if (!stack.reassign) return skip(`${name} moves while the page is open`, "this stack is not ours to move");
  const before = (await stack.urls())[name];
  const during = `Sent while ${name} moved, ${randomBytes(3).toString("hex")}`;
  const after = `Sent when ${name} had moved, ${randomBytes(3).toString("hex")}`;
  await step(`${name} moves while the page is open: what is done meanwhile and next works`, async () => {
    const moving = stack.reassign(name);
    await Promise.all([add(page, during), moving]);
    const now = (await stack.urls())[name];
    expect(now !== before, `${name} is still at ${now}`);
    await add(page, after);
    await page.getByRole("complementary").getByText(new URL(now).host).first().waitFor();
  });
  await step(`${name} has moved: each of the two tasks is there once`, async () => {
    await reload(page);
    await heading(page, "Your tasks");
    await task(page, after).waitFor();
    for (const title of [during, after])
      expect((await titles(page)).filter((shown) => shown === title).length === 1, `“${title}” is there once`);
    await page.getByRole("checkbox", { name: after }).click();
    await says(page, "Completed");
  });
  await step(`${name} moves while the page is idle: it notices by itself`, async () => {
    await stack.reassign(name);
    await page
      .getByRole("complementary")
      .getByText(new URL((await stack.urls())[name]).host)
      .first()
      .waitFor();
    await until("three services that answer", async () => (await page.locator("[data-state=up]").count()) === 3);
    await page.getByRole("checkbox", { name: after }).click();
    await says(page, "Reopened");
  });
}

async function signOutAndIn(page, email) {
  await step("sign out: the tasks are gone from the page, and stay so after a reload", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await heading(page, "Welcome back");
    expect((await titles(page)).length === 0, "no task is left in the document");
    expect(await page.evaluate(() => !localStorage.getItem("portolan-session")), "no session is left in the browser");
    await reload(page);
    await heading(page, "Welcome back");
  });
  await step(
    "a wrong password is refused, and the page says so",
    async () => {
      await signIn(page, email, "not the password");
      await page
        .getByRole("alert")
        .filter({ hasText: /password/i })
        .waitFor();
      await page.getByRole("button", { name: "Dismiss" }).click();
    },
    { refusals: 1 },
  );
  await step("sign in again: the tasks are there", async () => {
    await signIn(page, email);
    await heading(page, "Your tasks");
    await page.getByText("Page 1 of 2").waitFor();
  });
  await step(
    "an address that is taken is refused beside its input",
    async () => {
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("radio", { name: "Create account" }).check();
      await page.getByLabel("Name").fill("Angelino");
      await page.getByLabel("Email").fill(email);
      await page.getByRole("textbox", { name: "Password" }).fill("eight winds and sixteen");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.locator(".complaint").waitFor();
      expect(await page.getByLabel("Email").getAttribute("aria-invalid"), "Email is marked");
    },
    { refusals: 1 },
  );
}

// No mouse: whatever is needed must be reached by Tab, in an order that leads forward, and show that it has the focus.
async function keyboardUser(page) {
  const email = newEmail();
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      const ring = element.closest(".segments label") ?? element;
      return {
        name: (element.labels?.[0] ?? element).textContent.trim().replace(/\s+/g, " "),
        shown: getComputedStyle(ring).outlineStyle !== "none",
      };
    });
  const tabTo = async (name) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const now = await focused();
      if (now.name.startsWith(name)) return expect(now.shown, `“${name}” shows its focus`);
    }
    throw new Failed(`“${name}” is not reached by Tab`);
  };
  const has = async (name) => until(`the focus on “${name}”`, async () => (await focused()).name.startsWith(name));
  const type = (text) => page.keyboard.type(text);
  const press = (key) => page.keyboard.press(key);

  await step("keyboard only: sign up", async () => {
    await page.goto((await stack.urls()).frontend);
    await heading(page, "Create your account");
    await tabTo("Skip to the content");
    await press("Enter");
    await tabTo("Name");
    await type("Grazioso");
    await tabTo("Email");
    await type(email);
    await tabTo("Password");
    await type("eight winds and sixteen");
    await press("Enter");
    await has("Your tasks");
  });
  await step("keyboard only: add two tasks, complete one", async () => {
    await tabTo("New task");
    for (const title of ["Mark the rocks", "Draw the coast"]) {
      await type(title);
      await press("Enter");
      await task(page, title).waitFor();
      await has("New task");
    }
    await tabTo("Mark the rocks");
    await press("Space");
    await says(page, "Completed “Mark the rocks”");
    await has("Mark the rocks");
  });
  await step("keyboard only: edit, with Escape back and Enter to save", async () => {
    await tabTo("Edit Mark the rocks");
    await press("Enter");
    await has("Title");
    await type("Something else");
    await press("Escape");
    await has("Edit Mark the rocks");
    await press("Enter");
    await has("Title");
    await type("Mark all the rocks");
    await press("Enter");
    await says(page, "Saved");
    await has("Edit Mark all the rocks");
  });
  await step("keyboard only: delete, undo, delete again, and the focus is never lost", async () => {
    await tabTo("Delete Mark all the rocks");
    await press("Enter");
    await has("Undo");
    await press("Enter");
    await has("Mark all the rocks");
    await tabTo("Delete Mark all the rocks");
    await press("Enter");
    await has("Undo");
  });
  await step("keyboard only: filter with the arrows, search", async () => {
    await page.getByLabel("New task", { exact: true }).focus();
    await tabTo("All");
    await press("ArrowRight");
    await says(page, "1 open task");
    await press("ArrowRight");
    await says(page, "No done task");
    await press("ArrowRight");
    await says(page, "1 task");
    await tabTo("Search");
    await type("nothing like it");
    await says(page, "No task with “nothing like it”");
    await press("Escape");
    await task(page, "Draw the coast").waitFor();
  });
  await step("keyboard only: sign out, and in again", async () => {
    await page.getByRole("link", { name: "Skip to the content" }).focus();
    await tabTo("Sign out");
    await press("Enter");
    await has("Welcome back");
    await tabTo("Email");
    await type(email);
    await tabTo("Password");
    await type("eight winds and sixteen");
    await press("Enter");
    await has("Your tasks");
    await task(page, "Draw the coast").waitFor();
  });
}

// --- all of it ---------------------------------------------------------------------------------------------------

function usage() {
  console.error("usage: node run.mjs PORTOLAN [--shots DIR]\n       node run.mjs --urls frontend=URL [--shots DIR]");
  process.exit(2);
}

let given = null;
let program = null;
for (const words = process.argv.slice(2); words.length;) {
  const word = words.shift();
  if (word === "--urls")
    given = Object.fromEntries((words.shift() ?? "").split(",").map((pair) => pair.split(/=(.*)/s)));
  else if (word === "--shots") shots = words.shift();
  else if (word.startsWith("-") || program) usage();
  else program = word;
}
if (given ? program || !given.frontend : !program) usage();

let browser;
try {
  stack = await (given ? runningStack(given) : startStack(program));
  stack.onUrls = (urls) => Object.values(urls).forEach((url) => origins.add(new URL(url).origin));
  await stack.urls();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS.split(" "),
  });
  const email = newEmail();
  const page = await newUser(browser);
  await firstUser(page, email);
  await secondUser(await newUser(browser));
  await moved(page, "backend");
  await moved(page, "auth");
  await signOutAndIn(page, email);
  await keyboardUser(await newUser(browser));
} catch (error) {
  failed = true;
  console.log(`FAIL  stopped: ${error instanceof Failed ? error.message : error.stack}`);
} finally {
  await browser?.close();
  await stack?.end();
}
process.exitCode = failed ? 1 : 0;
