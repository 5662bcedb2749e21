// What the page shows and does; api.js knows the services.

import { SignedOutError, hasSession, openTasks, signIn, signOut, signUp } from "./api.js";

const element = (id) => document.getElementById(id);

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  const enter = event.submitter?.value === "sign-in" ? signIn : signUp;
  attempt(async () => {
    await enter(email, password);
    event.target.reset();
    await show();
  });
});

element("new-task").addEventListener("submit", (event) => {
  event.preventDefault();
  const { title } = Object.fromEntries(new FormData(event.target));
  attempt(async () => {
    const tasks = await openTasks();
    await tasks.add(title);
    event.target.reset();
    await render(tasks);
  });
});

element("sign-out").addEventListener("click", () => {
  signOut();
  attempt(show);
});

async function show() {
  const signedIn = hasSession();
  element("sign-in").hidden = signedIn;
  element("tasks").hidden = !signedIn;
  element("who").hidden = !signedIn;
  if (signedIn) await render(await openTasks());
}

async function render(tasks) {
  const list = await tasks.list();
  element("email").textContent = tasks.email;
  element("no-tasks").hidden = list.length > 0;
  element("task-list").replaceChildren(...list.map(taskItem));
}

function taskItem({ id, title }) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = title;
  const done = document.createElement("button");
  done.className = "quiet";
  done.textContent = "Done";
  done.addEventListener("click", () =>
    attempt(async () => {
      const tasks = await openTasks();
      await tasks.remove(id);
      await render(tasks);
    }),
  );
  item.append(text, done);
  return item;
}

async function attempt(action) {
  const problem = element("problem");
  problem.hidden = true;
  try {
    await action();
  } catch (error) {
    if (error instanceof SignedOutError) {
      signOut();
      await show();
    }
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

attempt(show);
