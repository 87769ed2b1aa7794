// One incident: verdicts, copies, and word of changes.

import { KEYS, isForPage, say } from "./verdicts.js";

const article = document.getElementById("incident");
const form = document.getElementById("verdict");
const said = document.getElementById("said");
const changed = document.getElementById("changed");

async function judge(verdict) {
  said.textContent = "Saying it...";
  const answer = await say(article.dataset.id, verdict, form.elements.comment.value.trim());
  said.textContent = answer.ok
    ? (verdict === "withdrawn" ? "Taken back." : `Said: ${verdict}. It acts with the next batch.`)
    : `Not said: ${answer.message}`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.value) judge(event.submitter.value);
});

document.addEventListener("keydown", (event) => {
  const verdict = isForPage(event) && KEYS[event.key.toLowerCase()];
  if (!verdict) return;
  event.preventDefault();
  judge(verdict);
});

document.addEventListener("incident", ({ detail }) => {
  if (detail.incident_id !== article.dataset.id || detail.revision <= Number(article.dataset.revision)) return;
  const now = document.getElementById("verdict-now");
  now.textContent = detail.verdict ? `${detail.verdict}${detail.verdict_by ? ` says ${detail.verdict_by}` : ""}` : "Nobody has said so far.";
  document.getElementById("state").textContent = detail.state;
  changed.hidden = false;
});

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const shown = document.getElementById(button.dataset.copy);
      shown.hidden = false;
      getSelection().selectAllChildren(shown);
      button.textContent = "Selected: copy it";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}
