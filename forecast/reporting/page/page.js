// The charts of the report, each from the data of its kind.
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
    if (row[0] === null) return `${labels[place]}: not known: reported quarters of the year are missing, or quarters of a ratio, which do not add up`;
    return `${labels[place]}: ${range(row)} ${unit}` + (other ? `; the other median ${amount(other[place - before][2])}` : "");
  } };
}
function fanLegend(figure) {
  const list = put(figure, "ul", { class: "legend" });
  const sample = (draw, name) => legendEntry(list, draw, name);
  sample((svg) => put(svg, "line", { x1: 2, x2: 42, y1: 7, y2: 7, stroke: BLUE, "stroke-width": 2.4 }), "median");
  sample((svg) => put(svg, "rect", { x: 2, y: 1, width: 40, height: 12, fill: BLUE, "fill-opacity": 0.5 }), "half of the paths");
  sample((svg) => put(svg, "rect", { x: 2, y: 1, width: 40, height: 12, fill: BLUE, "fill-opacity": 0.2 }), "80 % of the paths");
  marksLegend(list);
}
function legendEntry(list, draw, name) {
  const entry = put(list, "li");
  draw(put(entry, "svg", { viewBox: "0 0 44 14", "aria-hidden": "true" }));
  put(entry, "span", {}, name);
}
function marksLegend(list) {
  for (const kind of ["reported", "derived", "estimated"]) legendEntry(list, (svg) => marker(svg, kind, 22, 7), kind);
}

const PAST = 20;
// one: { past, past_years } of a line; the last quarters or years of it
function pastOf(one, yearly, most) {
  const found = yearly ? one.past_years : one.past, cut = Math.max(0, found.values.length - most);
  return Object.fromEntries(["labels", "values", "errors", "marks"].map((name) => [name, found[name].slice(cut)]));
}
function fan(figure, data) {
  const state = { scenario: data.scenario, line: data.shown, other: 0 };
  const controls = group(figure), years = data.years.length > 0, yearly = () => period.yearly && years;
  const refresh = () => { redraw(); table(); };
  const act = (name) => (value) => { state[name] = value; refresh(); };
  select(controls, "Line", data.lines.map((one) => one.name), state.line, act("line"));
  select(controls, "Scenario", data.scenarios, state.scenario, act("scenario"));
  periods(controls, years, () => refresh());
  if (data.scenarios.length > 1) select(controls, "Compare with the median of", ["none", ...data.scenarios], 0, act("other"));
  const current = (scenario) => (yearly() ? data.yearly : data.quarterly)[scenario][state.line];
  const labels = () => (yearly() ? data.years : data.quarters), line = () => data.lines[state.line];
  const unit = () => (yearly() ? aYear(line().unit) : line().unit);
  const other = () => (state.other ? `, compared with the median of ${data.scenarios[state.other - 1]}` : "");
  const title = () => `${line().name}, ${unit()}, ${data.scenarios[state.scenario]}${other()}`;
  const redraw = chart(figure, (svg, width, height) => {
    const future = { labels: labels(), quantiles: current(state.scenario) };
    const past = pastOf({ past: data.past[state.line], past_years: data.past_years[state.line] }, yearly(), yearly() ? 8 : PAST);
    return drawFan(svg, width, height, past, future, unit(), state.other ? current(state.other - 1) : null);
  }, (width) => (width < 500 ? 300 : 400), () => `Fan chart of ${title()}; ${ending(labels(), current(state.scenario))}`);
  fanLegend(figure);
  const table = numbers(figure, () => ({
    caption: title(),
    head: [yearly() ? "fiscal year" : "quarter", ...data.levels.map((level) => `${100 * level} %`), ...(state.other ? ["the other's median"] : [])],
    rows: current(state.scenario).map((row, place) => [labels()[place], ...row.map(amount), ...(state.other ? [amount(current(state.other - 1)[place][2])] : [])]),
  }));
}
// The last place of a fan in words.
function ending(labels, rows) {
  const row = rows[rows.length - 1];
  return row && row[0] !== null ? `in ${labels[labels.length - 1]} the median is ${amount(row[2])}, 80 % of the paths are from ${amount(row[0])} to ${amount(row[4])}` : "no figure is known at its end";
}
function history(figure, all) {
  const goal = DATA.fan.lines[DATA.fan.shown].name, controls = group(figure);
  const yearly = () => period.yearly, refresh = () => { redraw(); table(); };
  let chosen = Math.max(0, all.findIndex((one) => one.name === goal));
  select(controls, "Line", all.map((one) => one.name), chosen, (value) => { chosen = value; refresh(); });
  periods(controls, true, () => refresh());
  const past = () => pastOf(all[chosen], yearly(), Infinity), unit = () => aYear(all[chosen].unit);
  const title = () => `${all[chosen].name}, ${unit()}, by ${yearly() ? "fiscal year" : "quarter"}`;
  const redraw = chart(figure, (svg, width, height) => {
    if (!known(past().values).length) { put(svg, "text", { x: 10, y: 30 }, "No fiscal year is wholly known."); return null; }
    return { ...drawFan(svg, width, height, past(), { labels: [], quantiles: [] }, unit(), null), first: past().labels.length - 1 };
  }, 300, () => `History of ${title()}: ${known(past().values).length} figures`);
  marksLegend(put(figure, "ul", { class: "legend" }));
  const table = numbers(figure, () => ({
    caption: title(),
    head: [yearly() ? "fiscal year" : "quarter", "value", "standard error", "known as"],
    rows: past().labels.map((label, at) => [label, amount(past().values[at]), amount(past().errors[at]), past().marks[at]]),
  }));
}

const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1];
const wholePercent = (share) => Math.round(100 * share) + "%";
function target(svg, frame, wanted) {
  if (wanted === null || wanted === undefined) return;
  put(svg, "line", { x1: frame.left, x2: frame.right, y1: frame.y(wanted), y2: frame.y(wanted), stroke: INK, "stroke-width": 1.3, "stroke-dasharray": "4 3" });
  put(svg, "text", { x: frame.left + 5, y: frame.y(wanted) - 5 }, `wanted ${+(100 * wanted).toFixed(2)}%`);
}
function probability(figure, data) {
  const shown = data.scenarios.map(() => true), ends = yearEnds(data.quarters), controls = group(figure);
  const yearly = () => period.yearly && ends.length > 0, refresh = () => { redraw(); table(); };
  const places = () => (yearly() ? ends : data.quarters.map((_, at) => at)), name = (at) => (yearly() ? data.quarters[at].slice(0, 4) : data.quarters[at]);
  const when = (at) => (yearly() ? `${data.word} the end of ${name(at)}` : `${data.word} ${name(at)}`);
  periods(controls, ends.length > 0, () => refresh());
  const redraw = chart(figure, (svg, width, height) => {
    const at = places(), unit = `probability ${data.word} the ${yearly() ? "end of the fiscal year" : "quarter"}`;
    const frame = axes(svg, width, height, at.map(name), SHARES, wholePercent, unit), by = at.indexOf(data.quarters.indexOf(data.by));
    if (by >= 0) put(svg, "rect", { x: frame.x(by) - 9, width: 18, y: frame.head, height: frame.bottom - frame.head, fill: "#868e96", "fill-opacity": 0.16 });
    target(svg, frame, data.wanted);
    data.scenarios.forEach((one, place) => {
      if (!shown[place]) return;
      const colour = COLOURS[place % COLOURS.length], points = at.map((row, step) => [frame.x(step), frame.y(one.values[row])]);
      put(svg, "path", { d: along(points), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": DASHES[place % DASHES.length], "data-scenario": one.name });
      points.forEach(([x, y], step) => { if (yearly() || step % 2 === place % 2) dot(svg, place % 5, x, y, colour); });
    });
    return { count: at.length, at: frame.x, say: (step) => capital(`${when(at[step])}: `) + (data.scenarios.filter((_, place) => shown[place])
      .map((one) => `${one.name} ${percent(one.values[at[step]])} (${percent(one.low[at[step]])} to ${percent(one.high[at[step]])})`).join("; ") || "no scenario is shown") };
  }, (width) => (width < 500 ? 300 : 380), () => `Probability of the goal by ${yearly() ? "fiscal year" : "quarter"} and scenario; ${when(places()[places().length - 1])}: `
    + data.scenarios.map((one) => `${one.name} ${percent(one.values[places()[places().length - 1]])}`).join(", "));
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
  const table = numbers(figure, () => ({
    caption: `Probability of the goal ${data.word} each ${yearly() ? "fiscal year's end" : "quarter"} (95 % sampling)`,
    head: [yearly() ? "fiscal year" : "quarter", ...data.scenarios.map((one) => one.name)],
    rows: places().map((at) => [name(at), ...data.scenarios.map((one) => `${percent(one.values[at])} (${percent(one.low[at])} to ${percent(one.high[at])})`)]),
  }));
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
    centred(svg, frame.x(one), frame.bottom + 17, short(one), width);
  }
  fit(svg, { x: (frame.left + frame.right) / 2, y: height - 3, "text-anchor": "middle", class: "soft" }, name, "", width - 8);
  return frame;
}
function goalSeek(figure, all) {
  let chosen = 0;
  const controls = group(figure), named = (data) => `${data.lever}${data.unit ? `, ${data.unit}` : ""}`;
  select(controls, "Lever", all.map((one) => one.lever), 0, (value) => { chosen = value; redraw(); table(); });
  const redraw = chart(figure, (svg, width, height) => {
    const data = all[chosen], name = named(data);
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
  }, 340, () => `Probability of the goal by ${named(all[chosen])}; today ${short(all[chosen].today)}, ` +
    (all[chosen].answer === null ? "no value reaches the goal" : `the answer is ${short(all[chosen].answer)}`));
  const table = numbers(figure, () => ({
    caption: `Probability of the goal by ${named(all[chosen])}`,
    head: [named(all[chosen]), "probability", "95 % from", "to"],
    rows: all[chosen].values.map((one, at) => [short(one), ...["probability", "low", "high"].map((name) => percent(all[chosen][name][at]))]),
  }));
}
function frontier(figure, data) {
  chart(figure, (svg, width, height) => {
    const values = known(data.answers.flat());
    if (!values.length) { put(svg, "text", { x: 10, y: 30 }, "No pair of values reaches any of the probabilities."); return null; }
    const marks = ticks(Math.min(...values, data.today[1]), Math.max(...values, data.today[1]), 5);
    const frame = plane(svg, width, height, data.grid, marks, (one) => tickText(one, marks), `${data.second.name} ${data.second.unit}`.trim(), `${data.first.name} ${data.first.unit}`.trim());
    const taken = [];  // where labels stand; the next one goes to the last point of its line that is clear of them
    data.levels.forEach((level, row) => {
      const points = data.grid.map((one, at) => [one, data.answers[row][at]]).filter(([, value]) => value !== null).map(([one, value]) => [frame.x(one), frame.y(value)]);
      if (!points.length) return;
      const wanted = row === data.wanted;
      put(svg, "path", { d: along(points), fill: "none", stroke: wanted ? BLUE : INK, "stroke-width": wanted ? 3 : 1.3, "stroke-dasharray": wanted ? "" : DASHES[(row % 3) + 1] });
      const clear = ([x, y]) => taken.every(([left, top]) => Math.abs(x - left) > 36 || Math.abs(y - top) > 15);
      const [x, y] = points.findLast(clear) || points[points.length - 1];
      taken.push([x, y]);
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
  numbers(figure, () => ({
    caption: `${data.second.name} needed by ${data.first.name}, for each probability`,
    head: [`${data.first.name} ${data.first.unit}`.trim(), ...data.levels.map((level) => `${+(100 * level).toFixed(1)}%`)],
    rows: data.grid.map((one, at) => [short(one), ...data.answers.map((row) => (row[at] === null ? "none" : short(row[at])))]),
  }));
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
    fit(svg, { x: left, y: y + 11 }, row.name, `: ${row.told}`, width - left - 4);
    put(svg, "rect", { x: from, y: y + 16, width: Math.max(span, 1.5), height: 15, fill: row.fill, stroke: row.stroke || row.fill, "stroke-width": 1.3 });
    if (row.split !== undefined) put(svg, "rect", { x: Math.min(x(row.split), x(row.to)), y: y + 16, width: Math.abs(x(row.to) - x(row.split)), height: 15, fill: row.second, stroke: row.stroke, "stroke-width": 1.3 });
  });
}
const signed = (share) => `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
function bridge(figure, all) {
  let chosen = 0;
  const controls = group(figure);
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
