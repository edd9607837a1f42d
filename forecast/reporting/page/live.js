// The live part: multilinear interpolation over the grid of levers, as in forecast.analysis.surface.
// place is a real number from 0 to k - 1 for each lever; lists[point] are the numbers of one point, the last lever fastest.
function corners(levers, places) {
  let found = [[0, 1]];
  levers.forEach((lever, at) => {
    const cell = Math.min(Math.floor(places[at]), lever.values.length - 2), weight = places[at] - cell;
    found = found.flatMap(([point, share]) => [[point * lever.values.length + cell, share * (1 - weight)], [point * lever.values.length + cell + 1, share * weight]]);
  });
  return found.filter(([, share]) => share > 0);
}
function interpolate(lists, found) {
  const sum = new Array(lists[0].length).fill(0);
  for (const [point, share] of found) lists[point].forEach((value, at) => { sum[at] += share * value; });
  return sum.map((value, at) => (lists[found[0][0]][at] === null ? null : value));  // a year that is not wholly known
}
function live(figure, data) {
  const STEPS = 100, panel = put(figure, "div", { class: "live" });
  const start = data.levers.map((lever) => lever.values.findIndex((value) => Math.abs(value - lever.today) <= 1e-12 * Math.abs(value)));
  // where today's median is no point of the grid it lies at an edge or between two points
  data.levers.forEach((lever, at) => {
    if (start[at] >= 0) return;
    const cell = Math.max(0, lever.values.findIndex((value) => value > lever.today) - 1);
    start[at] = cell + (lever.today - lever.values[cell]) / (lever.values[cell + 1] - lever.values[cell]);
  });
  const places = [...start], inputs = [];
  let line = 0, waiting = false;
  const valueAt = (lever, place) => {
    const cell = Math.min(Math.floor(place), lever.values.length - 2);
    return lever.values[cell] + (place - cell) * (lever.values[cell + 1] - lever.values[cell]);
  };
  const sliders = put(panel, "div", { class: "sliders" });
  data.levers.forEach((lever, at) => {
    const box = put(sliders, "div"), id = `lever-${at}`;
    const label = put(box, "label", { for: id }, lever.name), shown = put(label, "span", { class: "set", "aria-hidden": "true" });
    const input = put(box, "input", { type: "range", id, min: 0, max: (lever.values.length - 1) * STEPS, step: 1, list: `${id}-today` });
    const text = () => `${short(valueAt(lever, places[at]))} ${lever.unit}`.trim();
    const show = () => { shown.textContent = text(); input.setAttribute("aria-valuetext", text()); };
    put(put(box, "datalist", { id: `${id}-today` }), "option", { value: Math.round(start[at] * STEPS) });
    put(box, "span", {}, `${short(lever.values[0])} to ${short(lever.values[lever.values.length - 1])}; today's median ${short(lever.today)}`);
    input.value = Math.round(start[at] * STEPS);
    input.addEventListener("input", () => {
      const next = Number(input.value);
      places[at] = next === Math.round(start[at] * STEPS) ? start[at] : next / STEPS;
      show();
      later();
    });
    show();
    inputs.push({ input, show });
  });
  const verdict = put(panel, "p", { class: "verdict", role: "status", "data-live": "verdict" });
  const controls = group(figure, panel), ends = yearEnds(data.quarters), yearly = () => period.yearly && ends.length > 0;
  periods(controls, ends.length > 0, () => { drawShares(); drawFans(); tables(); });
  put(panel, "p", { class: "small" }, "Solid: with the levers as set. Dashed: at today's medians.");
  const charts = put(panel, "div"), shares = put(charts, "div", { "data-part": "probability" }), fans = put(charts, "div", { "data-part": "fan" });
  const reset = put(controls, "button", { type: "button" }, "Back to today's medians");
  const labels = () => (yearly() ? data.years : data.quarters), unit = () => (yearly() ? aYear(data.lines[line].unit) : data.lines[line].unit);
  const steps = () => (yearly() ? ends : data.quarters.map((_, at) => at));
  const now = () => corners(data.levers, places), start0 = corners(data.levers, start);
  const share = (found) => interpolate(data.probability, found);
  const rows = (found) => {
    const flat = interpolate((yearly() ? data.yearly : data.quantiles)[line], found);
    return labels().map((_, at) => flat.slice(at * data.levels, (at + 1) * data.levels));
  };
  const before = share(start0);
  // the further end of Wilson's 95 % interval: not 0 where no path, or every path, reaches the goal
  const wilson = (p, n) => {
    const z2 = 1.96 ** 2, shrunk = 1 + z2 / n;
    return 1.96 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n)) / shrunk + Math.abs((p + z2 / (2 * n)) / shrunk - p);
  };
  function tell() {
    const found = share(now())[data.row], sampling = wilson(found, data.paths);
    const told = `Probability ${data.word} ${data.by}: ${percent(found)}`;
    const off = ` (± ${(100 * data.miss).toFixed(1)} points of interpolation, ± ${(100 * sampling).toFixed(1)} of sampling)`;
    const room = data.miss + sampling;
    const against = data.wanted === null ? "" : `, ${found - room >= data.wanted ? "at least" : found + room < data.wanted ? "below" : "not told from"} the ${+(100 * data.wanted).toFixed(2)}% wanted`;
    verdict.textContent = `${told}${off}${against}. At today's medians it is ${percent(before[data.row])}.`;
  }
  const when = (step) => (yearly() ? `${data.word} the end of ${data.years[step]}` : `${data.word} ${data.quarters[step]}`);
  const drawShares = chart(shares, (svg, width, height) => {
    const frame = axes(svg, width, height, labels(), SHARES, wholePercent, `probability of the goal ${data.word} the ${yearly() ? "end of the year" : "quarter"}`);
    const at = steps(), values = share(now()), due = at.indexOf(data.row);
    if (due >= 0) put(svg, "rect", { x: frame.x(due) - 9, width: 18, y: frame.head, height: frame.bottom - frame.head, fill: "#868e96", "fill-opacity": 0.16 });
    target(svg, frame, data.wanted);
    const path = (found) => along(at.map((row, step) => [frame.x(step), frame.y(found[row])]));
    put(svg, "path", { d: path(before), fill: "none", stroke: RED, "stroke-width": 1.6, "stroke-dasharray": "7 4" });
    put(svg, "path", { d: path(values), fill: "none", stroke: BLUE, "stroke-width": 2.6, class: "now" });
    if (due >= 0) dot(svg, 0, frame.x(due), frame.y(values[data.row]), BLUE);
    return { count: at.length, at: frame.x, say: (step) => capital(`${when(step)}: ${percent(values[at[step]])}; at today's medians ${percent(before[at[step]])}`) };
  }, 260, () => `Probability of the goal by ${yearly() ? "fiscal year" : "quarter"} with the levers as set, and dashed at today's medians`);
  const shareTable = numbers(shares, () => ({
    caption: `Probability of the goal by ${yearly() ? "fiscal year" : "quarter"} with the levers as set`,
    head: [yearly() ? "fiscal year" : "quarter", "levers as set", "at today's medians"],
    rows: steps().map((at, step) => [labels()[step], percent(share(now())[at]), percent(before[at])]),
  }));
  const lineBox = group(figure, fans, "the fan with the levers as set");
  select(lineBox, "Fan of", data.lines.map((one) => one.name), 0, (value) => { line = value; drawFans(); tables(); });
  const drawFans = chart(fans, (svg, width, height) =>
    drawFan(svg, width, height, pastOf(data.lines[line], yearly(), yearly() ? 6 : 12), { labels: labels(), quantiles: rows(now()) }, unit(), rows(start0)),
  300, () => `Fan of ${data.lines[line].name}, ${unit()}, with the levers as set, dashed the median at today's medians; ${ending(labels(), rows(now()))}`);
  const fanTable = numbers(fans, () => ({
    caption: `${data.lines[line].name}, ${unit()}, with the levers as set`,
    head: [yearly() ? "fiscal year" : "quarter", "10 %", "25 %", "50 %", "75 %", "90 %", "50 % at today's medians"],
    rows: rows(now()).map((row, at) => [labels()[at], ...row.map(amount), amount(rows(start0)[at][2])]),
  }));
  function tables() { shareTable(); fanTable(); }
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; tell(); drawShares(); drawFans(); tables(); });
  }
  reset.addEventListener("click", () => {
    start.forEach((place, at) => { places[at] = place; inputs[at].input.value = Math.round(place * STEPS); inputs[at].show(); });
    later();
  });
  tell();
}

function start(kinds) {
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const kind = figure.dataset.chart, data = DATA[kind];
    if (data && (!Array.isArray(data) || data.length)) kinds[kind](figure, data);
  }
  let wide = window.innerWidth;
  window.addEventListener("resize", () => { if (window.innerWidth !== wide && !printing) { wide = window.innerWidth; redraws.forEach((one) => one()); } });
  const opened = [];
  window.addEventListener("beforeprint", () => {
    printing = true;
    document.querySelectorAll("details:not([open]):not(.numbers)").forEach((one) => { one.open = true; opened.push(one); });
    redraws.forEach((one) => one());
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    opened.splice(0).forEach((one) => { one.open = false; });
    redraws.forEach((one) => one());
  });
  document.documentElement.dataset.ready = "yes";
}
start({ fan, probability, goal_seek: goalSeek, frontier, live, bridge, tornado, history });
