// The frame's behaviour: theme, sidebar, overlays, menus, rows, notices, and how htmx answers are handled.
// Everything is delegated from the document, so that what htmx swaps in works without being wired.

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const remember = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* storage is forbidden: the choice lasts for this page */
  }
};
const isTyping = (element) => element?.closest("input, textarea, select, [contenteditable]") !== null;

// Theme and sidebar

function toggleTheme() {
  root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  remember("theme", root.dataset.bsTheme);
  document.dispatchEvent(new CustomEvent("theme:changed"));
}

function toggleSidebar() {
  const icons = root.dataset.sidebar !== "icons";
  if (icons) root.dataset.sidebar = "icons";
  else delete root.dataset.sidebar;
  remember("sidebar", icons ? "icons" : "wide");
  document.dispatchEvent(new CustomEvent("frame:resized"));
}

// Overlays are native dialogs: focus is trapped, Escape closes, and focus returns to where it was.

function open(dialog) {
  if (!dialog || dialog.open) return;
  document.querySelectorAll("dialog.sheet[open]").forEach((sheet) => sheet.close());
  closeMenus();
  dialog.showModal();
}

function showDrawerSkeleton() {
  const drawer = byId("drawer");
  drawer.replaceChildren(byId("skeleton-drawer").content.cloneNode(true));
  open(byId("drawer-frame"));
}

function closeMenus(except) {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
}

// A table that scrolls would cut its rows' menus off: there the panel is placed over the page.
document.addEventListener("toggle", ({ target }) => {
  const panel = target.matches?.("details[data-menu][open]") && target.closest(".table-scroll") && target.querySelector(".menu-panel");
  if (!panel) return;
  const box = target.getBoundingClientRect();
  const below = box.bottom + panel.offsetHeight + 8 < innerHeight;
  Object.assign(panel.style, { position: "fixed", inset: "auto", top: `${below ? box.bottom + 4 : box.top - panel.offsetHeight - 4}px`, left: `${Math.max(8, box.right - panel.offsetWidth)}px` });
}, true);

document.addEventListener("scroll", () => document.querySelector(".table-scroll details[data-menu][open]") && closeMenus(), { capture: true, passive: true });

// Notices

const FADES_AFTER = 6000;

function notify(text, tone = "bad") {
  const notice = document.createElement("div");
  notice.className = `notice notice-${tone}`;
  const words = document.createElement("div");
  words.className = "notice-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "icon-button";
  close.type = "button";
  close.dataset.dismiss = "";
  close.ariaLabel = byId("words").dataset.close;
  close.textContent = "×";
  notice.append(words, close);
  byId("notices").append(notice);
}

function startFading(scope) {
  scope.querySelectorAll?.(".notice[data-fades]:not(:has(form))").forEach((notice) => {
    if (notice.dataset.fades === "started") return;
    notice.dataset.fades = "started";
    setTimeout(() => notice.matches(":hover, :focus-within") || notice.remove(), FADES_AFTER);
  });
}

// Clicks

const clicks = {
  "[data-theme-toggle]": toggleTheme,
  "[data-sidebar-toggle]": toggleSidebar,
  "[data-open]": (element) => open(byId(element.dataset.open)),
  "[data-close]": (element) => element.closest("dialog")?.close(),
  "[data-dismiss]": (element) => element.closest(".notice")?.remove(),
  "[data-print]": () => print(),
};

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const [selector, act] of Object.entries(clicks)) {
    const element = target.closest(selector);
    if (element) act(element);
  }
  if (target instanceof HTMLDialogElement && target.open && !inside(event, target)) target.close();
  closeMenus(target.closest("details[data-menu]"));
  if (target.closest(".menu-item")) closeMenus();
  followRow(event);
});

function inside(event, element) {
  const box = element.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}

function followRow(event) {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, textarea, summary") || getSelection()?.toString()) return;
  const link = row.querySelector(`a[href="${CSS.escape(row.dataset.href)}"], a[href]`);
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank");
  else if (link?.getAttribute("href") === row.dataset.href) link.click();
  else location.assign(row.dataset.href);
}

// Keys

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && byId("palette")) {
    event.preventDefault();
    open(byId("palette"));
    byId("palette").querySelector("input").select();
    return;
  }
  if (event.key === "Escape") {
    closeMenuOf(event.target);
    event.target.closest?.("dialog.palette")?.close(); // a search field would only be emptied
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") moveFocus(event);
  if (event.key === "Enter" && event.target.matches("tr[data-href]")) event.target.click();
  if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && !document.querySelector("dialog[open]")) {
    document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`)?.click();
  }
});

function closeMenuOf(element) {
  const menu = element.closest("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function moveFocus(event) {
  const down = event.key === "ArrowDown";
  const steps = [
    ["details[data-menu][open]", ".menu-item"],
    [".palette", "input[type=search], .palette-results a"],
    ["tbody", "tr[data-href]"],
  ];
  for (const [scope, selector] of steps) {
    const place = event.target.closest(scope);
    if (!place || (scope === "tbody" && isTyping(event.target))) continue;
    const all = [...place.querySelectorAll(selector)];
    const at = all.indexOf(event.target.closest(selector));
    const next = all[Math.min(Math.max(at + (down ? 1 : -1), 0), all.length - 1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
    return;
  }
}

function prepare(scope) {
  scope.querySelectorAll?.("tbody").forEach((body) => {
    const rows = body.querySelectorAll("tr[data-href]:not([tabindex])");
    rows.forEach((row) => (row.tabIndex = -1));
    const first = body.querySelector("tr[data-href]");
    if (first && !body.querySelector('tr[tabindex="0"]')) first.tabIndex = 0;
  });
  scope.querySelectorAll?.(".table-scroll").forEach(watchScroll);
  startFading(scope);
  drawCharts();
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("tr[data-href][tabindex]");
  if (!row || event.target !== row) return;
  row.closest("tbody").querySelectorAll('tr[tabindex="0"]').forEach((other) => (other.tabIndex = -1));
  row.tabIndex = 0;
});

// A table that fits needs no stop for the keyboard; one that scrolls shows that its first column stands.
const widths = new ResizeObserver((entries) => entries.forEach(({ target }) => markScroll(target)));

function watchScroll(box) {
  if (box.dataset.watched) return;
  box.dataset.watched = "1";
  widths.observe(box);
  box.addEventListener("scroll", () => box.classList.toggle("is-scrolled", box.scrollLeft > 0), { passive: true });
}

function markScroll(box) {
  if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

// Charts are fetched only by pages that have one.

let charts = null;

function drawCharts() {
  if (!document.querySelector("[data-chart]")) return;
  charts ??= loadCharts();
  charts.then((module) => module.drawAll());
}

async function loadCharts() {
  const { echarts, charts: module } = byId("app-script").dataset;
  await new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: echarts, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  return import(module);
}

// htmx

const WAIT_SHOWN_AFTER = 300;
const waiting = new WeakMap();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const { target, elt } = detail;
  if (!target) return; // htmx fetching an earlier page for Back
  if (target.id === "drawer") showDrawerSkeleton();
  if (elt.matches("form")) elt.querySelectorAll("button:not([type=button])").forEach((button) => (button.ariaBusy = "true"));
  waiting.set(detail.xhr, setTimeout(() => {
    target.ariaBusy = "true";
    if (target.id !== "drawer") target.classList.add("is-waiting");
  }, WAIT_SHOWN_AFTER));
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  clearTimeout(waiting.get(detail.xhr));
  detail.target?.removeAttribute("aria-busy");
  detail.target?.classList.remove("is-waiting");
  if (detail.elt?.matches?.("form")) detail.elt.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
});

// A domain error (409) is a message, wherever the request wanted to go; htmx's own headers may say otherwise.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (xhr?.status !== 409 || xhr.getResponseHeader("HX-Retarget")) return;
  if (byId("drawer-frame")?.open && detail.target.id === "drawer") byId("drawer-frame").close();
  detail.target = byId("notices");
  detail.swapOverride = "beforeend";
  detail.selectOverride = "unset";
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "dialog") open(byId("dialog-frame"));
  if (detail.target?.id === "drawer") detail.target.querySelector("[data-autofocus]")?.focus();
});

document.addEventListener("htmx:load", ({ detail }) => prepare(detail.elt.parentElement ?? detail.elt));

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { dataset } = byId("words");
  const text = { 401: dataset.signedOut, 403: dataset.gone, 404: dataset.gone }[detail.xhr.status] ?? dataset.server;
  if (byId("drawer-frame")?.open) byId("drawer-frame").close();
  notify(text);
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    byId("drawer-frame")?.close();
    notify(byId("words").dataset.network);
  });
}

document.addEventListener("close-dialog", () => byId("dialog-frame").close());
document.addEventListener("close-drawer", () => byId("drawer-frame").close());

prepare(document);
