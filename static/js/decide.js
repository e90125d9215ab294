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

  document.querySelectorAll("form[data-decision]").forEach((form) => {
    const button = form.querySelector("button[type=submit]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      note.hidden = true;
      reachable().then((there) => {
        button.disabled = false;
        if (there) {
          form.submit();
          button.disabled = true;
          return;
        }
        note.hidden = false;
        note.scrollIntoView({ block: "center" });
      });
    });
  });
  // Put back from the browser's cache: the buttons work again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-decision] button[type=submit]").forEach((one) => { one.disabled = false; });
  });
})();
