"use strict";
// What the charts of the report are drawn with: amounts, axes, controls, tables. Every word from the data is set with textContent, never as markup.
// A name that runs from right to left is kept apart from the text around it, and cannot turn that around.
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g, LEFTWARDS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200f]/;
function apart(text) {
  const plain = text.replace(TURNING, "");
  return LEFTWARDS.test(plain) ? `\u2068${plain}\u2069` : plain;
}
const DATA = JSON.parse(document.getElementById("data").textContent, (_, value) => (typeof value === "string" ? apart(value) : value));
const COLOURS = ["#0072b2", "#d55e00", "#00795a", "#b0518b", "#000000", "#9a6700", "#2f7fb5"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const INK = "#1f2328", SOFT = "#545b64", RULE = "#d5d9de", BLUE = "#0072b2", RED = "#b3400a";
const redraws = [];
const PRINTED = 300;  // the height of a chart on paper, on which it is 900 wide
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
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
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
  made.addEventListener("change", () => {
    act(Number(made.value));
    const drawn = (made.closest("[data-part]") || made.closest("figure")).querySelector(".plot");
    if (drawn) announce(drawn.getAttribute("aria-label"));
  });
  return made;
}
// What has changed is said to those who do not see it.
function announce(text) { document.getElementById("said").textContent = text; }

// One choice for the whole page: by quarter or by fiscal year. Every chart over time has the box, and all move together.
const period = { yearly: false, boxes: [], acts: [] };
function periods(parent, years, act) {
  const box = select(parent, "By", years ? ["quarter", "fiscal year"] : ["quarter"], 0, (value) => {
    period.yearly = value === 1;
    period.boxes.forEach((one) => { one.value = String(Math.min(value, one.options.length - 1)); });
    period.acts.forEach((one) => one());
  });
  period.boxes.push(box);
  period.acts.push(act);
}
const yearEnds = (quarters) => quarters.map((_, at) => at).filter((at) => quarters[at].endsWith("Q4"));
const aYear = (unit) => (period.yearly ? unit.replace(" a quarter", " a year") : unit);
function group(figure, parent = figure, name = figure.querySelector("figcaption").textContent) {
  return put(parent, "div", { class: "controls", role: "group", "aria-label": `Controls: ${name}` });
}
// The numbers of a chart as a table that is closed until somebody opens it; build() gives { caption, head, rows }.
function numbers(parent, build) {
  const details = put(parent, "details", { class: "numbers" });
  const summary = put(details, "summary", {}, "The numbers of this chart");
  const holder = put(details, "div", { class: "scroll", tabindex: "0", role: "region" });
  function refresh() {
    const { caption, head, rows } = build();
    holder.replaceChildren();
    holder.setAttribute("aria-label", `Numbers: ${caption}`);
    summary.setAttribute("aria-label", `The numbers of this chart: ${caption}`);
    const made = put(holder, "table"), body = (put(made, "caption", {}, caption), put(put(made, "thead"), "tr"));
    head.forEach((name, at) => put(body, "th", at ? { scope: "col", class: "number" } : { scope: "col" }, name));
    const lines = put(made, "tbody");
    for (const row of rows) {
      const line = put(lines, "tr");
      row.forEach((cell, at) => put(line, at ? "td" : "th", at ? { class: "number" } : { scope: "row" }, cell));
    }
  }
  refresh();
  return refresh;
}

// A chart: an svg of the figure's width that is drawn again when that changes, and a line that reads out one place.
// For a screen reader it is a slider over its places, whose value is what the line reads out; else a picture.
// draw(svg, width) returns { count, at(place), say(place) }: x of each place that can be pointed at, and its words.
function chart(figure, draw, height, label) {
  const svg = put(figure, "svg", { class: "plot" });
  const readout = put(figure, "p", { class: "readout" });
  let frame = null, place = null, top = 0, sliding = false;
  function point(next) {
    if (!frame || !frame.count) return;
    place = Math.min(Math.max(next, 0), frame.count - 1);
    readout.textContent = frame.say(place);
    value(place);
    svg.querySelectorAll(".cursor").forEach((one) => one.remove());
    const x = frame.at(place);
    put(svg, "line", { class: "cursor", x1: x, x2: x, y1: 8, y2: top - 34, stroke: SOFT, "stroke-width": 1 });
  }
  function value(at) {
    svg.setAttribute("aria-valuenow", at);
    svg.setAttribute("aria-valuetext", frame.say(at));
  }
  function redraw() {
    const width = printing ? 900 : Math.max(260, figure.clientWidth);
    top = typeof height === "function" ? height(width) : height;
    if (printing && sliding) top = Math.min(top, PRINTED);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${top}`);
    svg.setAttribute("height", top);
    frame = draw(svg, width, top);
    const told = typeof label === "function" ? label() : label;
    sliding = Boolean(frame && frame.count);
    svg.setAttribute("aria-label", told);
    svg.setAttribute("role", sliding ? "slider" : "img");
    readout.hidden = !sliding;
    for (const name of ["tabindex", "aria-valuenow", "aria-valuemin", "aria-valuemax", "aria-valuetext"]) svg.removeAttribute(name);
    if (!sliding) return;
    for (const [name, at] of [["tabindex", 0], ["aria-valuemin", 0], ["aria-valuemax", frame.count - 1]]) svg.setAttribute(name, at);
    value(Math.min(place === null ? frame.first || 0 : place, frame.count - 1));
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
    const step = { ArrowLeft: place === null ? start : start - 1, ArrowRight: place === null ? start : start + 1, Home: 0, End: frame.count - 1, PageUp: start + 4, PageDown: start - 4 };
    step.ArrowUp = step.ArrowRight;
    step.ArrowDown = step.ArrowLeft;
    if (!(event.key in step)) return;
    event.preventDefault();
    point(step[event.key]);
  });
  redraws.push(redraw);
  redraw();
  return redraw;
}

// A label in the middle of a place, moved as far as keeps it whole.
function centred(svg, x, y, label, width) {
  const made = put(svg, "text", { x, y, "text-anchor": "middle" }, label), half = made.getComputedTextLength() / 2;
  made.setAttribute("x", Math.max(half, Math.min(x, width - half)));
}

// A text no longer than the room: of its name the end is cut off, and shown whole when pointed at.
function fit(svg, attributes, name, rest, room) {
  const made = put(svg, "text", attributes, name + rest);
  const letters = [...name], shorten = (count) => { made.textContent = letters.slice(0, count).join("") + "…" + rest; };
  if (made.getComputedTextLength() <= room) return made;
  let low = 0, high = letters.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    shorten(middle);
    if (made.getComputedTextLength() <= room) low = middle; else high = middle - 1;
  }
  shorten(low);
  put(made, "title", {}, name + rest);
  return made;
}

// Axes of labelled columns along x and amounts along y; marks are ticks or, for shares, fixed ones.
function axes(svg, width, height, labels, marks, write, unit) {
  const left = 14 + 7.2 * Math.max(...marks.map((one) => write(one).length)), right = width - 14;
  const bottom = height - 34, head = unit ? 26 : 12, low = marks[0], high = marks[marks.length - 1];
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - head);
  const gap = (right - left) / Math.max(labels.length, 1), x = (place) => left + gap * (place + 0.5);
  if (unit) fit(svg, { x: 2, y: 13, class: "soft" }, unit, "", width - 4);
  for (const mark of marks) {
    put(svg, "line", { x1: left, x2: right, y1: y(mark), y2: y(mark), stroke: mark === 0 && low < 0 ? INK : RULE, "stroke-width": 1 });
    put(svg, "text", { x: left - 6, y: y(mark) + 4, "text-anchor": "end" }, write(mark));
  }
  const step = [1, 2, 4, 8, 16, 32].find((one) => gap * one >= 58) || 64, end = labels.length - 1;
  const year = labels.map((one) => String(one).endsWith("Q4")).lastIndexOf(true), anchor = step >= 4 && year >= 0 ? year : end;
  labels.forEach((label, place) => {
    if ((place - anchor) % step !== 0 || x(place) > right - 12 && gap < 20 && place !== end && anchor === end) return;
    put(svg, "line", { x1: x(place), x2: x(place), y1: bottom, y2: bottom + 4, stroke: SOFT });
    centred(svg, x(place), bottom + 19, label, width);
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
