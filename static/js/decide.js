/* A decision that did not leave this device says so: the server is asked first, then the form is sent as it stands.
   Without this script the form works all the same, and the browser's own page tells of a lost line. */
(function () {
  "use strict";

  const PATIENCE = 6000;
  const note = document.querySelector("[data-undelivered]");
  if (!window.fetch || !note) return;

  function reachable() {
    const stop = window.AbortController ? new AbortController() : null;
    const timer = setTimeout(() => stop && stop.abort(), PATIENCE);
    return fetch("/healthz", { method: "HEAD", cache: "no-store", credentials: "same-origin", signal: stop ? stop.signal : undefined })
      .then((answer) => { clearTimeout(timer); return answer.ok; })
      .catch(() => { clearTimeout(timer); return false; });
  }

  // The guard of app.js has marked the form as sent; nothing was, so a second try is allowed at once.
  function giveBack(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => {
      button.removeAttribute("aria-busy");
      if (button.dataset.words) button.textContent = button.dataset.words;
    });
  }

  document.querySelectorAll("form[data-decision]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      note.hidden = true;
      reachable().then((there) => {
        delete form.dataset.asking;
        if (there) {
          form.submit();
          return;
        }
        giveBack(form);
        note.hidden = false;
        note.scrollIntoView({ block: "center" });
      });
    });
  });
})();
