"use strict";
// Draws the charts of the report from its data block. Every word from the data is set with textContent, never as markup.
const DATA = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#0072b2", "#d55e00", "#00795a", "#b0518b", "#000000", "#9a6700", "#2f7fb5"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const INK = "#1f2328", SOFT = "#545b64", RULE = "#d5d9de", BLUE = "#0072b2", RED = "#b3400a";
const redraws = [];
let printing = false;

function put(parent, tag, attributes = {}, text) {
  const drawn = ["svg", "path", "line", "rect", "circle", "text", "g", "title", "polygon"].includes(tag);
  const made = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}
function amount(value) {
  if (value === null || value === undefined) return "-";
  const size = Math.abs(value), digits = size >= 100 ? 0 : size >= 10 ? 1 : 3;
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}
const short = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
const percent = (share) => (100 * share).toFixed(1) + "%";
const known = (values) => values.filter((value) => value !== null && value !== undefined);

// Round steps of 1, 2 or 5 that hold [low, high].
function ticks(low, high, count) {
  if (!(high > low)) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
  const made = [];
  for (let place = Math.floor(low / step + 1e-9); place <= Math.ceil(high / step - 1e-9); place++) made.push(place * step);
  return made;
}
function tickText(value, marks) {
  const step = Math.abs(marks[1] - marks[0]), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
function select(parent, label, names, chosen, act) {
  const made = put(put(parent, "label", {}, label), "select", { "data-control": label });
  names.forEach((name, place) => put(made, "option", { value: place }, name));
  made.value = String(chosen);
  made.addEventListener("change", () => act(Number(made.value)));
  return made;
}

// A chart: an svg of the figure's width that is drawn again when that changes, and a line that reads out one place.
// draw(svg, width) returns { count, at(place), say(place) }: x of each place that can be pointed at, and its words.
function chart(figure, draw, height, label) {
  const svg = put(figure, "svg", { role: "img", tabindex: "0", focusable: "true" });
  const readout = put(figure, "p", { class: "readout", "aria-live": "polite" });
  let frame = null, place = null, top = 0;
  function point(next) {
    if (!frame || !frame.count) return;
    place = Math.min(Math.max(next, 0), frame.count - 1);
    readout.textContent = frame.say(place);
    svg.querySelectorAll(".cursor").forEach((one) => one.remove());
    const x = frame.at(place);
    put(svg, "line", { class: "cursor", x1: x, x2: x, y1: 8, y2: top - 34, stroke: SOFT, "stroke-width": 1 });
  }
  function redraw() {
    const width = printing ? 900 : Math.max(260, figure.clientWidth);
    top = typeof height === "function" ? height(width) : height;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${top}`);
    svg.setAttribute("height", top);
    frame = draw(svg, width, top);
    const told = typeof label === "function" ? label() : label;
    svg.setAttribute("aria-label", told + (frame && frame.count ? ". Arrow keys read out each place." : ""));
    if (!frame || !frame.count) { readout.remove(); svg.removeAttribute("tabindex"); return; }
    if (place === null) readout.textContent = frame.hint || "Point at the chart, or use the arrow keys, to read its numbers.";
    else point(place);
  }
  for (const kind of ["pointermove", "pointerdown"]) svg.addEventListener(kind, (event) => {
    if (!frame || !frame.count) return;
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    let best = 0;
    for (let one = 1; one < frame.count; one++) if (Math.abs(frame.at(one) - x) < Math.abs(frame.at(best) - x)) best = one;
    if (best !== place) point(best);
  });
  svg.addEventListener("keydown", (event) => {
    if (!frame || !frame.count) return;
    const start = place === null ? frame.first || 0 : place;
    const step = { ArrowLeft: place === null ? start : start - 1, ArrowRight: place === null ? start : start + 1, Home: 0, End: frame.count - 1 };
    if (!(event.key in step)) return;
    event.preventDefault();
    point(step[event.key]);
  });
  redraws.push(redraw);
  redraw();
  return redraw;
}

// Axes of labelled columns along x and amounts along y; marks are ticks or, for shares, fixed ones.
function axes(svg, width, height, labels, marks, write, unit) {
  const left = 14 + 7.2 * Math.max(...marks.map((one) => write(one).length)), right = width - 14;
  const bottom = height - 34, head = unit ? 26 : 12, low = marks[0], high = marks[marks.length - 1];
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - head);
  const gap = (right - left) / Math.max(labels.length, 1), x = (place) => left + gap * (place + 0.5);
  if (unit) put(svg, "text", { x: 2, y: 13, class: "soft" }, unit);
  for (const mark of marks) {
    put(svg, "line", { x1: left, x2: right, y1: y(mark), y2: y(mark), stroke: mark === 0 && low < 0 ? INK : RULE, "stroke-width": 1 });
    put(svg, "text", { x: left - 6, y: y(mark) + 4, "text-anchor": "end" }, write(mark));
  }
  const step = [1, 2, 4, 8, 16, 32].find((one) => gap * one >= 58) || 64, end = labels.length - 1;
  const year = labels.map((one) => String(one).endsWith("Q4")).lastIndexOf(true), anchor = step >= 4 && year >= 0 ? year : end;
  labels.forEach((label, place) => {
    if ((place - anchor) % step !== 0 || x(place) > right - 12 && gap < 20 && place !== end && anchor === end) return;
    put(svg, "line", { x1: x(place), x2: x(place), y1: bottom, y2: bottom + 4, stroke: SOFT });
    put(svg, "text", { x: Math.min(x(place), width - 24), y: bottom + 19, "text-anchor": "middle" }, label);
  });
  return { x, y, left, right, bottom, head };
}
const along = (points) => points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function marker(svg, kind, x, y, colour = INK) {
  const look = { stroke: colour, "stroke-width": 1.4, "data-mark": kind };
  if (kind === "estimated") put(svg, "path", { d: `M${x - 3.2} ${y - 3.2}l6.4 6.4m0-6.4l-6.4 6.4`, ...look, fill: "none" });
  else if (kind === "stated") put(svg, "polygon", { points: `${x},${y - 4.5} ${x + 4.5},${y} ${x},${y + 4.5} ${x - 4.5},${y}`, ...look, fill: "#fff" });
  else put(svg, "circle", { cx: x, cy: y, r: 3.2, ...look, fill: kind === "reported" ? colour : "#fff" });
}
function dot(svg, kind, x, y, colour) {
  if (kind === 0) put(svg, "circle", { cx: x, cy: y, r: 3.4, fill: colour });
  else if (kind === 1) put(svg, "rect", { x: x - 3.2, y: y - 3.2, width: 6.4, height: 6.4, fill: colour });
  else if (kind === 2) put(svg, "polygon", { points: `${x},${y - 4} ${x + 4},${y + 3} ${x - 4},${y + 3}`, fill: colour });
  else if (kind === 3) put(svg, "polygon", { points: `${x},${y - 4.4} ${x + 4.4},${y} ${x},${y + 4.4} ${x - 4.4},${y}`, fill: "#fff", stroke: colour, "stroke-width": 1.4 });
  else put(svg, "circle", { cx: x, cy: y, r: 3.4, fill: "#fff", stroke: colour, "stroke-width": 1.4 });
}

// A fan: past {labels, values, errors, marks}, future {labels, quantiles [place][level]}, and another median if given.
function drawFan(svg, width, height, past, future, unit, other, fixed) {
  const labels = [...past.labels, ...future.labels], before = past.labels.length;
  const all = known([...past.values, ...future.quantiles.flat(), ...(other ? other.map((row) => row[2]) : [])]);
  const span = fixed || [Math.min(...all), Math.max(...all)];
  const marks = ticks(span[0], span[1], 5);
  const frame = axes(svg, width, height, labels, marks, (one) => tickText(one, marks), unit);
  const { x, y } = frame;
  const rows = future.quantiles.map((row, place) => [before + place, row]).filter(([, row]) => row[0] !== null);
  const last = past.values[before - 1];
  const anchor = before && last !== null ? [[before - 1, Array(5).fill(last)]] : [];
  const joined = rows.length && rows[0][0] === before ? [...anchor, ...rows] : rows;
  for (const [low, high, opacity] of [[0, 4, 0.2], [1, 3, 0.38]]) {
    const edge = [...joined.map(([place, row]) => [x(place), y(row[high])]), ...joined.map(([place, row]) => [x(place), y(row[low])]).reverse()];
    if (edge.length) put(svg, "path", { d: along(edge) + "Z", fill: BLUE, "fill-opacity": opacity, stroke: "none", class: "band" });
  }
  if (joined.length) put(svg, "path", { d: along(joined.map(([place, row]) => [x(place), y(row[2])])), fill: "none", stroke: BLUE, "stroke-width": 2.4, class: "median" });
  if (other) {
    const points = other.map((row, place) => [before + place, row[2]]).filter(([, value]) => value !== null);
    put(svg, "path", { d: along([...anchor.map(([place, row]) => [place, row[2]]), ...points].map(([place, value]) => [x(place), y(value)])), fill: "none", stroke: RED, "stroke-width": 2, "stroke-dasharray": "7 4", class: "other" });
  }
  past.values.forEach((value, place) => {
    if (value === null) return;
    const next = past.values[place + 1], error = past.errors ? past.errors[place] : 0;
    if (next !== null && next !== undefined) put(svg, "line", { x1: x(place), y1: y(value), x2: x(place + 1), y2: y(next), stroke: INK, "stroke-width": 1 });
    if (error > 0.01 * (span[1] - span[0])) put(svg, "line", { x1: x(place), x2: x(place), y1: y(Math.max(value - error, marks[0])), y2: y(Math.min(value + error, marks[marks.length - 1])), stroke: INK, "stroke-width": 1 });
    marker(svg, past.marks[place], x(place), y(value));
  });
  const range = (row) => `median ${amount(row[2])}, half of the paths ${amount(row[1])} to ${amount(row[3])}, 80 % of them ${amount(row[0])} to ${amount(row[4])}`;
  return { count: labels.length, first: before, at: x, say(place) {
    if (place < before) {
      const error = past.errors && past.errors[place] ? ` ± ${amount(past.errors[place])}` : "";
      return `${labels[place]}: ${amount(past.values[place])}${error} ${unit}, ${past.marks[place]}`;
    }
    const row = future.quantiles[place - before];
    if (row[0] === null) return `${labels[place]}: not known, since reported quarters of the year are missing`;
    return `${labels[place]}: ${range(row)} ${unit}` + (other ? `; the other median ${amount(other[place - before][2])}` : "");
  } };
}
function fanLegend(figure) {
  const list = put(figure, "ul", { class: "legend" });
  const sample = (draw, name) => {
    const label = put(put(list, "li"), "label");
    draw(put(label, "svg", { viewBox: "0 0 44 14", "aria-hidden": "true" }));
    put(label, "span", {}, name);
  };
  sample((svg) => put(svg, "line", { x1: 2, x2: 42, y1: 7, y2: 7, stroke: BLUE, "stroke-width": 2.4 }), "median");
  sample((svg) => put(svg, "rect", { x: 2, y: 1, width: 40, height: 12, fill: BLUE, "fill-opacity": 0.5 }), "half of the paths");
  sample((svg) => put(svg, "rect", { x: 2, y: 1, width: 40, height: 12, fill: BLUE, "fill-opacity": 0.2 }), "80 % of the paths");
  for (const kind of ["reported", "derived", "estimated"]) sample((svg) => marker(svg, kind, 22, 7), kind);
}

const PAST = 20;
function pastOf(data, line, yearly) {
  const found = yearly ? data.past_years[line] : data.past[line];
  const cut = Math.max(0, found.values.length - (yearly ? 8 : PAST));
  const part = (values) => (values ? values.slice(cut) : null);
  return { labels: part(yearly ? found.years : found.quarters), values: part(found.values), errors: part(found.errors), marks: part(found.marks) };
}
function fan(figure, data) {
  const state = { scenario: data.scenario, line: data.shown, yearly: false, other: 0 };
  const controls = put(figure, "div", { class: "controls" });
  const act = (name) => (value) => { state[name] = value; redraw(); table(); };
  select(controls, "Line", data.lines.map((one) => one.name), state.line, act("line"));
  select(controls, "Scenario", data.scenarios, state.scenario, act("scenario"));
  select(controls, "By", data.years.length ? ["quarter", "fiscal year"] : ["quarter"], 0, (value) => act("yearly")(value === 1));
  if (data.scenarios.length > 1) select(controls, "Compare with the median of", ["none", ...data.scenarios], 0, act("other"));
  const current = (scenario) => (state.yearly ? data.yearly : data.quarterly)[scenario][state.line];
  const unit = () => state.yearly ? data.lines[state.line].unit.replace(" a quarter", " a year") : data.lines[state.line].unit;
  const redraw = chart(figure, (svg, width, height) => {
    const future = { labels: state.yearly ? data.years : data.quarters, quantiles: current(state.scenario) };
    return drawFan(svg, width, height, pastOf(data, state.line, state.yearly), future, unit(), state.other ? current(state.other - 1) : null);
  }, (width) => (width < 500 ? 300 : 400), () => `Fan chart of ${data.lines[state.line].name}, scenario ${data.scenarios[state.scenario]}`);
  fanLegend(figure);
  const details = put(figure, "details", { class: "numbers" });
  put(details, "summary", {}, "The numbers of this chart");
  const holder = put(details, "div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The numbers of this chart" });
  function table() {
    holder.replaceChildren();
    const made = put(holder, "table"), head = put(put(made, "thead"), "tr"), body = put(made, "tbody");
    put(made, "caption", {}, `${data.lines[state.line].name}, ${unit()}, ${data.scenarios[state.scenario]}`);
    for (const name of ["", ...data.levels.map((level) => `${100 * level} %`)]) put(head, "th", { scope: "col", class: "number" }, name);
    current(state.scenario).forEach((row, place) => {
      const line = put(body, "tr");
      put(line, "th", { scope: "row" }, (state.yearly ? data.years : data.quarters)[place]);
      row.forEach((value) => put(line, "td", { class: "number" }, amount(value)));
    });
  }
  table();
}

const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1];
const wholePercent = (share) => Math.round(100 * share) + "%";
function target(svg, frame, wanted) {
  if (wanted === null || wanted === undefined) return;
  put(svg, "line", { x1: frame.left, x2: frame.right, y1: frame.y(wanted), y2: frame.y(wanted), stroke: INK, "stroke-width": 1.3, "stroke-dasharray": "4 3" });
  put(svg, "text", { x: frame.left + 5, y: frame.y(wanted) - 5 }, `wanted ${+(100 * wanted).toFixed(2)}%`);
}
function probability(figure, data) {
  const shown = data.scenarios.map(() => true);
  const redraw = chart(figure, (svg, width, height) => {
    const frame = axes(svg, width, height, data.quarters, SHARES, wholePercent, "probability of being reached by the quarter"), by = data.quarters.indexOf(data.by);
    if (by >= 0) put(svg, "rect", { x: frame.x(by) - 9, width: 18, y: frame.head, height: frame.bottom - frame.head, fill: "#868e96", "fill-opacity": 0.16 });
    target(svg, frame, data.wanted);
    data.scenarios.forEach((one, place) => {
      if (!shown[place]) return;
      const colour = COLOURS[place % COLOURS.length], points = one.values.map((value, at) => [frame.x(at), frame.y(value)]);
      put(svg, "path", { d: along(points), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": DASHES[place % DASHES.length], "data-scenario": one.name });
      points.forEach(([x, y], at) => { if (at % 2 === place % 2) dot(svg, place % 5, x, y, colour); });
    });
    return { count: data.quarters.length, at: frame.x, say: (at) => `By ${data.quarters[at]}: ` + data.scenarios.filter((_, place) => shown[place])
      .map((one) => `${one.name} ${percent(one.values[at])} (${percent(one.low[at])} to ${percent(one.high[at])})`).join("; ") };
  }, (width) => (width < 500 ? 300 : 380), "Probability that the goal is reached, by quarter and scenario");
  const list = put(figure, "ul", { class: "legend" });
  data.scenarios.forEach((one, place) => {
    const label = put(put(list, "li"), "label"), box = put(label, "input", { type: "checkbox" });
    const svg = put(label, "svg", { viewBox: "0 0 44 14", "aria-hidden": "true" }), colour = COLOURS[place % COLOURS.length];
    put(svg, "line", { x1: 2, x2: 42, y1: 7, y2: 7, stroke: colour, "stroke-width": 2, "stroke-dasharray": DASHES[place % DASHES.length] });
    dot(svg, place % 5, 22, 7, colour);
    put(label, "span", {}, one.name);
    box.checked = true;
    box.addEventListener("change", () => { shown[place] = box.checked; redraw(); });
  });
}

// Axes of two numbers; x is on a logarithmic scale where the values are positive and far apart.
function plane(svg, width, height, xs, marks, write, unit, name) {
  const low = Math.min(...xs), high = Math.max(...xs), log = low > 0 && high / low > 20, of = log ? Math.log : (one) => one;
  const frame = axes(svg, width, height, [], marks, write, unit);
  frame.x = (value) => frame.left + ((of(value) - of(low)) / (of(high) - of(low))) * (frame.right - frame.left);
  const steps = log ? Array.from({ length: 12 }, (_, place) => 2 ** (place - 3)) : ticks(low, high, width < 500 ? 4 : 7);
  const inside = steps.filter((one) => one >= low - 1e-9 * (high - low) && one <= high + 1e-9 * (high - low));
  for (const one of inside) {
    put(svg, "line", { x1: frame.x(one), x2: frame.x(one), y1: frame.bottom, y2: frame.bottom + 4, stroke: SOFT });
    put(svg, "text", { x: Math.min(frame.x(one), width - 18), y: frame.bottom + 17, "text-anchor": "middle" }, short(one));
  }
  put(svg, "text", { x: (frame.left + frame.right) / 2, y: height - 3, "text-anchor": "middle", class: "soft" }, name);
  return frame;
}
function goalSeek(figure, all) {
  let chosen = 0;
  const controls = put(figure, "div", { class: "controls" });
  select(controls, "Lever", all.map((one) => one.lever), 0, (value) => { chosen = value; redraw(); });
  const redraw = chart(figure, (svg, width, height) => {
    const data = all[chosen], name = `${data.lever}${data.unit ? `, ${data.unit}` : ""}`;
    const frame = plane(svg, width, height, data.values, SHARES, wholePercent, "probability of the goal", name), { x, y } = frame;
    const edge = [...data.values.map((one, at) => [x(one), y(data.high[at])]), ...data.values.map((one, at) => [x(one), y(data.low[at])]).reverse()];
    put(svg, "path", { d: along(edge) + "Z", fill: BLUE, "fill-opacity": 0.22 });
    put(svg, "path", { d: along(data.values.map((one, at) => [x(one), y(data.probability[at])])), fill: "none", stroke: BLUE, "stroke-width": 2.2 });
    target(svg, frame, data.wanted);
    const inside = (one) => Math.min(Math.max(x(one), frame.left), frame.right);
    const line = (at, label, dash, colour, row) => {
      put(svg, "line", { x1: at, x2: at, y1: frame.head, y2: frame.bottom, stroke: colour, "stroke-width": 1.5, "stroke-dasharray": dash });
      const end = at > (frame.left + frame.right) / 2;
      put(svg, "text", { x: at + (end ? -5 : 5), y: frame.bottom - 8 - 17 * row, "text-anchor": end ? "end" : "start" }, label);
    };
    line(inside(data.today), `today ${short(data.today)}`, "2 3", SOFT, 0);
    if (data.answer !== null) {
      const [low, high] = data.interval;
      const from = low === null ? frame.left : inside(low), to = high === null ? frame.right : inside(high);
      put(svg, "rect", { x: from, width: Math.max(to - from, 1), y: frame.head, height: frame.bottom - frame.head, fill: RED, "fill-opacity": 0.2 });
      line(inside(data.answer), `answer ${short(data.answer)}`, "", RED, 1);
    }
    return { count: data.values.length, at: (place) => x(data.values[place]), say: (place) =>
      `${data.lever} ${short(data.values[place])}: ${percent(data.probability[place])} (${percent(data.low[place])} to ${percent(data.high[place])})` };
  }, 340, () => `Probability of the goal by ${all[chosen].lever}`);
}
function frontier(figure, data) {
  chart(figure, (svg, width, height) => {
    const values = known(data.answers.flat());
    if (!values.length) { put(svg, "text", { x: 10, y: 30 }, "No pair of values reaches any of the probabilities."); return null; }
    const marks = ticks(Math.min(...values, data.today[1]), Math.max(...values, data.today[1]), 5);
    const frame = plane(svg, width, height, data.grid, marks, (one) => tickText(one, marks), `${data.second.name} ${data.second.unit}`.trim(), `${data.first.name} ${data.first.unit}`.trim());
    data.levels.forEach((level, row) => {
      const points = data.grid.map((one, at) => [one, data.answers[row][at]]).filter(([, value]) => value !== null).map(([one, value]) => [frame.x(one), frame.y(value)]);
      if (!points.length) return;
      const wanted = row === data.wanted;
      put(svg, "path", { d: along(points), fill: "none", stroke: wanted ? BLUE : INK, "stroke-width": wanted ? 3 : 1.3, "stroke-dasharray": wanted ? "" : DASHES[(row % 3) + 1] });
      const [x, y] = points[points.length - 1];
      put(svg, "text", { x: Math.min(x, frame.right - 2), y: y - 5, "text-anchor": "end" }, `${+(100 * level).toFixed(1)}%`);
    });
    const inside = data.today[0] >= data.grid[0] && data.today[0] <= data.grid[data.grid.length - 1];
    if (inside) {
      dot(svg, 3, frame.x(data.today[0]), frame.y(data.today[1]), RED);
      put(svg, "text", { x: frame.x(data.today[0]) + 8, y: frame.y(data.today[1]) + 4 }, "today");
    }
    return { count: data.grid.length, at: (place) => frame.x(data.grid[place]), say: (place) =>
      `${data.first.name} ${short(data.grid[place])}: ${data.second.name} ` + data.levels.map((level, row) =>
        `${data.answers[row][place] === null ? "none" : short(data.answers[row][place])} for ${+(100 * level).toFixed(1)}%`).join(", ") };
  }, 360, `Frontier of ${data.first.name} and ${data.second.name}`);
}

// Rows with a name above a bar from one share to another; the axis is in per cent.
function bars(svg, width, rows, base) {
  const all = rows.flatMap((row) => [row.from, row.to]).concat(base === undefined ? [] : [base]);
  const marks = ticks(Math.min(...all), Math.max(...all), width < 500 ? 4 : 8), low = marks[0], high = marks[marks.length - 1];
  const left = 8, right = width - 44, x = (value) => left + ((value - low) / (high - low)) * (right - left), bottom = 40 * rows.length + 12;
  for (const mark of marks) {
    put(svg, "line", { x1: x(mark), x2: x(mark), y1: 4, y2: bottom, stroke: RULE });
    put(svg, "text", { x: x(mark), y: bottom + 17, "text-anchor": mark === low ? "start" : "middle" }, wholePercent(mark));
  }
  if (base !== undefined) put(svg, "line", { x1: x(base), x2: x(base), y1: 4, y2: bottom, stroke: INK, "stroke-width": 1.3, "stroke-dasharray": "4 3" });
  rows.forEach((row, place) => {
    const y = 40 * place + 8, from = Math.min(x(row.from), x(row.to)), span = Math.abs(x(row.to) - x(row.from));
    put(svg, "text", { x: left, y: y + 11 }, `${row.name}: ${row.told}`);
    put(svg, "rect", { x: from, y: y + 16, width: Math.max(span, 1.5), height: 15, fill: row.fill, stroke: row.stroke || row.fill, "stroke-width": 1.3 });
    if (row.split !== undefined) put(svg, "rect", { x: Math.min(x(row.split), x(row.to)), y: y + 16, width: Math.abs(x(row.to) - x(row.split)), height: 15, fill: row.second, stroke: row.stroke, "stroke-width": 1.3 });
  });
}
const signed = (share) => `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
function bridge(figure, all) {
  let chosen = 0;
  const controls = put(figure, "div", { class: "controls" });
  select(controls, "To scenario", all.map((one) => one.end), 0, (value) => { chosen = value; redraw(); });
  const redraw = chart(figure, (svg, width) => {
    const data = all[chosen], rows = [{ name: data.start, told: percent(data.from), from: 0, to: data.from, fill: "#868e96" }];
    let level = data.from;
    for (const step of data.steps) {
      const up = step.value >= 0;
      rows.push({ name: step.name, told: `${signed(step.value)} ± ${(100 * step.error).toFixed(1)}`, from: level, to: level + step.value, fill: up ? BLUE : "#fff", stroke: up ? BLUE : RED });
      level += step.value;
    }
    rows.push({ name: data.end, told: percent(data.to), from: 0, to: data.to, fill: "#868e96" });
    bars(svg, width, rows);
    return null;
  }, () => 40 * (all[chosen].steps.length + 2) + 40, () => `Bridge from ${all[chosen].start} to ${all[chosen].end}: ` + all[chosen].steps.map((one) => `${one.name} ${signed(one.value)}`).join(", "));
}
function tornado(figure, data) {
  chart(figure, (svg, width) => {
    bars(svg, width, data.bars.map((one) => ({ name: one.name, told: width < 500 ? `${percent(one.at_low)} to ${percent(one.at_high)}` : `${percent(one.at_low)} at ${short(one.low)}, ${percent(one.at_high)} at ${short(one.high)}`,
      from: one.at_low, to: one.at_high, split: data.base, fill: "#fff", second: BLUE, stroke: BLUE })), data.base);
    return null;
  }, 40 * data.bars.length + 40, "Tornado: " + data.bars.map((one) => `${one.name} ${percent(one.at_low)} to ${percent(one.at_high)}`).join(", "));
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
