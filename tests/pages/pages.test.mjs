// The pages in a real browser, over a real demo: every page, triage by keyboard alone, what is live,
// and that nothing is asked of another host.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const program = process.env.NIGHTLATCH ?? "../../target/release/nightlatch";
const shots = process.env.SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = ["/", "/dashboard", "/model", "/try", "/system"];
let demo, browser, base;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await pause(250);
  }
}

const get = async (path) => (await fetch(base + path)).json();
const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

before(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  const flags = ["demo", "--seconds", "600", "--rate", "200", "--seed", "1", "--http", `127.0.0.1:${port}`];
  demo = spawn(program, flags, { stdio: ["ignore", "ignore", "inherit"] });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  await until("some incidents", async () => (await get("/api/v1/incidents?state=open")).total >= 3, 120);
});

after(async () => {
  await browser?.close();
  demo?.kill("SIGKILL");
});

// A page, with everything that it may not do gathered.
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  await context.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
  });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") wrong.push(`asks ${request.url()}`);
  });
  page.isClean = async () => {
    assert.deepEqual(wrong, [], "no error in the console, no request to another host");
    assert.deepEqual(await page.evaluate(() => window.violations), [], "no violation of the policy");
  };
  return page;
}

const incidentWithAlert = async () => {
  const { items } = await get("/api/v1/incidents?limit=100");
  for (const { incident_id: id } of items) if ((await get(`/api/v1/incidents/${id}`)).alert_list.length) return id;
  assert.fail("no incident has an alert");
};

async function allPages() {
  const id = await incidentWithAlert();
  const full = await get(`/api/v1/incidents/${id}`);
  const source = full.sources.find((one) => one.kind === "address");
  return [...PAGES, `/incidents/${id}`, `/users/${encodeURIComponent(full.users[0])}`,
    ...(source ? [`/sources/address/${encodeURIComponent(source.value)}`] : []), "/?user=nobody"];
}

test("every page is sound, light and dark, at every width", async () => {
  const [paths, wrong] = [await allPages(), []];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 1280, 1920]) {
      const page = await open({ colorScheme, viewport: { width, height: 900 } });
      for (const path of paths) {
        const faults = (told) => wrong.push(...told.map((one) => `${path}, ${colorScheme}, ${width}: ${one}`));
        const response = await page.goto(base + path);
        assert.equal(response.status(), 200, path);
        await page.waitForSelector("#live[data-state=live]");
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) faults([`scrolls sideways by ${over}`]);
        if (width !== 1920) {
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
          const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
          faults(told);
        }
        if (shots) {
          mkdirSync(shots, { recursive: true });
          const parts = path.split("?")[0].split("/").filter(Boolean);
          const name = parts.length > 1 ? parts[0].slice(0, -1) : parts[0] ?? "incidents";
          const empty = path.includes("?user") ? "-empty" : "";
          await page.screenshot({ path: `${shots}/${name}${empty}-${width}-${colorScheme}.png`, fullPage: width !== 1920 });
        }
      }
      await page.isClean();
      await page.context().close();
    }
  }
  assert.deepEqual(wrong, []);
});

test("triage by keyboard alone: a verdict reaches the topic and the row, and is taken back", async () => {
  const page = await open();
  await page.goto(`${base}/?state=open&verdict=none`);
  await page.waitForSelector("#live[data-state=live]");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const id = await page.evaluate(() => document.querySelector(".row.chosen").dataset.id);
  assert.equal(id, await page.evaluate(() => document.querySelector(".row").dataset.id));
  await page.keyboard.press("u");
  const verdict = async () => (await get(`/api/v1/incidents/${id}`)).verdict;
  await until("the incident has the verdict", async () => (await verdict()) === "unsure");
  await page.waitForSelector(`#i-${id} .verdict.unsure`);
  await page.keyboard.press("z");
  await until("it is taken back", async () => (await verdict()) === null);
  await page.waitForFunction((id) => !document.querySelector(`#i-${id} .verdict`), id);
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/incidents\//);
  await page.isClean();
  await page.context().close();
});

test("an attack that begins now appears by itself, and rows stay where they are", async () => {
  const page = await open();
  await page.goto(base);
  await page.waitForSelector("#live[data-state=live]");
  const ids = () => page.evaluate(() => [...document.querySelectorAll(".row")].map((row) => row.dataset.id));
  const there = await ids();
  await page.click("#attack");
  await page.waitForSelector("#new:not([hidden])", { timeout: 60_000 });
  assert.deepEqual(await ids(), there, "no row moves by itself");
  await until("the campaign is there", async () =>
    (await get("/api/v1/incidents?q=203.0.113&kind=campaign")).items.some((one) => one.users_entered > 0));
  await page.click("#new");
  await page.waitForFunction((before) => document.querySelector(".row")?.dataset.id !== before, there[0]);
  await page.isClean();
  await page.context().close();
});

test("a login is tried with why", async () => {
  const page = await open();
  await page.goto(`${base}/try`);
  await page.fill("[name=user_id]", "nobody-known");
  await page.fill("[name=geo_location]", "NZ");
  await page.click("#try button");
  await page.waitForSelector(".answer-risk");
  assert.match(await page.textContent("#answer"), /random forest/);
  await page.fill("[name=timestamp]", "never");
  await page.click("#try button");
  await page.waitForSelector("#answer .notice");
  assert.match(await page.textContent("#answer .notice"), /timestamp/);
  await page.context().close();
});

test("a page says that the server is away, and misses nothing when it is back", async () => {
  const sockets = new Set();
  let isUp = true;
  const { port, hostname } = new URL(base);
  const proxy = createServer((client) => {
    if (!isUp) return client.destroy();
    const server = connect(port, hostname);
    for (const one of [client, server]) {
      sockets.add(one);
      one.on("error", () => {}).on("close", () => { client.destroy(); server.destroy(); sockets.delete(one); });
    }
    client.pipe(server).pipe(client);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const page = await open();
  await page.goto(`http://127.0.0.1:${proxy.address().port}/`);
  await page.waitForSelector("#live[data-state=live]");
  await page.evaluate(() => {
    window.seen = [];
    document.addEventListener("incident", ({ detail }) => window.seen.push(`${detail.incident_id} ${detail.revision}`));
  });
  isUp = false;
  for (const socket of sockets) socket.destroy();
  await page.waitForSelector("#live[data-state=lost]");
  const ofButton = async () => (await get("/api/v1/incidents?q=203.0.113&kind=campaign")).items;
  const revisions = new Map((await ofButton()).map((one) => [one.incident_id, one.revision]));
  const body = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  await fetch(`${base}/api/v1/demo/attack`, body);
  const campaign = await until("the attack is there", async () =>
    (await ofButton()).find((one) => one.revision > (revisions.get(one.incident_id) ?? 0)));
  isUp = true;
  await page.waitForSelector("#live[data-state=live]", { timeout: 60_000 });
  await page.waitForFunction((id) => window.seen.some((one) => one.startsWith(id)), campaign.incident_id);
  const seen = await page.evaluate(() => window.seen);
  assert.equal(new Set(seen).size, seen.length, "nothing comes twice");
  await page.context().close();
});

test("ten thousand changes leave the list smooth", async () => {
  const page = await open();
  await page.goto(base);
  await page.waitForSelector("#live[data-state=live]");
  const figures = await page.evaluate(async () => {
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
    const known = document.querySelector(".row").dataset.id;
    for (let count = 0; count < 10000; count += 1) {
      const id = count % 3 ? `made-${count}` : known;
      document.dispatchEvent(new CustomEvent("incident", { detail: { incident_id: id, state: "open", revision: count } }));
      if (count % 50 === 0) await new Promise((done) => setTimeout(done, 10));
    }
    await new Promise((done) => setTimeout(done, 1000));
    return { long, heap: performance.memory?.usedJSHeapSize ?? 0, rows: document.querySelectorAll(".row").length };
  });
  assert.ok(Math.max(0, ...figures.long) < 500, `long tasks: ${figures.long}`);
  assert.ok(figures.heap < 50e6 && figures.rows <= 50, JSON.stringify(figures));
  await page.context().close();
});
