// Verdicts, and the keys for them.

import { post } from "./common.js";

export const KEYS = { c: "confirmed", b: "benign", u: "unsure", z: "withdrawn" };

export function say(id, verdict, comment) {
  const body = comment ? { verdict, comment } : { verdict };
  return post(`/api/v1/incidents/${encodeURIComponent(id)}/verdict`, body);
}

// Whether a key is meant for the page, and not for a field or the browser.
export function isForPage(event) {
  const inField = event.target.closest?.("input, select, textarea, [contenteditable]");
  return !inField && !event.ctrlKey && !event.metaKey && !event.altKey;
}
