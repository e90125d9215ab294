/* The slider over a record's moments: it moves the choice while it is dragged and asks for it when it is let go. */
(function () {
  "use strict";

  document.querySelectorAll("[data-as-of]").forEach((form) => {
    const slider = form.querySelector("[data-as-of-slider]");
    const choice = form.querySelector("select");
    const before = choice.options.length - 1 - Number(slider.max); // a moment between two stands first
    slider.hidden = false;
    const words = () => slider.setAttribute("aria-valuetext", choice.options[choice.selectedIndex].text);
    slider.addEventListener("input", () => {
      choice.selectedIndex = Number(slider.value) + before;
      words();
    });
    const go = () => (form.requestSubmit ? form.requestSubmit() : form.submit());
    slider.addEventListener("change", go);
    choice.addEventListener("change", go);
    words();
  });
})();
