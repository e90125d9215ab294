/* One tap for «now» beside every time field. Without scripts the field is typed: 03:05 is enough. */
(function () {
  "use strict";

  const two = (number) => String(number).padStart(2, "0");

  // The server's time as Asia/Shanghai writes it, whatever the machine's own zone says.
  function stamp() {
    const shown = document.querySelector("[data-server-time]");
    const now = shown && shown.dataset.now ? new Date(Number(shown.dataset.now)) : new Date();
    const here = new Date(now.getTime() + 8 * 3600 * 1000);
    const day = `${here.getUTCFullYear()}-${two(here.getUTCMonth() + 1)}-${two(here.getUTCDate())}`;
    return `${day} ${two(here.getUTCHours())}:${two(here.getUTCMinutes())}`;
  }

  function wake(root) {
    const word = document.getElementById("t-now");
    root.querySelectorAll("input[data-now]:not([data-awake])").forEach((input) => {
      input.dataset.awake = "1";
      const row = document.createElement("div");
      row.className = "now-row";
      input.parentNode.insertBefore(row, input);
      row.appendChild(input);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-outline-secondary no-print";
      button.textContent = word ? word.content.textContent.trim() : "现在";
      button.addEventListener("click", () => {
        input.value = stamp();
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      row.appendChild(button);
    });
  }

  document.addEventListener("htmx:afterSettle", (event) => wake(event.target));
  wake(document);
})();
