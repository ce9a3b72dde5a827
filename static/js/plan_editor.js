// The plan editor's live side. It asks the server what the typed plan means and puts the answer beside the fields;
// nothing is computed here, and without this script the form still saves, adds and removes.
/* global htmx */

const ASK_AFTER = 180;
const editor = () => document.getElementById("plan-editor");

// One question at a time, the newest wins: while a point is dragged no answer is skipped over by an older one.

let busy = false;
let wanted = null;
let timer = 0;

function ask(values = {}) {
  clearTimeout(timer);
  wanted = values;
  if (!busy) next();
}

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(ask, ASK_AFTER);
}

async function next() {
  busy = true;
  const values = { ...wanted };
  wanted = null;
  if (!chartElement()) values.chart = "missing";
  const source = document.getElementById("plan-curve-place");
  source.addEventListener("htmx:beforeSwap", dropIfRedrawn);
  await htmx.ajax("POST", editor().dataset.preview, { source, target: source, swap: "none", values }).catch(() => {});
  busy = false;
  take(wanted === null);
  if (wanted) next();
}

// A row may be gone before the answer about it comes: an answer to an editor that was drawn anew is for nobody.
function dropIfRedrawn(event) {
  if (!event.currentTarget.isConnected) event.detail.shouldSwap = false;
}

// The answer: htmx has put the words in place; left are the curve, the marks of wrong fields, and what a drag changed.

const chartElement = () => document.getElementById("chart-plan-curve");

function take(isNewest) {
  const live = document.getElementById("plan-curve-live")?.textContent;
  if (!live) return;
  const { spec, fields } = JSON.parse(live);
  document.getElementById("plan-curve-place").hidden = spec === null;
  if (spec) chartElement()?.dispatchEvent(new CustomEvent("chart:spec", { detail: spec }));
  if (isNewest || dragging) for (const [id, value] of Object.entries(fields)) setField(id, value);
  markFields();
}

function setField(id, value) {
  const field = document.getElementById(id);
  if (field && field !== document.activeElement) field.value = value;
}

function markFields() {
  for (const slot of editor().querySelectorAll("[data-error-for]")) {
    const field = document.getElementById(slot.dataset.errorFor);
    if (!field) continue;
    const wrong = slot.childElementCount > 0;
    field.classList.toggle("is-invalid", wrong);
    if (wrong) field.ariaInvalid = "true";
    else field.removeAttribute("aria-invalid");
  }
}

// Typing

function becomeDirty() {
  const form = editor();
  if ("dirty" in form.dataset) return;
  form.dataset.dirty = "";
  document.getElementById("save-state").textContent = form.dataset.dirtyText;
}

const EXAMPLE = /^typical\./;

document.addEventListener("input", (event) => {
  if (!event.target.closest("#plan-editor")) return;
  if (!EXAMPLE.test(event.target.name)) becomeDirty();
  askSoon();
});

// The row of tiers that is worked in is shaded in the curve.
const TIER = /^components\.\d+\.tiers\.(\d+)$/;

document.addEventListener("focusin", (event) => {
  const row = TIER.exec(event.target.closest("#plan-editor .tier-row[data-row]")?.dataset.row ?? "");
  if (!row || editor().elements.tier.value === row[1]) return;
  editor().elements.tier.value = row[1];
  ask();
});

// Choosing a component and going to a problem's field

function choose(index) {
  const form = editor();
  if (form.elements.selected.value === String(index)) return;
  form.elements.selected.value = index;
  form.elements.tier.value = "";
  for (const panel of form.querySelectorAll(".component-panel")) panel.hidden = panel.dataset.component !== String(index);
  for (const card of form.querySelectorAll("[data-select]")) {
    if (card.dataset.select === String(index)) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
  ask();
}

document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-select]");
  if (card) {
    event.preventDefault();
    choose(card.dataset.select);
  }
  const link = event.target.closest("a[data-field]");
  if (!link) return;
  event.preventDefault();
  if (link.dataset.component) choose(link.dataset.component);
  const field = document.getElementById(link.dataset.field);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.focus({ preventScroll: true });
  field.select?.();
  field.scrollIntoView({ block: "center", behavior: "smooth" });
});

// Keys in the grid: up and down move in the column, Ctrl+Enter adds a row below, Alt+Delete removes it, Alt with up and
// down moves the row.

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("#plan-editor .tier-row[data-tier]");
  if (!row || !event.target.matches("input")) return;
  const column = event.target.name.split(".").pop();
  const goTo = (other) => other?.querySelector(`input[name$=".${column}"]`);
  const press = (button) => row.querySelector(button)?.click();
  let act = null;
  if (event.key === "ArrowDown") act = () => (event.altKey ? press('[data-move="down"]') : goTo(row.nextElementSibling)?.select());
  if (event.key === "ArrowUp") act = () => (event.altKey ? press('[data-move="up"]') : goTo(row.previousElementSibling)?.select());
  if (event.key === "Enter" && event.ctrlKey) act = () => press('[value^="add:"]');
  if (event.key === "Delete" && event.altKey) act = () => press('[value^="remove:"]');
  if (!act) return;
  event.preventDefault();
  act();
});

// Rows and components are dragged by the handle, or a component by its card; the server puts them in order.

let carried = null;

const carrierOf = (target) => target.closest?.("#plan-editor [data-row]");
const listOf = (row) => row.dataset.row.replace(/\.\d+$/, "");
const placeOf = (row) => Number(row.dataset.row.split(".").pop());

document.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.target.closest?.("[data-drag-row], .component-card")) return;
  const row = carrierOf(event.target);
  if (!row || row.closest(".example-fields")) return;
  carried = { row, y: event.clientY, moving: false, over: null, after: false };
});

document.addEventListener("pointermove", (event) => {
  if (!carried || (!carried.moving && Math.abs(event.clientY - carried.y) < 6)) return;
  event.preventDefault();
  carried.moving = true;
  carried.row.classList.add("is-dragged");
  unmark();
  const over = carrierOf(document.elementFromPoint(event.clientX, event.clientY) ?? document.body);
  if (!over || listOf(over) !== listOf(carried.row)) return;
  const box = over.getBoundingClientRect();
  carried.over = over;
  carried.after = event.clientY > box.y + box.height / 2;
  over.classList.add(carried.after ? "drop-after" : "drop-before");
});

document.addEventListener("pointerup", () => {
  if (!carried) return;
  const { row, moving, over, after } = carried;
  row.classList.remove("is-dragged");
  unmark();
  if (moving) stopNextClick();
  carried = null;
  if (!moving || !over || over === row) return;
  const from = placeOf(row);
  const to = placeOf(over) + (after ? 1 : 0);
  send(`move:${row.dataset.row}:${from < to ? to - 1 : to}`);
});

document.addEventListener("pointercancel", () => {
  carried?.row.classList.remove("is-dragged");
  unmark();
  carried = null;
});

function unmark() {
  for (const row of document.querySelectorAll(".drop-before, .drop-after")) row.classList.remove("drop-before", "drop-after");
  if (carried) carried.over = null;
}

// What was dragged was not clicked.
function stopNextClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 0);
}

function send(action) {
  const form = editor();
  htmx.ajax("POST", form.getAttribute("action"), { source: form, target: form, swap: "outerHTML", values: { action } });
}

// Dragging a point: the server says which bound and rate the place means, and the fields follow.

let dragging = false;

document.addEventListener("chart:drag", (event) => {
  if (event.target !== chartElement()) return;
  const { index, x, y, done } = event.detail;
  dragging = !done;
  becomeDirty();
  ask({ "drag.point": index, "drag.x": x.toFixed(6), "drag.y": y.toFixed(2) });
});

// After the server has drawn the editor anew: what was still to be asked of the old one is void at once, before
// anybody can type into the new one; then go to the field that the change was about.

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "plan-editor") return;
  clearTimeout(timer);
  wanted = null;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "plan-editor") return;
  const field = document.getElementById(event.target.dataset.focus ?? "");
  field?.focus();
  field?.select?.();
});

// Leaving with something unsaved

let leaving = false;
document.addEventListener("submit", (event) => {
  if (event.target === editor()) leaving = true;
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && editor() && "dirty" in editor().dataset) event.preventDefault();
});
