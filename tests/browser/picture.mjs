// The README's picture of the demo's page: picture.mjs PORTOLAN FILE. Starts a demo of its own, keeps a few tasks in it
// as a user would, moves the backend, and takes the picture.

import { chromium } from "playwright-core";
import { startStack } from "./stack.mjs";

const [program, file] = process.argv.slice(2);
if (!file) {
  console.error("usage: picture.mjs PORTOLAN FILE");
  process.exit(2);
}
const TASKS = ["Chart the harbour", "Sound the western channel", "Mark the wreck off the mole", "Ink the rhumb lines"];

const stack = await startStack(program);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
try {
  const { frontend } = await stack.urls();
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce" });
  await page.goto(frontend);
  await page.getByLabel("Name").fill("Angelino");
  await page.getByLabel("Email").fill("angelino@example.com");
  await page.getByLabel("Password", { exact: false }).first().fill("correct horse battery");
  await page.locator("#enter").click();
  for (const [index, title] of TASKS.entries()) {
    await page.locator("#new-task [name=title]").fill(title);
    await page.locator("#new-task button").click();
    await page.locator("#task-list > li").nth(index).waitFor();
  }
  const done = page.locator("#task-list > li", { hasText: TASKS[1] });
  await done.getByRole("checkbox").check();
  await stack.reassign("backend");
  await page.getByText((await stack.urls()).backend.replace("http://", "")).first().waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: file });
} finally {
  await browser.close();
  await stack.end();
}
