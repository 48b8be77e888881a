// Drawing that the report and the viewer share. Nothing is fetched, and text only ever becomes text.
"use strict";

// Volume in % that receives at least a dose, straight between the points of a thinned curve.
function volumeAt(curve, dose) {
  const d = curve.dose, v = curve.percent;
  if (!d.length || dose > d[d.length - 1]) return 0;
  if (dose <= d[0]) return v[0];
  let low = 0, high = d.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (d[middle] <= dose) low = middle; else high = middle;
  }
  const step = d[high] - d[low];
  return step > 0 ? v[low] + (v[high] - v[low]) * (dose - d[low]) / step : v[high];
}

// Makes the DVH drawing in `root` answer: a cursor by mouse or by its slider, and a box to show or hide each curve.
function attachDvh(root, data) {
  const svg = root.querySelector("svg"), slider = root.querySelector("input[type=range]");
  const said = root.querySelector("[data-said]"), box = data.box;
  const cursor = svg.querySelector("[data-cursor]"), line = cursor.querySelector("line");
  const dots = [...cursor.querySelectorAll("circle")], text = cursor.querySelector("text");
  const boxes = [...root.querySelectorAll("input[data-curve]")];
  const cells = [...root.querySelectorAll("[data-at]")];
  const shown = index => !boxes[index] || boxes[index].checked;
  const across = dose => box.left + (box.right - box.left) * dose / data.max_gy;
  const up = percent => box.bottom - (box.bottom - box.top) * percent / 100;

  function show(dose) {
    dose = Math.min(Math.max(dose, 0), data.max_gy);
    const x = across(dose);
    cursor.removeAttribute("display");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    text.textContent = dose.toFixed(2) + " Gy";
    text.setAttribute("x", x > (box.left + box.right) / 2 ? x - 5 : x + 5);
    text.setAttribute("text-anchor", x > (box.left + box.right) / 2 ? "end" : "start");
    data.curves.forEach((curve, index) => {
      const percent = volumeAt(curve, dose);
      dots[index].setAttribute("cx", x);
      dots[index].setAttribute("cy", up(percent));
      dots[index].setAttribute("visibility", shown(index) ? "visible" : "hidden");
      if (cells[index]) cells[index].textContent = percent.toFixed(1);
    });
    slider.value = dose;
    slider.setAttribute("aria-valuetext", dose.toFixed(2) + " Gy");
    if (said) said.textContent = dose.toFixed(2) + " Gy";
  }

  svg.addEventListener("pointermove", event => {
    const place = svg.getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width * box.width;
    show((x - box.left) / (box.right - box.left) * data.max_gy);
  });
  slider.addEventListener("input", () => show(Number(slider.value)));
  boxes.forEach((check, index) => check.addEventListener("change", () => {
    svg.querySelectorAll(`[data-line="${index}"]`).forEach(one => one.setAttribute("display", check.checked ? "inline" : "none"));
    show(Number(slider.value));
  }));
  show(Number(slider.value));
  return show;
}
