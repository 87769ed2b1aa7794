// A token becomes a cookie that no script reads.

import { post } from "./common.js";

document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await post("/sign-in", { token: event.currentTarget.elements.token.value });
  if (answer.ok) location.href = "/";
  else document.getElementById("said").textContent = answer.message;
});
