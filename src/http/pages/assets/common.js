// What every page has: the stream of what is new, and whether it is there.

const live = document.getElementById("live");
const text = document.getElementById("live-text");

function set(state, words) {
  live.dataset.state = state;
  text.textContent = words;
}

// After what the page shows, and then after what has come.
let seen = live.dataset.after;

function connect() {
  const source = new EventSource(`/api/v1/stream${seen ? `?after=${encodeURIComponent(seen)}` : ""}`);
  source.addEventListener("ready", (event) => { seen = event.lastEventId; });
  source.addEventListener("open", () => {
    set("live", "live");
    document.dispatchEvent(new CustomEvent("stream-open"));
  });
  source.addEventListener("error", () => {
    set("lost", "disconnected");
    // What is refused for good is tried again by us, and less often.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  });
  source.addEventListener("incident", (event) => {
    seen = event.lastEventId;
    document.dispatchEvent(new CustomEvent("incident", { detail: JSON.parse(event.data) }));
  });
  source.addEventListener("gap", () => document.dispatchEvent(new CustomEvent("stream-gap")));
  addEventListener("pagehide", () => source.close());
}

if (document.querySelector("main.sign-in")) live.hidden = true;
else connect();
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

const attack = document.getElementById("attack");
attack?.addEventListener("click", async () => {
  const said = document.getElementById("attack-said");
  attack.disabled = true;
  said.textContent = "An attacker tries forty users...";
  const answer = await post("/api/v1/demo/attack", {});
  said.textContent = answer.ok ? "Done. It appears among the incidents in a moment." : answer.message;
  attack.disabled = false;
});

// Sends JSON; what went wrong comes back in words.
export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    const json = isJson ? await response.json() : {};
    return { ok: response.ok, json, message: json.detail ?? `the server answers ${response.status}` };
  } catch {
    return { ok: false, json: {}, message: "the server does not answer" };
  }
}
