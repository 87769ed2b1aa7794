// A login's risk, with why.

import { post } from "./common.js";

const form = document.getElementById("try");
const place = document.getElementById("answer");
const NUMBERS = new Set(["asn", "bytes_in", "bytes_out", "login_hour"]);

function element(name, words, kind) {
  const made = document.createElement(name);
  if (words !== undefined) made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function login() {
  const event = {};
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim();
    if (!text) continue;
    if (text === "true" || text === "false") event[name] = text === "true";
    else event[name] = NUMBERS.has(name) ? Number(text) : text;
  }
  return event;
}

function table(heads, rows) {
  const made = element("table", undefined, "plain");
  const head = made.createTHead().insertRow();
  heads.forEach((words, at) => {
    const cell = element("th", words, at > 0 ? "n" : "");
    cell.scope = "col";
    head.append(cell);
  });
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((words, at) => line.append(element("td", words, at > 0 ? "n" : "")));
  }
  return made;
}

const shown = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(3)).toString());

function show({ json, ok, message }) {
  place.replaceChildren(element("h2", "What it says"));
  if (!ok) {
    place.append(element("p", message, "notice"));
    return;
  }
  place.append(element("p", json.anomaly ? `Flagged, ${json.severity}` : "Not flagged", `severity ${json.severity}`));
  place.append(element("p", json.risk.toPrecision(3), "answer-risk"));
  place.append(element("p", "the risk, 0 to 1", "note"));
  const reasons = element("ul", undefined, "reasons");
  for (const reason of json.reasons) reasons.append(element("li", reason.text));
  if (json.reasons.length) place.append(element("h3", "What is observed"), reasons);
  if (json.rules.length) place.append(element("p", `Rules: ${json.rules.join(", ")}`));
  place.append(element("h3", "Parts"), table(["Part", "Says", "Risk by it alone"], json.parts.map((part) => [
    part.name.replaceAll("_", " "), shown(part.value), shown(part.alone),
  ])));
  place.append(element("h3", "What moved it"), table(["Feature", "Here", "Usual", "Log-odds"], json.contributions.map((one) => [
    one.says, one.shown, one.shown_usual, `${one.contribution >= 0 ? "+" : ""}${one.contribution.toFixed(2)}`,
  ])));
  const mitigators = element("ul");
  for (const mitigator of json.mitigators) mitigators.append(element("li", mitigator.text));
  if (json.mitigators.length) place.append(element("h3", "What spoke for the user"), mitigators);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(await post("/predict", login()));
});
