// The note editor: saved as typed; what could not be saved stays on this device; two editors notice each other.
// Without this script the same form has a Save button. What is kept here is thrown away once the server has it.

const form = document.getElementById("note-form");
const TYPED = ["topic", "held_on", "shared_text", "private_text"];
const SAVE_AFTER = 700; // ms without a key
const SAVE_AT_LEAST = 4000; // ms of writing on
const RETRY_MOST = 15000; // ms between two tries while offline

if (form) edit(form);

function edit(form) {
  const texts = document.getElementById("save-texts").dataset;
  const state = document.getElementById("save-state");
  const words = document.getElementById("save-words");
  const field = (name) => form.elements.namedItem(name);
  const page = field("page").value;
  const owner = `note:${form.dataset.user}:${form.dataset.note}:`;
  const place = owner + page;

  let saved = read();
  let savedWords = words.textContent;
  let saving = null;
  let pause = null;
  let waitsSince = 0;
  let tries = 0;
  let conflict = null;

  function read() {
    return Object.fromEntries(TYPED.map((name) => [name, field(name).value.replaceAll("\r\n", "\n")]));
  }

  const same = (one, other) => TYPED.every((name) => (one[name] ?? "") === (other[name] ?? ""));
  const isSaved = () => same(read(), saved);

  function show(name, text) {
    state.dataset.state = name;
    words.textContent = text;
  }

  // What is kept on this device

  function keep() {
    const copy = { fields: read(), version: field("version").value, follows: field("follows").value, page, at: Date.now() };
    try {
      localStorage.setItem(place, JSON.stringify(copy));
    } catch {
      /* storage is full or forbidden: the server's copy is the only one, and the state says when it is not up to date */
    }
  }

  function forget(key = place) {
    try {
      localStorage.removeItem(key);
    } catch {
      /* nothing was kept either */
    }
  }

  function leftovers() {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(owner) && key !== place)
        .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }))
        .sort((one, other) => other.at - one.at);
    } catch {
      return [];
    }
  }

  // A page that was closed before its text was saved: its text comes back, and is saved on top of what it had read.
  function restore() {
    const [newest] = leftovers();
    if (!newest) return;
    if (same(newest.fields, saved)) {
      leftovers().forEach(({ key }) => forget(key));
      return;
    }
    write(newest.fields);
    field("version").value = newest.version;
    field("follows").value = newest.page;
    keep();
    leftovers().forEach(({ key }) => forget(key));
    show("offline", texts.restored);
    save();
  }

  function write(fields) {
    for (const name of TYPED) if (name in fields) field(name).value = fields[name];
    grow();
  }

  // Saving

  // What was typed was taken back: there is nothing to save.
  function rest() {
    clearTimeout(pause);
    waitsSince = 0;
    forget();
    show(savedWords ? "saved" : "", savedWords);
  }

  function typed() {
    if (!conflict && !saving && isSaved()) {
      rest();
      return;
    }
    keep();
    if (conflict) return;
    show("saving", texts.unsaved);
    waitsSince ||= Date.now();
    clearTimeout(pause);
    const left = SAVE_AT_LEAST - (Date.now() - waitsSince);
    pause = setTimeout(save, Math.max(0, Math.min(SAVE_AFTER, left)));
  }

  async function save() {
    clearTimeout(pause);
    if (saving) {
      await saving;
      return isSaved() || conflict ? undefined : save();
    }
    if (isSaved() || conflict) return undefined;
    waitsSince = 0;
    saving = send(read()).finally(() => (saving = null));
    return saving;
  }

  async function send(fields) {
    show("saving", texts.saving);
    const body = new URLSearchParams(fields);
    for (const name of ["version", "page", "follows", "csrfmiddlewaretoken"]) body.set(name, field(name).value);
    let answer;
    try {
      answer = await fetch(form.dataset.autosave, { method: "POST", body, redirect: "manual", keepalive: body.toString().length < 60000 });
    } catch {
      return later("offline", texts.offline);
    }
    if (answer.type === "opaqueredirect") return later("refused", texts.signedOut);
    if (answer.status >= 500) return later("offline", texts.offline);
    const content = await answer.json().catch(() => null);
    if (!content) return later("refused", texts.signedOut);
    if (answer.ok) return accept(fields, content);
    if (content.theirs) return compare(content);
    return show("refused", `${texts.refused}. ${content.message}`);
  }

  function accept(fields, { version, state: text }) {
    saved = fields;
    savedWords = text;
    tries = 0;
    field("version").value = version;
    field("follows").value = "";
    if (isSaved()) {
      forget();
      show("saved", text);
    } else {
      typed();
    }
  }

  function later(name, text) {
    keep();
    show(name, text);
    tries += 1;
    clearTimeout(pause);
    pause = setTimeout(save, Math.min(1000 * 2 ** tries, RETRY_MOST));
  }

  // Two editors

  const panel = document.getElementById("conflict");

  function compare({ message, state: text, theirs }) {
    conflict = { ...theirs, state: text };
    keep();
    show("changed", texts.changed);
    document.getElementById("conflict-message").textContent = message;
    fill("conflict-mine", read(), theirs);
    fill("conflict-theirs", theirs, read());
    panel.hidden = false;
    panel.scrollIntoView({ block: "nearest" });
  }

  function fill(id, fields, other) {
    const known = new Set(lines(other));
    const parts = lines(fields).map((line) => {
      const element = document.createElement(known.has(line) ? "span" : "mark");
      element.textContent = `${line}\n`;
      return element;
    });
    document.getElementById(id).replaceChildren(...parts);
  }

  const lines = (fields) => [fields.topic, ...fields.shared_text.split("\n"), ...fields.private_text.split("\n")].filter((line) => line.trim());

  panel.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-keep]")?.dataset.keep;
    if (!choice) return;
    field("version").value = conflict.version;
    saved = Object.fromEntries(TYPED.map((name) => [name, conflict[name]]));
    if (choice === "theirs") write(saved);
    const answer = { version: conflict.version, state: conflict.state };
    conflict = null;
    panel.hidden = true;
    field("shared_text").focus();
    if (isSaved()) accept(saved, answer);
    else save();
  });

  // Closing goes on only when everything is saved.

  form.addEventListener("submit", async (event) => {
    if (!event.submitter?.matches("[data-close-note]") || isSaved()) return;
    event.preventDefault();
    await save();
    if (isSaved()) form.requestSubmit(event.submitter);
  });

  // GROW: a label begins its line; the mirror behind the text colours it.

  const text = field("shared_text");
  const mirror = document.getElementById("note-mirror");
  const LABELLED = new RegExp(`^(?:${texts.labels})[ \\t]*[:：]`, "i");

  function grow() {
    const shown = text.value.split("\n").flatMap((line, index) => {
      const label = line.match(LABELLED)?.[0];
      const before = index ? ["\n"] : [];
      if (!label) return [...before, line];
      const word = document.createElement("b");
      word.textContent = label;
      return [...before, word, line.slice(label.length)];
    });
    mirror.replaceChildren(...shown, "\n");
    for (const hint of document.querySelectorAll(".grow-hint")) {
      hint.classList.toggle("is-written", new RegExp(`^${hint.dataset.label}[ \\t]*[:：]`, "im").test(text.value));
    }
  }

  function writeUnder(label) {
    const found = text.value.search(new RegExp(`^${label}[ \\t]*[:：]`, "im"));
    if (found < 0) {
      const gap = text.value && !text.value.endsWith("\n") ? "\n" : "";
      text.value += `${gap}${label}: `;
    }
    const start = found < 0 ? text.value.length : found;
    const end = text.value.indexOf("\n", start);
    const at = end < 0 ? text.value.length : end;
    text.focus();
    text.setSelectionRange(at, at);
    grow();
    typed();
  }

  document.addEventListener("click", (event) => {
    const label = event.target.closest("[data-insert]")?.dataset.insert;
    if (!label) return;
    event.target.closest("details").open = false;
    writeUnder(label);
  });

  // Keys, and the world around

  form.addEventListener("input", (event) => {
    if (event.target === text) grow();
    if (TYPED.includes(event.target.name)) typed();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
    if (event.key === "Enter" && event.target.id === "quick-action") {
      event.preventDefault();
      document.getElementById("quick-action-add").click();
    }
    if (event.key === "Enter" && event.target.name === "topic") {
      event.preventDefault();
      text.focus();
    }
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "agreed") document.getElementById("quick-action")?.focus();
  });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  window.addEventListener("beforeunload", (event) => {
    if (!isSaved() && state.dataset.state === "refused") event.preventDefault();
  });

  // The state stays in sight: where the head of the page is scrolled away, it floats.
  new IntersectionObserver(([head]) => state.classList.toggle("is-floating", !head.isIntersecting), { rootMargin: "-56px 0px 0px" }).observe(
    document.querySelector("[data-close-note]"),
  );

  document.querySelectorAll("[data-without-script]").forEach((element) => (element.hidden = true));
  document.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = false));
  text.parentElement.classList.add("is-mirrored");
  grow();
  restore();
  if (!field("topic").value && !text.value) field("topic").focus();
}
