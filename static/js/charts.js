// Draws the semantic specs of core/charts.py with ECharts: what is shown comes from there, how it looks is decided here.
/* global echarts */

const chinese = document.documentElement.lang.startsWith("zh");
const drawn = new Map(); // element -> { instance, spec }
const FONT = 'Inter, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif';

// Numbers: the short forms of core/formats.py, for axes and labels that only the drawing knows

const MINUS = "\u2212";
const NBSP = "\u00a0";
const UNITS = chinese ? [[1e8, "亿", 99_995_000], [1e4, "万", 100_000]] : [[1e9, "B", 999_500_000], [1e6, "M", 999_500], [1e3, "K", 10_000]];

function plain(value, places) {
  const text = Math.abs(value).toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: places });
  return value < 0 && text !== "0" ? MINUS + text : text;
}

function short(value) {
  const unit = UNITS.find(([, , least]) => Math.abs(value) >= least);
  if (!unit) return plain(value, Math.abs(value) < 10 ? 1 : 0);
  const scaled = value / unit[0];
  const places = unit[1] === "K" ? 0 : Math.abs(scaled) < 10 ? 2 : Math.abs(scaled) < 1000 && unit[1] === "万" ? 1 : Math.abs(scaled) < 100 ? 1 : 0;
  return `${plain(scaled, places)}${NBSP}${unit[1]}`;
}

function text(value, { kind, symbol }) {
  if (value === null || value === undefined) return "–";
  if (kind === "percent") return `${plain(value * 100, value !== 0 && Math.abs(value) < 0.0995 ? 1 : 0)}${NBSP}%`;
  if (kind === "money") return value < 0 ? MINUS + symbol + short(-value) : symbol + short(value);
  if (kind === "days") return `${plain(value, 0)}${NBSP}${chinese ? "天" : "d"}`;
  if (kind === "score") return plain(value, 1);
  return short(value);
}

// Looks

function tokens() {
  const style = getComputedStyle(document.documentElement);
  return new Proxy({}, { get: (_, name) => style.getPropertyValue(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).trim() });
}

const ruler = document.createElement("canvas").getContext("2d");
function widthOf(words, weight = 400) {
  ruler.font = `${weight} 12px ${FONT}`;
  return Math.ceil(Math.max(0, ...words.map((word) => ruler.measureText(word).width)));
}

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function frame(look) {
  return {
    animation: !still,
    animationDuration: 350,
    animationDurationUpdate: 250,
    textStyle: { fontFamily: FONT, fontSize: 12, color: look.ink },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: look.card,
      borderColor: look.lineStrong,
      borderWidth: 1,
      padding: [8, 11],
      textStyle: { color: look.ink, fontFamily: FONT, fontSize: 12, lineHeight: 19 },
      axisPointer: { lineStyle: { color: look.lineStrong }, shadowStyle: { color: look.line, opacity: 0.4 } },
    },
    grid: { left: 8, right: 12, top: 12, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
  };
}

const axisText = (look) => ({ color: look.muted, fontFamily: FONT, fontSize: 12 });

function valueAxis(look, values, label, more = {}) {
  return {
    type: "value",
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: look.line } },
    axisLabel: { ...axisText(look), formatter: (value) => text(value, values) },
    name: label || undefined,
    nameTextStyle: axisText(look),
    ...more,
  };
}

function categoryAxis(look, data, more = {}) {
  return {
    type: "category",
    data,
    axisLine: { lineStyle: { color: look.lineStrong } },
    axisTick: { show: false },
    axisLabel: { ...axisText(look), hideOverlap: true },
    ...more,
  };
}

const toneColour = (look, tone) => ({ muted: look.chartGrey, good: look.good, careful: look.careful, bad: look.bad })[tone] ?? look.accent;

// One function a type: (spec, look, box) -> ECharts option

const types = { trend, bars, funnel, waterfall, curve, histogram, scatter };

function trend(spec, look, box) {
  const last = (values) => values.findLastIndex((value) => value !== null);
  const styles = {
    actual: { color: look.accent, lineStyle: { width: 2.5, color: look.accent }, z: 5 },
    target: { color: look.muted, lineStyle: { width: 1.3, type: [5, 4], color: look.muted } },
    past: { color: look.chartPast, lineStyle: { width: 1.5, color: look.chartPast } },
    forecast: { color: look.accent, lineStyle: { width: 2, type: [2, 3], color: look.accent } },
    other: { color: look.chartPast, lineStyle: { width: 1.5, color: look.chartPast } },
  };
  const known = spec.lines.flatMap((line) => line.values).concat(spec.band?.low ?? []).filter((value) => value !== null);
  const [low, top] = [Math.min(...known), Math.max(...known)];
  const fromZero = low >= 0 && low < top * 0.6;
  const foot = fromZero ? 0 : low;
  const several = spec.lines.length > 1;
  const endText = (line) => (line.role === "target" && box.width > 460 ? `${line.name} ${text(line.values[last(line.values)], spec.values)}` : line.name);
  const ends = several ? spec.lines.map((line) => (last(line.values) === spec.x.length - 1 ? endText(line) : "")) : [];
  const labelWidth = Math.min(widthOf(ends) + 14, box.width * 0.32);
  const lines = spec.lines.map((line, i) => {
    const end = last(line.values);
    const atEdge = end === spec.x.length - 1;
    const colour = line.role === "forecast" || line.role === "actual" ? look.accent : look.muted;
    return {
      name: line.name,
      type: "line",
      data: line.values.map((value, index) => (line.role === "actual" && index === end
        ? { value, symbol: "circle", symbolSize: 8, label: nowLabel(spec, look, index, { atEdge, foot, top }) }
        : { value, symbol: "none" })),
      symbol: "circle",
      showAllSymbol: true, // else a long period has no room for the dot of now
      connectNulls: false,
      emphasis: { disabled: true },
      endLabel: { show: several && atEdge && end >= 0, formatter: ends[i], color: colour, fontFamily: FONT, fontSize: 12, distance: 8, width: labelWidth, overflow: "truncate" },
      ...styles[line.role],
    };
  });
  return {
    grid: { right: several ? labelWidth + 8 : 20, top: 22 },
    xAxis: categoryAxis(look, spec.x, { boundaryGap: false, axisLabel: { ...axisText(look), hideOverlap: true, alignMinLabel: "left", interval: "auto" } }),
    yAxis: valueAxis(look, spec.values, "", fromZero ? { min: 0 } : { scale: true }),
    series: [...band(spec, look), ...lines],
    tooltip: { trigger: "axis", formatter: (points) => trendTip(spec, points) },
  };
}

// The value of now stands on the side where no other line runs.
function nowLabel(spec, look, index, { atEdge, foot, top }) {
  const actual = spec.lines.find((line) => line.role === "actual").values[index];
  const others = spec.lines.map((line) => line.values[index]).filter((value) => value !== null && value !== actual);
  // At the foot of the chart there is no room beneath: the axis' own words stand there.
  const atFoot = actual - foot < (top - foot) * 0.12;
  const under = !atFoot && others.filter((value) => value > actual).length > others.length / 2;
  return {
    show: true,
    position: under ? "bottom" : "top",
    offset: [atEdge ? -18 : under ? 20 : -6, 0],
    distance: 8,
    formatter: text(actual, spec.values),
    color: look.ink,
    fontWeight: 600,
    textBorderColor: look.card,
    textBorderWidth: 3,
  };
}

// Names at the ends of lines are pushed apart where the lines end close to each other.
const NAME_HEIGHT = 16;

function settleNames(spec, instance, box) {
  const ends = spec.lines
    .map((line, i) => ({ i, y: line.values.at(-1) === null || line.values.at(-1) === undefined ? null : instance.convertToPixel({ yAxisIndex: 0 }, line.values.at(-1)) }))
    .filter((end) => end.y !== null)
    .sort((a, b) => a.y - b.y)
    .map((end) => ({ ...end, at: end.y }));
  for (let turn = 0; turn < 12; turn += 1) {
    for (let k = 1; k < ends.length; k += 1) {
      const push = (NAME_HEIGHT - (ends[k].at - ends[k - 1].at)) / 2;
      if (push > 0) {
        ends[k - 1].at -= push;
        ends[k].at += push;
      }
    }
  }
  const offsets = new Map(ends.map((end) => [end.i, Math.min(end.at, box.height - 10) - end.y]));
  const before = spec.band ? [{}, {}] : [];
  instance.setOption({ series: [...before, ...spec.lines.map((_, i) => ({ endLabel: { offset: [0, offsets.get(i) ?? 0] } }))] });
}

function band(spec, look) {
  if (!spec.band) return [];
  const { low, high, name } = spec.band;
  const quiet = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true, emphasis: { disabled: true }, tooltip: { show: false } };
  return [
    { ...quiet, name: `${name} low`, data: low },
    { ...quiet, name, data: high.map((value, i) => (value === null || low[i] === null ? null : value - low[i])), areaStyle: { color: look.accent, opacity: 0.13 } },
  ];
}

function trendTip(spec, points) {
  const at = points[0]?.dataIndex ?? 0;
  const rows = spec.lines.filter((line) => line.values[at] !== null && line.values[at] !== undefined).map((line) => `${line.name}  ${text(line.values[at], spec.values)}`);
  if (spec.band && spec.band.low[at] !== null) rows.push(`${spec.band.name}  ${text(spec.band.low[at], spec.values)} – ${text(spec.band.high[at], spec.values)}`);
  return [spec.x[at], ...rows].join("\n");
}

function bars(spec, look, box) {
  const words = (item) => (item.detail ? `${text(item.value, spec.values)} · ${item.detail}` : text(item.value, spec.values));
  const compared = spec.items.some((item) => item.compare !== null);
  const bar = { type: "bar", barMaxWidth: compared ? 8 : 14, barGap: "12%", emphasis: { disabled: true }, itemStyle: { borderRadius: [0, 3, 3, 0] } };
  const now = {
    ...bar,
    name: spec.name,
    data: spec.items.map((item) => ({ value: item.value, itemStyle: { color: toneColour(look, item.tone) }, label: { color: item.tone === "muted" ? look.muted : look.ink } })),
    label: { show: true, position: "right", formatter: ({ dataIndex }) => words(spec.items[dataIndex]), fontFamily: FONT, fontSize: 12, fontWeight: 450 },
    cursor: spec.items.some((item) => item.href) ? "pointer" : "default",
  };
  const before = { ...bar, name: spec.compareName, data: spec.items.map((item) => item.compare), itemStyle: { ...bar.itemStyle, color: look.chartGrey } };
  return {
    grid: { top: 4, bottom: 0, right: widthOf(spec.items.map(words), 450) + 16 },
    xAxis: { type: "value", show: false, min: (range) => Math.min(0, range.min) },
    yAxis: categoryAxis(look, spec.items.map((item) => item.label), {
      inverse: true,
      axisLine: { show: false },
      axisLabel: { color: look.ink, fontFamily: FONT, fontSize: 12, interval: 0, width: Math.min(170, box.width * 0.38), overflow: "truncate", margin: 10 },
    }),
    series: compared ? [before, now] : [now],
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => barTip(spec, spec.items[dataIndex]) },
  };
}

function barTip(spec, item) {
  const rows = [item.label, `${spec.name ? `${spec.name}  ` : ""}${text(item.value, spec.values)}`];
  if (item.compare !== null) rows.push(`${spec.compareName}  ${text(item.compare, spec.values)}`);
  if (item.detail) rows.push(item.detail);
  return rows.join("\n");
}

function funnel(spec, look, box) {
  // Between two steps lies a row of its own, which holds the share that went on.
  const rows = spec.steps.flatMap((step, i) => (i ? [{ share: step.conversion }, { step, i }] : [{ step, i }]));
  const words = (step) => (step.detail ? `${text(step.value, spec.values)} · ${step.detail}` : text(step.value, spec.values));
  const lastStep = spec.steps.length - 1;
  return {
    grid: { top: 0, bottom: 0, right: widthOf(spec.steps.map(words), 450) + 16 },
    xAxis: { type: "value", show: false, min: 0 },
    yAxis: categoryAxis(look, rows.map((row, i) => (row.step ? row.step.label : `share ${i}`)), {
      inverse: true,
      axisLine: { show: false },
      axisLabel: { color: look.ink, fontFamily: FONT, fontSize: 12, interval: 0, margin: 10, width: Math.min(170, box.width * 0.34), overflow: "truncate", formatter: (label, i) => (rows[i].step ? label : "") },
    }),
    series: [{
      type: "bar",
      barWidth: 22,
      emphasis: { disabled: true },
      data: rows.map((row) => (row.step
        ? { value: row.step.value, itemStyle: { color: row.i === lastStep ? look.accent : look.accentSoft, borderRadius: [0, 3, 3, 0] }, label: { position: "right", formatter: words(row.step), color: look.ink, fontWeight: 450 } }
        : { value: 0, label: { position: "right", formatter: row.share === null ? "" : `↓ ${text(row.share, { kind: "percent" })}`, color: look.muted } })),
      label: { show: true, fontFamily: FONT, fontSize: 12 },
    }],
    tooltip: { show: false },
  };
}

function waterfall(spec, look, box) {
  let level = 0;
  const steps = spec.items.map(({ label, value }) => {
    const start = level;
    level += value;
    return { label, value, low: Math.min(start, level), size: Math.abs(value) };
  });
  const total = { label: spec.totalLabel, value: level, low: Math.min(0, level), size: Math.abs(level), total: true };
  const all = [...steps, total];
  const exact = (value) => (spec.values.kind === "money" ? `${value < 0 ? MINUS : ""}${spec.values.symbol}${plain(Math.abs(value), 2)}` : text(value, spec.values));
  const room = (box.width - 16) / all.length - 4;
  // A label may break at a space or after a Chinese character, nowhere else: "50–100 %" stays whole.
  const longest = widthOf(all.flatMap((step) => step.label.match(/[\u3400-\u9fff]|[^ \u3400-\u9fff]+/g) ?? []));
  if (longest > room || widthOf(all.map((step) => exact(step.value))) > room) return fallingRows(all, exact, look, box);
  return {
    grid: { top: 24, left: 4, right: 4 },
    xAxis: categoryAxis(look, all.map((step) => step.label), { axisLabel: { ...axisText(look), fontSize: box.width < 400 ? 11 : 12, interval: 0, width: room, overflow: "break" } }),
    yAxis: { type: "value", show: false },
    series: [
      { type: "bar", stack: "fall", silent: true, itemStyle: { color: "transparent" }, data: all.map((step) => step.low), emphasis: { disabled: true } },
      {
        type: "bar",
        stack: "fall",
        barWidth: "36%",
        barMaxWidth: 56,
        emphasis: { disabled: true },
        data: all.map((step) => ({ value: step.size, itemStyle: { color: step.total ? look.chartStrong : step.value < 0 ? look.chartPast : look.accent, borderRadius: 3 } })),
        label: { show: true, position: "top", color: look.ink, fontFamily: FONT, fontSize: 12, formatter: ({ dataIndex }) => exact(all[dataIndex].value) },
      },
    ],
    tooltip: { show: false },
  };
}

// Where the words do not fit under their columns the parts go down the page, each with its name above its bar.
function fallingRows(all, exact, look, box) {
  const values = widthOf(all.map((step) => exact(step.value)), 450);
  const bar = { type: "bar", stack: "fall", barWidth: Math.max(8, Math.min(14, box.height / all.length / 3)), emphasis: { disabled: true } };
  const ends = all.map((step) => step.low + step.size);
  return {
    grid: { top: 6, bottom: 0, left: 4, right: values + 14 },
    xAxis: { type: "value", show: false, min: Math.min(0, ...all.map((step) => step.low)), max: Math.max(...ends) },
    yAxis: categoryAxis(look, all.map((step) => step.label), {
      inverse: true,
      axisLine: { show: false },
      axisLabel: { color: look.ink, fontFamily: FONT, fontSize: 12, interval: 0, inside: true, align: "left", verticalAlign: "bottom", padding: [0, 0, 8, 0], margin: 0, width: box.width - values - 24, overflow: "truncate" },
      z: 6,
    }),
    series: [
      { ...bar, silent: true, itemStyle: { color: "transparent" }, data: all.map((step) => step.low) },
      {
        ...bar,
        data: all.map((step) => ({ value: step.size, itemStyle: { color: step.total ? look.chartStrong : step.value < 0 ? look.chartPast : look.accent, borderRadius: 3 } })),
        label: { show: true, position: "right", color: look.ink, fontFamily: FONT, fontSize: 12, fontWeight: 450, formatter: ({ dataIndex }) => exact(all[dataIndex].value) },
      },
    ],
    tooltip: { show: false },
  };
}

function curve(spec, look) {
  const points = { symbol: "circle", symbolSize: 10, itemStyle: { color: look.card, borderColor: look.accent, borderWidth: 2 } };
  const shade = spec.range ? { silent: true, itemStyle: { color: look.accent, opacity: 0.07 }, data: [[{ xAxis: spec.range[0] }, { xAxis: spec.range[1] }]] } : undefined;
  const target = spec.targetY === null ? undefined : {
    silent: true,
    symbol: "none",
    lineStyle: { color: look.muted, type: [4, 4], width: 1.2 },
    label: { position: "insideEndBottom", formatter: spec.targetLabel, color: look.muted, fontFamily: FONT, fontSize: 12 },
    data: [{ yAxis: spec.targetY }],
  };
  const mark = spec.mark && {
    type: "scatter",
    silent: true,
    z: 8,
    symbolSize: 9,
    itemStyle: { color: look.ink },
    data: [[spec.mark.x, spec.mark.y]],
    label: { show: true, position: spec.mark.x > spec.points.at(-1)[0] * 0.35 ? "left" : "right", distance: 9, formatter: spec.mark.text, color: look.ink, fontWeight: 600, fontFamily: FONT, fontSize: 12 },
  };
  return {
    grid: { top: 16, right: 20, bottom: spec.xLabel ? 24 : 6 },
    xAxis: valueAxis(look, spec.xValues, spec.xLabel, { min: spec.points[0][0], max: spec.points.at(-1)[0], splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: look.lineStrong } }, nameLocation: "middle", nameGap: 26, splitNumber: 5 }),
    yAxis: valueAxis(look, spec.values, "", { min: 0 }),
    series: [
      { type: "line", data: spec.points, lineStyle: { width: 2.5, color: look.accent }, ...points, cursor: spec.draggable ? "grab" : "default", markArea: shade, markLine: target, emphasis: { disabled: true }, animation: false },
      ...(mark ? [mark] : []),
    ],
    tooltip: { trigger: "item", formatter: ({ value }) => `${text(value[0], spec.xValues)}  ${text(value[1], spec.values)}` },
  };
}

function histogram(spec, look) {
  const bin = (low, high) => `${text(low, spec.xValues)} – ${text(high, spec.xValues)}`;
  const holds = ([low, high]) => spec.mark !== null && spec.mark >= low && spec.mark < high;
  return {
    grid: { top: 26, bottom: spec.xLabel ? 24 : 6 },
    xAxis: categoryAxis(look, spec.bins.map(([low]) => text(low, spec.xValues)), { name: spec.xLabel, nameLocation: "middle", nameGap: 28, nameTextStyle: axisText(look) }),
    yAxis: valueAxis(look, spec.values, "", { minInterval: 1 }),
    series: [{
      type: "bar",
      barCategoryGap: "6%",
      emphasis: { disabled: true },
      data: spec.bins.map((each) => ({ value: each[2], itemStyle: { color: holds(each) || spec.mark === null ? look.accent : look.chartGrey, borderRadius: [3, 3, 0, 0] }, label: { show: holds(each), position: "top", formatter: spec.markLabel, color: look.ink, fontWeight: 600, textBorderColor: look.card, textBorderWidth: 3 } })),
      label: { fontFamily: FONT, fontSize: 12 },
    }],
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => `${bin(...spec.bins[dataIndex])}\n${spec.bins[dataIndex][2]}` },
  };
}

function scatter(spec, look) {
  const most = Math.max(...spec.points.map((point) => point.n), 1);
  return {
    grid: { top: 28, right: 24, bottom: 24 },
    xAxis: valueAxis(look, spec.xValues, spec.xLabel, { scale: true, nameLocation: "middle", nameGap: 28, axisLine: { show: true, lineStyle: { color: look.lineStrong } }, splitLine: { show: false } }),
    yAxis: valueAxis(look, spec.values, spec.yLabel, { scale: true, nameTextStyle: { ...axisText(look), align: "left" } }),
    series: [{
      type: "scatter",
      data: spec.points.map((point) => ({ value: [point.x, point.y], symbolSize: 7 + 15 * Math.sqrt(point.n / most) })),
      itemStyle: { color: look.accent, opacity: 0.55, borderColor: look.card, borderWidth: 1 },
      emphasis: { itemStyle: { opacity: 1 } },
      cursor: spec.points.some((point) => point.href) ? "pointer" : "default",
    }],
    tooltip: {
      trigger: "item",
      formatter: ({ dataIndex }) => {
        const point = spec.points[dataIndex];
        return `${point.name}\n${spec.xLabel}  ${text(point.x, spec.xValues)}\n${spec.yLabel}  ${text(point.y, spec.values)}\nn = ${point.n}`;
      },
    },
  };
}

// Drawing

function merge(base, option) {
  return { ...base, ...option, tooltip: { ...base.tooltip, ...option.tooltip, ...(option.tooltip?.axisPointer ? { axisPointer: { ...base.tooltip.axisPointer, ...option.tooltip.axisPointer } } : {}) }, grid: { ...base.grid, ...option.grid } };
}

function draw(element, spec) {
  const plot = element.querySelector(".chart-plot");
  if (!plot.clientWidth) return; // hidden: the observer draws it when it gets a size
  const known = drawn.get(element);
  const instance = known?.instance ?? start(element, plot);
  drawn.set(element, { instance, spec });
  const look = tokens();
  const box = { width: plot.clientWidth, height: plot.clientHeight };
  instance.setOption(merge(frame(look), types[spec.type](spec, look, box)), { notMerge: true });
  if (spec.type === "trend" && spec.lines.length > 1) settleNames(spec, instance, box);
}

function start(element, plot) {
  const instance = echarts.init(plot, null, { renderer: "canvas" });
  instance.on("click", ({ dataIndex }) => {
    const { spec } = drawn.get(element);
    const href = (spec.items ?? spec.points)?.[dataIndex]?.href;
    if (href) location.assign(href);
  });
  makeDraggable(element, instance);
  return instance;
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const element = target.closest(".chart");
    const known = drawn.get(element);
    if (!target.clientWidth) continue;
    if (known) known.instance.resize();
    draw(element, known?.spec ?? read(element));
  }
});

const read = (element) => JSON.parse(document.getElementById(element.dataset.chart).textContent);

export async function drawAll() {
  await Promise.all([document.fonts.load("400 12px Inter"), document.fonts.load("600 12px Inter")]).catch(() => {});
  for (const [element, { instance }] of drawn) {
    if (element.isConnected) continue;
    instance.dispose();
    drawn.delete(element);
  }
  for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    element.dataset.drawn = "1";
    draw(element, read(element));
    sizes.observe(element.querySelector(".chart-plot"));
    element.addEventListener("chart:spec", ({ detail }) => draw(element, detail));
  }
}

function redrawAll() {
  for (const [element, { spec }] of drawn) draw(element, spec);
}
document.addEventListener("theme:changed", redrawAll);
new MutationObserver(redrawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

// Dragging the points of a curve: the element says where a point goes; whoever listens decides and sends a new spec.

function makeDraggable(element, instance) {
  const zr = instance.getZr();
  let index = -1;
  const place = (event) => instance.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
  const send = ([x, y], done) => element.dispatchEvent(new CustomEvent("chart:drag", { bubbles: true, detail: { index, x, y, done } }));
  zr.on("mousedown", (event) => {
    const { spec } = drawn.get(element);
    if (!spec.draggable) return;
    index = spec.points.findIndex((point) => {
      const [x, y] = instance.convertToPixel({ gridIndex: 0 }, point);
      return Math.hypot(x - event.offsetX, y - event.offsetY) < 14;
    });
  });
  zr.on("mousemove", (event) => index >= 0 && send(place(event), false));
  zr.on("mouseup", (event) => {
    if (index >= 0) send(place(event), true);
    index = -1;
  });
}

// Table, picture, data

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-chart-table], [data-chart-png], [data-chart-csv]");
  if (!tool) return;
  const { chartTable, chartPng, chartCsv } = tool.dataset;
  if (chartTable) toggleTable(document.getElementById(chartTable), tool);
  if (chartPng) savePicture(document.getElementById(chartPng));
  if (chartCsv) saveData(document.getElementById(chartCsv));
});

function toggleTable(element, tool) {
  const table = element.querySelector(".chart-table");
  table.hidden = !table.hidden;
  element.querySelector(".chart-plot").hidden = !table.hidden;
  tool.ariaExpanded = String(!table.hidden);
}

function savePicture(element) {
  const { instance, spec } = drawn.get(element);
  const look = tokens();
  const picture = new Image();
  picture.onload = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width + 48, height: picture.height + 104 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = look.card;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = look.ink;
    pen.font = `600 30px ${FONT}`;
    pen.fillText(spec.title, 32, 56, canvas.width - 64);
    pen.drawImage(picture, 24, 84);
    canvas.toBlob((blob) => save(blob, `${element.id}.png`));
  };
  picture.src = instance.getDataURL({ pixelRatio: 2, backgroundColor: look.card });
}

function saveData(element) {
  const quote = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = [...element.querySelectorAll(".chart-table tr")].map((row) => [...row.cells].map((cell) => quote(cell.dataset.value ?? cell.textContent.trim())).join(","));
  save(new Blob(["\ufeff", rows.join("\r\n"), "\r\n"], { type: "text/csv" }), `${element.id}.csv`); // the mark lets Excel read Chinese
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
