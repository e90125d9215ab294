(function () {
  "use strict";
  var box = document.getElementById("find"), input = document.getElementById("q"), said = document.getElementById("said");
  var units = Array.prototype.slice.call(document.querySelectorAll("[data-words]"));
  function show() {
    var typed = input.value.toLowerCase().replace(/[\s-]+/g, ""), count = 0;
    // Pinyin initials: from three letters on some may be left out, as on the server.
    var initials = /^[a-z]{3,}$/.test(typed) ? new RegExp(typed.split("").join("[a-z]*")) : null;
    units.forEach(function (unit) {
      var words = unit.getAttribute("data-words");
      var found = !typed || words.indexOf(typed) >= 0 || (initials !== null && initials.test(words));
      unit.hidden = !found;
      if (found) { count += 1; }
    });
    said.textContent = typed ? "找到 " + count + " 个单位" : "";
  }
  input.addEventListener("input", show);
  box.hidden = false;
})();
