// Figures that follow, every five seconds.

const figures = document.getElementById("figures");
const series = document.getElementById("series");

const plain = (value) => (value >= 100 || value === 0 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

function put(name, value, small) {
  const place = figures.querySelector(`[data-figure=${name}]`);
  place.textContent = value;
  if (!small) return;
  const note = document.createElement("small");
  note.textContent = ` p99 ${small}`;
  place.append(note);
}

function draw(history) {
  const rates = history.map((rate) => rate.logins_per_second);
  const most = Math.max(...rates, 1);
  // Five minutes fill the width at first, then an hour does.
  const step = 720 / Math.max(rates.length, 60);
  const points = rates.map((rate, at) => `${(720 - (rates.length - 1 - at) * step).toFixed(1)},${(118 - (rate / most) * 112).toFixed(1)}`);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points.join(" "));
  const area = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  area.setAttribute("points", `${(720 - (rates.length - 1) * step).toFixed(1)},120 ${points.join(" ")} 720,120`);
  series.replaceChildren(area, line);
  document.getElementById("series-most").textContent = rates.length ? `, ${plain(most)} at most` : "";
}

async function follow() {
  try {
    const response = await fetch("/api/v1/stats");
    const { process } = await response.json();
    if (!process) return;
    put("rate", plain(process.logins_per_second));
    put("logins", process.logins);
    put("alerts", process.alerts);
    put("lag", process.lag);
    if (process.detect_us) put("detect", plain(process.detect_us.p50), plain(process.detect_us.p99));
    if (process.alert_delay_ms) put("delay", plain(process.alert_delay_ms.p50), plain(process.alert_delay_ms.p99));
    draw(process.history);
  } catch {
    // The mark above says that the server is away.
  }
}

if (figures) {
  follow();
  setInterval(() => { if (!document.hidden) follow(); }, 5000);
}
