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
  return sum;
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
    const label = put(box, "label", { for: id }, lever.name), shown = put(label, "output", { for: id });
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
  const controls = put(panel, "div", { class: "controls" });
  put(panel, "p", { class: "small" }, "Solid: with the levers as set. Dashed: at today's medians.");
  const charts = put(panel, "div"), shares = put(charts, "div"), fans = put(charts, "div");
  const reset = put(controls, "button", { type: "button" }, "Back to today's medians");
  const share = (found) => interpolate(data.probability, found);
  const rows = (found) => {
    const flat = interpolate(data.quantiles[line], found);
    return data.quarters.map((_, at) => flat.slice(at * data.levels, (at + 1) * data.levels));
  };
  const before = share(corners(data.levers, start));
  function tell() {
    const now = share(corners(data.levers, places))[data.row], sampling = 1.96 * Math.sqrt((now * (1 - now)) / data.paths);
    const told = `Probability by ${data.by}: ${percent(now)}`;
    const off = ` (± ${(100 * data.miss).toFixed(1)} points of interpolation, ± ${(100 * sampling).toFixed(1)} of sampling)`;
    const room = data.miss + sampling;
    const against = data.wanted === null ? "" : `, ${now - room >= data.wanted ? "at least" : now + room < data.wanted ? "below" : "not told from"} the ${+(100 * data.wanted).toFixed(2)}% wanted`;
    verdict.textContent = `${told}${off}${against}. At today's medians it is ${percent(before[data.row])}.`;
  }
  const drawShares = chart(shares, (svg, width, height) => {
    const frame = axes(svg, width, height, data.quarters, SHARES, wholePercent, "probability of the goal by the quarter");
    const now = share(corners(data.levers, places)), at = data.row;
    put(svg, "rect", { x: frame.x(at) - 9, width: 18, y: frame.head, height: frame.bottom - frame.head, fill: "#868e96", "fill-opacity": 0.16 });
    target(svg, frame, data.wanted);
    const path = (values) => along(values.map((value, place) => [frame.x(place), frame.y(value)]));
    put(svg, "path", { d: path(before), fill: "none", stroke: RED, "stroke-width": 1.6, "stroke-dasharray": "7 4" });
    put(svg, "path", { d: path(now), fill: "none", stroke: BLUE, "stroke-width": 2.6, class: "now" });
    dot(svg, 0, frame.x(at), frame.y(now[at]), BLUE);
    return { count: data.quarters.length, at: frame.x, say: (place) => `By ${data.quarters[place]}: ${percent(now[place])}; at today's medians ${percent(before[place])}` };
  }, 260, "Probability of the goal by quarter with the levers as set, and dashed at today's medians");
  const lineBox = put(fans, "div", { class: "controls" });
  select(lineBox, "Fan of", data.lines.map((one) => one.name), 0, (value) => { line = value; drawFans(); });
  const drawFans = chart(fans, (svg, width, height) => {
    const one = data.lines[line], cut = Math.max(0, one.past.values.length - 12), part = (values) => values.slice(cut);
    const past = { labels: part(one.past.quarters), values: part(one.past.values), errors: part(one.past.errors), marks: part(one.past.marks) };
    return drawFan(svg, width, height, past, { labels: data.quarters, quantiles: rows(corners(data.levers, places)) }, one.unit, rows(corners(data.levers, start)));
  }, 300, () => `Fan of ${data.lines[line].name} with the levers as set; dashed the median at today's medians`);
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; tell(); drawShares(); drawFans(); });
  }
  reset.addEventListener("click", () => {
    start.forEach((place, at) => { places[at] = place; inputs[at].input.value = Math.round(place * STEPS); inputs[at].show(); });
    later();
  });
  tell();
}

start({ fan, probability, goal_seek: goalSeek, frontier, live, bridge, tornado });
