// The list: triage by keyboard, rows that follow what happens, new ones behind a pill.

import { KEYS, isForPage, say } from "./verdicts.js";

const list = document.getElementById("rows");
const pill = document.getElementById("new");
const toast = document.getElementById("toast");
const unseen = new Set();
const stale = new Set();
let last = null;
let hiding = 0;

const rows = () => [...list.children];
const chosen = () => list.querySelector(".chosen");

function choose(row) {
  if (!row) return;
  chosen()?.classList.remove("chosen");
  row.classList.add("chosen");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = rows();
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function tell(words, undo) {
  toast.textContent = words;
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Undo (Z)";
    button.addEventListener("click", undo);
    toast.append(button);
  }
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { toast.hidden = true; }, 8000);
}

async function judge(row, verdict) {
  const before = last;
  last = verdict === "withdrawn" ? null : row.dataset.id;
  const answer = await say(row.dataset.id, verdict);
  const sentence = row.querySelector(".sentence").textContent;
  if (!answer.ok) {
    last = before;
    return tell(`Not said: ${answer.message}`);
  }
  if (verdict === "withdrawn") return tell(`Taken back: ${sentence}`);
  tell(`${verdict}: ${sentence}`, undo);
}

function undo() {
  const row = last && document.getElementById(`i-${last}`);
  if (row) judge(row, "withdrawn");
}

document.addEventListener("keydown", (event) => {
  if (!isForPage(event)) return;
  const key = event.key.toLowerCase();
  const row = chosen();
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "z") undo();
  else if (key === "enter" && row && document.activeElement === row) location.href = row.querySelector(".sentence").href;
  else if (KEYS[key] && row) {
    judge(row, KEYS[key]);
    move(1);
  } else return;
  event.preventDefault();
});

// A row is drawn again where it stands, so that nothing moves under the pointer.
async function draw(id) {
  const row = document.getElementById(`i-${id}`);
  const response = await fetch(`/rows/${encodeURIComponent(id)}`);
  if (!row || !response.ok) return;
  const body = new DOMParser().parseFromString(await response.text(), "text/html").body;
  const fresh = body.querySelector("li");
  const isChosen = row.classList.contains("chosen");
  const hasFocus = document.activeElement === row;
  row.replaceWith(fresh);
  fresh.classList.toggle("chosen", isChosen);
  if (hasFocus) fresh.focus({ preventScroll: true });
}

setInterval(() => {
  const some = [...stale].slice(0, 10);
  for (const id of some) stale.delete(id);
  if (!document.hidden) Promise.all(some.map(draw)).catch(() => {});
}, 300);

// Ages are told against the newest record, which in a replay is not now.
let newest = Date.parse(list.dataset.newest);

function age(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
}

setInterval(() => {
  for (const time of list.querySelectorAll("time")) {
    const words = age(newest - Date.parse(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}, 2000);

function offer() {
  pill.hidden = unseen.size === 0;
  pill.textContent = unseen.size === 1 ? "1 new incident" : `${unseen.size} new incidents`;
}

document.addEventListener("incident", ({ detail }) => {
  newest = Math.max(newest || 0, Date.parse(detail.updated_at) || 0);
  if (document.getElementById(`i-${detail.incident_id}`)) stale.add(detail.incident_id);
  else if (detail.state === "open" && unseen.size < 10000) unseen.add(detail.incident_id);
  else if (detail.state === "merged") unseen.delete(detail.incident_id);
  offer();
});

document.addEventListener("stream-gap", () => {
  pill.hidden = false;
  pill.textContent = "Some were missed: show all";
});

pill.addEventListener("click", () => {
  const query = new URLSearchParams(location.search);
  query.delete("cursor");
  location.search = query.toString();
  if (query.toString() === location.search.slice(1)) location.reload();
});

document.getElementById("filters").addEventListener("change", (event) => event.currentTarget.requestSubmit());
document.getElementById("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(event.currentTarget)) if (value) query.set(name, value);
  location.href = query.size ? `/?${query}` : "/";
});
list.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row) choose(row);
});
