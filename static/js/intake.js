/* 接报登记: every key goes to the server as a draft; app.js keeps a copy in this browser beside it. ES2019. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-intake]");
  if (!form) return;
  const find = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const words = (id) => document.getElementById(id).content.textContent.trim();
  const band = document.querySelector("[data-band]");
  const status = document.querySelector("[data-save-state]");
  const key = form.dataset.draft.replace("intake-", "");
  const page = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
  let version = Number(form.dataset.version) || 0;
  let timer = null;
  let under = false;
  let dirty = false;
  let done = false;

  /* --- saving ---------------------------------------------------------------------------------------------------- */
  function say(text, state) {
    status.textContent = text;
    status.dataset.state = state;
  }

  function typed() {
    const data = new FormData(form);
    data.set("page", page);
    data.set("version", String(version));
    return data;
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function save() {
    if (done) return;
    if (under) { dirty = true; return; }
    under = true;
    dirty = false;
    const stop = window.AbortController ? new AbortController() : null;
    const limit = setTimeout(() => stop && stop.abort(), 8000);
    fetch(form.dataset.saveUrl, { method: "POST", body: typed(), credentials: "same-origin", redirect: "error", signal: stop ? stop.signal : undefined })
      .then((answer) => answer.json().catch(() => ({})).then((body) => settle(answer, body)))
      .catch(() => failed(words("t-unsaved"), 3000))
      .then(() => { clearTimeout(limit); under = false; if (dirty) later(300); });
  }

  function settle(answer, body) {
    if (answer.ok && body.version) return kept(body);
    // A page instead of an answer: the login or the form's token is gone.
    if (answer.status === 401 || (answer.status === 403 && !body.code)) return failed(words("t-login"), 15000);
    if (!body.code || body.code === "busy") return failed(words("t-unsaved"), 3000);
    done = answer.status === 409; // filed, given up, taken over, or saved from another window
    return failed(body.message, 0);
  }

  function failed(text, again) {
    say(text, "unsaved");
    if (again && !done) later(again);
  }

  function kept(body) {
    version = body.version;
    if (!dirty) say(`${words("t-saved")} ${body.saved_at}`, "saved");
    paint(body);
    if (window.location.pathname !== body.url) history.replaceState(null, "", body.url);
  }

  function paint(body) {
    band.className = `band band--sticky band--${body.colour}`;
    find("[data-band-colour]", band)[0].textContent = body.band + words("t-band");
    find("[data-band-name]", band)[0].textContent = body.name;
    document.title = [body.band, body.name, ...document.title.split(" · ").slice(-2)].join(" · ");
  }

  function onTyping(event) {
    if (!event.target.name || done) return;
    say(words("t-saving"), "saving");
    later(version ? 600 : 0);
  }

  /* --- a secret call: nothing of it is sent or kept ----------------------------------------------------------------- */
  const KEPT = ["csrfmiddlewaretoken", "idempotency_key", "plan", "same", "channel", "caller_name", "caller_number",
    "reporting_unit", "reporting_unit_text", "read_back", "received_at", "known_at", "occurred_at",
    "occurred_approximate", "drill", "secret", "secret_channel", "secret_sent_at"];

  function guardSecret() {
    const secret = form.elements.secret.checked;
    form.classList.toggle("is-secret", secret);
    Array.from(form.elements).forEach((control) => {
      if (!control.name || KEPT.includes(control.name) || control.type === "submit") return;
      control.disabled = secret;
      control.toggleAttribute("data-no-draft", secret);
    });
  }

  /* --- copies that only this browser has ------------------------------------------------------------------------------ */
  function showLocal() {
    const box = document.querySelector("[data-local-drafts]");
    const prefix = `yec-draft:${document.body.dataset.user}:intake-`;
    const known = find("[data-draft-uuid]").map((row) => row.dataset.draftUuid).concat([key]);
    let keys = [];
    try { keys = Object.keys(localStorage).filter((one) => one.startsWith(prefix)); } catch (error) { return; }
    keys.forEach((one) => {
      const uuid = one.slice(prefix.length).replace(/-/g, "");
      if (known.includes(uuid) || !/^[0-9a-f]{32}$/.test(uuid)) return;
      let copy = null;
      try { copy = JSON.parse(localStorage.getItem(one)); } catch (error) { return; }
      const text = (copy.values.find((row) => ["title", "description", "caller_name"].includes(row[0]) && row[2]) || [])[2];
      if (!text) return;
      const row = find("template", box)[0].content.firstElementChild.cloneNode(true);
      row.querySelector(".band__name").textContent = text.slice(0, 40);
      row.querySelector(".band__side").textContent = new Date(copy.at + 8 * 3600 * 1000).toISOString().slice(11, 19);
      row.querySelector("a").href += `${uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}/`;
      find("ul", box)[0].appendChild(row);
      box.hidden = false;
    });
  }

  form.addEventListener("change", (event) => { if (event.target.name === "secret") guardSecret(); });
  form.addEventListener("input", onTyping);
  form.addEventListener("change", onTyping);
  form.addEventListener("submit", () => { clearTimeout(timer); });
  window.addEventListener("online", () => { if (status.dataset.state === "unsaved") later(0); });
  find("form[data-drop-draft]").forEach((drop) => drop.addEventListener("submit", () => {
    try { localStorage.removeItem(`yec-draft:${document.body.dataset.user}:${form.dataset.draft}`); } catch (error) { /* none kept */ }
  }));
  guardSecret();
  showLocal();
  // What app.js put back from this browser is newer than what the server has: send it.
  if (form.querySelector("[data-draft-note]")) later(0);
})();
