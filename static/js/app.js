/* Clocks, double-click guard, drafts, siren, connection. No page needs it; everything works without. ES2019. */
(function () {
  "use strict";

  const body = document.body;
  const find = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const words = (id) => {
    const node = document.getElementById(id);
    return node ? node.content.textContent.trim() : "";
  };
  const attempt = (act) => {
    try { return act(); } catch (error) { return null; } // a full or forbidden store, a torn draft: go on without
  };
  const store = {
    get: (area, key) => attempt(() => area.getItem(key)),
    set: (area, key, value) => attempt(() => area.setItem(key, value)),
    remove: (area, key) => attempt(() => area.removeItem(key)),
    keys: (area) => attempt(() => Object.keys(area)) || [],
  };
  const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  /* --- the server's time ---------------------------------------------------------------------------------------- */
  // A page put back from the browser's cache carries an old time; the monotonic clock carries on from the first one.
  // A machine that slept or whose clock was set is corrected by the Date header of the next answer.
  const pageNow = Date.parse(body.dataset.serverNow || "") || Date.now();
  const navigation = performance.getEntriesByType ? performance.getEntriesByType("navigation")[0] : null;
  const arrived = navigation && navigation.responseStart ? navigation.responseStart : 0;
  let offset = pageNow - (performance.timeOrigin + arrived);
  const serverNow = () => Date.now() + offset;

  function learnTime(dateHeader) {
    const seen = Date.parse(dateHeader || "");
    // The header has whole seconds: correct only what is plainly wrong.
    if (seen && Math.abs(seen - serverNow()) > 2500) offset = seen + 500 - Date.now();
  }

  function askTime() {
    if (!window.fetch || !document.querySelector("[data-clock], [data-server-time]")) return;
    fetch("/healthz", { method: "HEAD", cache: "no-store", credentials: "same-origin" })
      .then((response) => learnTime(response.headers.get("Date")))
      .catch(() => {});
  }

  /* --- clocks --------------------------------------------------------------------------------------------------- */
  const two = (number) => String(number).padStart(2, "0");

  function digits(milliseconds) {
    const seconds = Math.floor(Math.abs(milliseconds) / 1000);
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (days) return `${days}${words("t-days")} ${two(hours)}:${two(minutes)}`;
    return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  }

  function turnLate(clock) {
    clock.dataset.phase = "late";
    clock.classList.remove("clock--running", "clock--soon");
    clock.classList.add("clock--late");
    clock.querySelector("[data-clock-word]").textContent = words("t-late");
    emit("yec:late", { label: clock.dataset.label });
    if (body.hasAttribute("data-siren")) siren.ring(words("t-siren-late") + clock.dataset.label);
  }

  function tick(clock, now) {
    const phase = clock.dataset.phase;
    if (phase !== "running" && phase !== "late") return;
    const start = Date.parse(clock.dataset.start);
    const due = Date.parse(clock.dataset.due);
    if (due && phase === "running" && now >= due) turnLate(clock);
    // The last third of the time allowed is set off; how long that is comes from the clock itself.
    if (due && start && now < due) clock.classList.toggle("clock--soon", (due - now) * 3 <= due - start);
    const face = clock.querySelector("[data-clock-digits]");
    if (!due && !start) return;
    const left = due ? due - now : now - start;
    // Remaining time is rounded up: 00:00:00 is shown only when it is over.
    const text = digits(due && left > 0 ? left + 999 : left);
    if (face.textContent !== text) face.textContent = text;
  }

  function localTime(now) {
    const here = new Date(now + 8 * 3600 * 1000);
    return `${here.getUTCMonth() + 1}月${here.getUTCDate()}日 ${two(here.getUTCHours())}:${two(here.getUTCMinutes())}:${two(here.getUTCSeconds())}`;
  }

  function tickAll() {
    const now = serverNow();
    find("[data-clock]").forEach((clock) => tick(clock, now));
    find("[data-server-time]").forEach((node) => { node.textContent = localTime(now); node.dataset.now = String(Math.round(now)); });
  }

  /* --- banners at the foot -------------------------------------------------------------------------------------- */
  const floating = document.getElementById("floating");

  function show(templateId, text) {
    const template = document.getElementById(templateId);
    if (!floating || !template) return null;
    const node = template.content.firstElementChild.cloneNode(true);
    hide(node.dataset.key);
    const slot = node.querySelector("[data-text]");
    if (slot) slot.textContent = text || "";
    floating.appendChild(node);
    return node;
  }

  function hide(key) {
    find(`[data-key="${key}"]`, floating || document).forEach((node) => node.remove());
  }

  /* --- the siren ------------------------------------------------------------------------------------------------ */
  const siren = {
    context: null,
    timer: null,
    // Two tones for a second and a half; repeated until somebody stops it.
    wail() {
      const context = this.context;
      if (!context || context.state !== "running") return;
      const tone = context.createOscillator();
      const gain = context.createGain();
      const begin = context.currentTime;
      tone.type = "square";
      for (let i = 0; i < 6; i += 1) tone.frequency.setValueAtTime(i % 2 ? 660 : 880, begin + i * 0.25);
      gain.gain.setValueAtTime(0.25, begin);
      gain.gain.setValueAtTime(0, begin + 1.5);
      tone.connect(gain).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + 1.5);
    },
    open() {
      const Audio = window.AudioContext || window.webkitAudioContext;
      if (!Audio) return Promise.resolve(false);
      this.context = this.context || new Audio();
      return this.context.resume().then(() => this.context.state === "running").catch(() => false);
    },
    ring(text) {
      show("t-siren", text);
      emit("yec:siren", { text });
      clearInterval(this.timer);
      this.open().then(() => this.wail());
      this.timer = setInterval(() => this.wail(), 2500);
    },
    stop() {
      clearInterval(this.timer);
      hide("siren");
    },
    test() {
      this.open().then((ready) => {
        hide("siren-locked");
        if (ready) this.wail();
        const node = show("t-siren", words("t-siren-test"));
        if (node) setTimeout(() => { if (node.isConnected) node.remove(); }, 6000);
        emit("yec:siren", { test: true, ready });
      });
    },
    // A browser lets a page sound only after a touch: say so at once, and use the first touch there is.
    prepare() {
      if (!body.hasAttribute("data-siren")) return;
      const Audio = window.AudioContext || window.webkitAudioContext;
      if (!Audio) return;
      this.context = new Audio();
      setTimeout(() => { if (this.context.state !== "running") show("t-siren-locked"); }, 400);
      const unlock = () => this.open().then((ready) => { if (ready) hide("siren-locked"); });
      document.addEventListener("pointerdown", unlock, { once: true });
      document.addEventListener("keydown", unlock, { once: true });
    },
  };

  function ringForUrgent(root) {
    const key = `yec-urgent:${body.dataset.user}`;
    const seen = new Set((store.get(sessionStorage, key) || "").split(",").filter(Boolean));
    const fresh = find("[data-urgent-id]", root).filter((node) => !seen.has(node.dataset.urgentId));
    if (!fresh.length) return;
    fresh.forEach((node) => seen.add(node.dataset.urgentId));
    store.set(sessionStorage, key, Array.from(seen).slice(-500).join(","));
    const label = fresh[0].dataset.urgentText || fresh[0].textContent.trim().slice(0, 60);
    if (body.hasAttribute("data-siren")) siren.ring(words("t-siren-urgent") + label);
  }

  const plainTitle = document.title;

  function countTitle() {
    const node = document.querySelector("[data-title-count]");
    const count = node ? parseInt(node.dataset.titleCount, 10) || 0 : 0;
    document.title = count ? `(${count}) ${plainTitle}` : plainTitle;
  }

  /* --- forms: one click is one act ------------------------------------------------------------------------------- */
  function release(form) {
    delete form.dataset.sent;
    find("[aria-busy]", form).forEach((button) => {
      button.removeAttribute("aria-busy");
      if (button.dataset.words) button.textContent = button.dataset.words;
    });
  }

  function guard(event) {
    const form = event.target;
    const button = event.submitter;
    if (button && button.dataset.confirm && !window.confirm(button.dataset.confirm)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (form.method.toLowerCase() !== "post" || form.hasAttribute("data-no-guard")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    form.dataset.sent = "1";
    if (button && button.tagName === "BUTTON") {
      // Marked, not disabled: a disabled button would take its name and value out of what is sent.
      button.setAttribute("aria-busy", "true");
      button.dataset.words = button.textContent;
      if (!button.children.length) button.textContent = words("t-sending");
    }
    // The answer may never come: after a while a second, deliberate try is allowed.
    setTimeout(() => release(form), 15000);
  }

  /* --- drafts: what was typed survives a lost login and a crash --------------------------------------------------- */
  const draftPrefix = () => `yec-draft:${body.dataset.user}:`;
  const draftUsers = () => store.keys(localStorage).filter((key) => key.startsWith("yec-draft:"));
  const draftKey = (form) => `${draftPrefix()}${form.dataset.draft}`;
  const DAY = 24 * 3600 * 1000;

  function kept(control) {
    const type = (control.type || "").toLowerCase();
    return control.name && !control.hasAttribute("data-no-draft") && control.name !== "csrfmiddlewaretoken" &&
      !["hidden", "password", "file", "submit", "button", "reset", "image"].includes(type);
  }

  function readForm(form) {
    return Array.from(form.elements).filter(kept).map((control) => {
      const ticks = control.type === "checkbox" || control.type === "radio";
      if (ticks) return [control.name, control.value, control.checked];
      if (control.multiple) return [control.name, null, Array.from(control.selectedOptions).map((o) => o.value)];
      return [control.name, null, control.value];
    });
  }

  function writeForm(form, values) {
    const controls = Array.from(form.elements).filter(kept);
    values.forEach(([name, value, state]) => {
      const control = controls.find((c) => c.name === name && (value === null || c.value === value));
      if (!control) return;
      if (typeof state === "boolean") control.checked = state;
      else if (Array.isArray(state)) Array.from(control.options).forEach((o) => { o.selected = state.includes(o.value); });
      else control.value = state;
    });
  }

  function keepDraft(form) {
    store.set(localStorage, draftKey(form), JSON.stringify({ at: Date.now(), values: readForm(form) }));
  }

  const dropDraft = (key) => store.remove(localStorage, key);

  function offerDraft(form) {
    const text = store.get(localStorage, draftKey(form));
    const original = readForm(form);
    if (!text || find("[data-form-errors]", form).length) return;
    const draft = attempt(() => JSON.parse(text));
    // A form the server keeps too says when it was saved last: an older copy of this browser is not put back.
    if (draft && draft.at + offset < Number(form.dataset.draftAt || 0)) return;
    if (!draft || JSON.stringify(draft.values) === JSON.stringify(original)) return;
    writeForm(form, draft.values);
    const note = document.getElementById("t-draft").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-at]").textContent = localTime(draft.at + offset).slice(0, -3);
    note.querySelector("[data-draft-drop]").addEventListener("click", () => {
      dropDraft(draftKey(form));
      writeForm(form, original);
      note.remove();
    });
    form.insertBefore(note, form.firstChild);
  }

  // A draft is done with when the next page is neither a refusal nor a login, and either no longer holds the form
  // or says that the act succeeded.
  function settleSubmitted() {
    const key = store.get(sessionStorage, "yec-submitted");
    store.remove(sessionStorage, "yec-submitted");
    if (!key || !key.startsWith(draftPrefix()) || body.hasAttribute("data-failed")) return;
    const again = find("form[data-draft]").some((form) => draftKey(form) === key);
    if (!again || document.querySelector('[data-level~="success"]')) dropDraft(key);
  }

  function forgetOld() {
    draftUsers().forEach((key) => {
      const at = attempt(() => JSON.parse(store.get(localStorage, key)).at) || 0;
      if (Date.now() - at > DAY) store.remove(localStorage, key);
    });
  }

  const timers = new WeakMap();

  function onTyping(event) {
    const form = event.target.form;
    if (!form || !form.hasAttribute("data-draft") || !kept(event.target)) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keepDraft(form), 400));
  }

  function onSubmit(event) {
    const form = event.target;
    guard(event);
    if (event.defaultPrevented) return;
    if (form.hasAttribute("data-draft")) {
      clearTimeout(timers.get(form));
      keepDraft(form);
      store.set(sessionStorage, "yec-submitted", draftKey(form));
    }
    if (form.hasAttribute("data-logout")) {
      draftUsers().filter((key) => key.startsWith(draftPrefix())).forEach((key) => store.remove(localStorage, key));
    }
  }

  /* --- small things --------------------------------------------------------------------------------------------- */
  function onClick(event) {
    const target = event.target.closest("[data-siren-test], [data-siren-stop], [data-dismiss], [data-print], [data-copy]");
    find("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (!target) return;
    if (target.hasAttribute("data-siren-test")) siren.test();
    if (target.hasAttribute("data-siren-stop")) siren.stop();
    if (target.hasAttribute("data-dismiss")) target.closest("[data-key]").remove();
    if (target.hasAttribute("data-print")) window.print();
    if (target.hasAttribute("data-copy")) copy(target);
  }

  function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    if (!source || !navigator.clipboard) return;
    navigator.clipboard.writeText(source.innerText).then(() => { button.textContent = words("t-copied"); });
  }

  function onKey(event) {
    if (event.key !== "Escape") return;
    find("details[data-menu][open]").forEach((menu) => { menu.open = false; });
    find(".clause:hover, .clause:focus-within").forEach((chip) => chip.classList.add("is-closed"));
  }

  // The card opens leftwards or upwards where there is no room.
  function placeCard(event) {
    const chip = event.target.closest ? event.target.closest("[data-clause]") : null;
    if (!chip) return;
    chip.classList.remove("is-closed");
    const box = chip.getBoundingClientRect();
    chip.classList.toggle("clause--end", box.left + 400 > document.documentElement.clientWidth);
    chip.classList.toggle("clause--up", box.bottom + 220 > window.innerHeight && box.top > 240);
  }

  function onChange(event) {
    const form = event.target.form;
    if (form && form.hasAttribute("data-autosubmit") && form.requestSubmit) form.requestSubmit();
  }

  function wake(root) {
    tickAll();
    countTitle();
    ringForUrgent(root);
    find("form[data-draft]", root).forEach(offerDraft);
  }

  document.addEventListener("submit", onSubmit, true); // before htmx sees it
  document.addEventListener("input", onTyping);
  document.addEventListener("change", onTyping);
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("mouseover", placeCard);
  document.addEventListener("focusin", placeCard);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { tickAll(); askTime(); } });
  window.addEventListener("pageshow", (event) => { find("form[data-sent]").forEach(release); if (event.persisted) askTime(); });
  window.addEventListener("offline", () => show("t-offline"));
  window.addEventListener("online", () => { hide("offline"); askTime(); });
  document.addEventListener("htmx:sendError", () => show(navigator.onLine === false ? "t-offline" : "t-server"));
  document.addEventListener("htmx:timeout", () => show("t-server"));
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) show("t-server"); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const detail = event.detail;
    const form = detail.elt && detail.elt.closest ? detail.elt.closest("form") : null;
    if (detail.xhr && detail.xhr.status) { learnTime(detail.xhr.getResponseHeader("Date")); if (detail.successful) hide("server"); }
    if (!form) return;
    release(form);
    store.remove(sessionStorage, "yec-submitted");
    if (detail.successful && form.hasAttribute("data-draft") && detail.requestConfig.verb === "post") dropDraft(draftKey(form));
  });
  document.addEventListener("htmx:afterSettle", (event) => wake(event.target));

  settleSubmitted();
  forgetOld();
  wake(document);
  siren.prepare();
  const summary = document.querySelector("[data-form-errors]");
  if (summary) summary.focus();
  if (navigator.onLine === false) show("t-offline");
  if (navigation && navigation.type === "back_forward") askTime();
  setInterval(tickAll, 250);
  setInterval(askTime, 60000);
})();
