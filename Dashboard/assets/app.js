// Draws the charts that a page describes in its #charts element, and keeps the page fresh by fetching it again: pages are rendered on the server.
(() => {
  const colours = ["#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666"];
  const period = 3000;
  const live = document.getElementById("live");
  let drawn = "";

  function draw(force) {
    const source = document.getElementById("charts");
    if (!source || (!force && source.textContent === drawn)) return;
    drawn = source.textContent;
    const data = JSON.parse(drawn);
    for (const element of document.querySelectorAll("[data-chart]")) {
      element.replaceChildren();
      plot(element, data.starts, data[element.dataset.chart], element.dataset.chart === "drift" ? "PSI" : data.metric);
    }
  }

  function plot(element, starts, series, label) {
    const ink = getComputedStyle(document.body).color;
    const axis = { stroke: ink, grid: { stroke: "rgba(128,128,128,0.2)" }, ticks: { stroke: "rgba(128,128,128,0.4)" } };
    // UTC, as all times on the pages.
    const time = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
    // Over months the day is enough, and the year is needed.
    const months = starts.at(-1) - starts[0] > 14 * 86400;
    const tick = (seconds) => (months ? time(seconds).slice(0, 10) : time(seconds).slice(5));
    const options = {
      width: element.clientWidth,
      height: 300,
      series: [
        { label: "window (UTC)", value: (_, seconds) => (seconds == null ? "–" : time(seconds)) },
        ...series.map((line, i) => ({
          label: line.name,
          stroke: line.name === "baseline" ? ink : colours[i % colours.length],
          dash: line.name === "baseline" ? [6, 4] : undefined,
          width: 2,
          spanGaps: line.name !== "baseline" && label === "PSI",
          points: { show: starts.length < 80, size: 5 },
          value: (_, value) => (value == null ? "–" : value.toFixed(3)),
        })),
      ],
      axes: [{ ...axis, space: 110, values: (_, splits) => splits.map(tick) }, { ...axis, label, labelSize: 22, size: 60 }],
      scales: { y: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
    };
    new uPlot(options, [starts, ...series.map((line) => line.values)], element);
  }

  // What somebody writes into a form, and the answer to a form, must not be taken away.
  let written = false;
  document.addEventListener("input", (event) => (written = written || event.target.closest("main") !== null));
  function inUse() {
    const at = document.activeElement;
    return written || document.querySelector("main [data-still]") !== null || (at !== null && at.closest("main form") !== null);
  }

  async function refresh() {
    if (live.getAttribute("aria-pressed") !== "true" || document.hidden || inUse()) return;
    try {
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!response.ok || inUse()) return;
      const next = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
      const main = document.querySelector("main");
      if (!next || next.innerHTML === main.dataset.last) return;
      const unchanged = next.querySelector("#charts")?.textContent === drawn;
      const kept = unchanged ? [...main.querySelectorAll("[data-chart]")] : [];
      main.dataset.last = next.innerHTML;
      main.innerHTML = next.innerHTML;
      kept.forEach((chart) => main.querySelector(`[data-chart="${chart.dataset.chart}"]`)?.replaceWith(chart));
      draw(false);
    } catch {
      // The dashboard itself is away: the page stays as it is and the next try comes by itself.
    }
  }

  live.addEventListener("click", () => live.setAttribute("aria-pressed", String(live.getAttribute("aria-pressed") !== "true")));
  window.addEventListener("resize", () => draw(true));
  draw(true);
  setInterval(refresh, period);
})();
