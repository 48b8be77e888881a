// The viewer of a notebook: slices of the dose with outlines, and the report's DVH beside them.

const LAYOUT = { axial: [2, 0, 1, 1], coronal: [1, 0, 2, -1], sagittal: [0, 1, 2, -1] };

function render({ model, el }) {
  const meta = model.get("meta"), view = model.get("volume");
  const dose = new Uint16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const [nz, ny, nx] = meta.shape, sizes = [nx, ny, nz];
  const state = { plane: "axial", index: {}, low: meta.faint_gy, high: meta.highest_gy, outlines: {}, images: {},
    opacity: meta.image ? 0.4 : 0.85, level: meta.image && meta.image.level, width: meta.image && meta.image.width };
  for (const [name, [normal]] of Object.entries(LAYOUT)) state.index[name] = meta.start[normal];
  const say = meta.words;

  const root = document.createElement("div");
  root.className = "hepadose-view";
  root.innerHTML = model.get("dvh_html");
  const side = root.querySelector(".dvh");
  const panel = document.createElement("div");
  panel.className = "plane";
  const canvas = document.createElement("canvas");
  canvas.width = 560;
  canvas.height = 440;
  canvas.setAttribute("role", "img");
  canvas.tabIndex = 0;
  const status = document.createElement("div");
  status.setAttribute("aria-live", "polite");
  status.dataset.status = "";
  const controls = document.createElement("div");
  controls.className = "controls";
  panel.append(canvas, status, controls);
  for (const text of [meta.image_missing, ...(meta.image ? meta.image.warnings : [])]) {
    if (!text) continue;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = text;
    panel.append(note);
  }
  root.prepend(panel);

  function control(label, element) {
    const holder = document.createElement("label");
    holder.append(label + " ", element);
    controls.append(holder);
    return element;
  }
  function input(type, label, values) {
    const element = document.createElement("input");
    element.type = type;
    Object.assign(element, values);
    return control(label, element);
  }
  const chooser = document.createElement("select");
  for (const name of Object.keys(LAYOUT)) chooser.add(new Option(say[name], name));
  control(say.plane, chooser);
  const slice = input("range", say.slice, { min: 0, step: 1 });
  const low = input("number", say.from, { min: 0, step: "any", value: state.low });
  const high = input("number", say.window, { min: 0, step: "any", value: state.high });
  const opacity = input("range", say.opacity, { min: 0, max: 1, step: 0.05, value: state.opacity });
  const grey = (name) => meta.image
    && input("number", `${say[name]} ${meta.image.unit}`.trim(), { step: "any", value: state[name] });
  const level = grey("level"), width = grey("width");
  const boxes = [...root.querySelectorAll("input[data-curve]")];
  const show = side && side.querySelector("svg") ? attachDvh(side, model.get("dvh_data")) : () => {};

  const at = (place) => dose[(place[2] * ny + place[1]) * nx + place[0]] * meta.step_gy;
  const edge = (axis, index) => meta.first_mm[axis] + (index - 0.5) * meta.size_mm[axis];
  let frame = null;

  // The slice of the CT or MR in grey, and clear where there is none.
  function greyOf(image) {
    const pixels = new ImageData(image.columns, image.rows), span = Math.max(state.width, 1e-6);
    for (let n = 0; n < image.values.length; n++) {
      const value = image.values[n];
      if (value === meta.image.none) continue;
      const shade = 255 * Math.min(Math.max((value - state.level) / span + 0.5, 0), 1);
      pixels.data.set([shade, shade, shade, 255], 4 * n);
    }
    return asCanvas(pixels);
  }
  function asCanvas(pixels) {
    const off = document.createElement("canvas");
    off.width = pixels.width;
    off.height = pixels.height;
    off.getContext("2d").putImageData(pixels, 0, 0);
    return off;
  }

  function draw() {
    const [normal, across, down, way] = LAYOUT[state.plane];
    const index = state.index[state.plane], columns = sizes[across], rows = sizes[down];
    const pixels = new ImageData(columns, rows), place = [0, 0, 0];
    place[normal] = index;
    for (let row = 0; row < rows; row++) {
      place[down] = way > 0 ? row : rows - 1 - row;
      for (let column = 0; column < columns; column++) {
        place[across] = column;
        const gray = at(place), offset = 4 * (row * columns + column);
        const share = Math.min(Math.max(gray / (state.high || 1), 0), 1), colour = meta.wash[Math.round(share * 255)];
        pixels.data.set(colour, offset);
        pixels.data[offset + 3] = gray >= state.low && gray > 0 ? 255 * state.opacity : 0;
      }
    }
    const off = asCanvas(pixels);
    const wide = columns * meta.size_mm[across], tall = rows * meta.size_mm[down];
    const scale = Math.min(canvas.width / wide, canvas.height / tall);
    const left = (canvas.width - wide * scale) / 2, top = (canvas.height - tall * scale) / 2;
    const x0 = edge(across, 0), y0 = way > 0 ? edge(down, 0) : edge(down, rows);
    const x = (u) => left + (u - x0) * scale, y = (v) => top + way * (v - y0) * scale;
    const ctx = canvas.getContext("2d");
    ctx.fillStyle = "#f3f4f6";
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    const image = state.images[state.plane + index];
    if (image) {
      const [u0, u1, v0, v1] = image.extent;
      ctx.drawImage(greyOf(image), x(u0), y(v0), x(u1) - x(u0), y(v1) - y(v0));
    }
    ctx.drawImage(off, left, top, wide * scale, tall * scale);
    const lines = state.outlines[state.plane + index];
    if (lines) {
      lines.forEach((rings, number) => {
        const box = boxes[meta.curve_of[number]];
        if (box && !box.checked) return;
        ctx.strokeStyle = meta.colours[number];
        ctx.lineWidth = 1.6;
        for (const ring of rings) {
          ctx.beginPath();
          ring.forEach(([u, v], n) => (n ? ctx.lineTo(x(u), y(v)) : ctx.moveTo(x(u), y(v))));
          ctx.stroke();
        }
      });
    } else model.send({ plane: state.plane, index });
    ctx.font = "bold 15px sans-serif";
    const write = (text, u, v, align) => {
      ctx.textAlign = align;
      ctx.lineWidth = 3;
      ctx.strokeStyle = "#fff";
      ctx.strokeText(text, u, v);
      ctx.fillStyle = "#000";
      ctx.fillText(text, u, v);
    };
    const [l, r, t, b] = meta.letters[state.plane];
    write(l, 12, canvas.height / 2, "center");
    write(r, canvas.width - 12, canvas.height / 2, "center");
    write(t, canvas.width / 2, 17, "center");
    write(b, canvas.width / 2, canvas.height - 6, "center");
    ctx.fillStyle = "#fff";
    ctx.fillRect(9, canvas.height - 13, 50 * scale + 2, 5);
    ctx.fillStyle = "#000";
    ctx.fillRect(10, canvas.height - 12, 50 * scale, 3);
    ctx.font = "12px sans-serif";
    write("50 mm", 10, canvas.height - 17, "left");
    const position = (meta.first_mm[normal] + index * meta.size_mm[normal]).toFixed(1);
    canvas.setAttribute("aria-label", `${say[state.plane]}, ${position} mm`);
    status.textContent = `${say[state.plane]}, ${position} mm (${meta.kind})`;
    slice.max = sizes[normal] - 1;
    slice.value = index;
    frame = { x0, y0, left, top, scale, way, normal, across, down, columns, rows };
  }

  function go(step) {
    const size = sizes[LAYOUT[state.plane][0]];
    state.index[state.plane] = Math.min(Math.max(state.index[state.plane] + step, 0), size - 1);
    draw();
  }
  chooser.addEventListener("change", () => { state.plane = chooser.value; draw(); });
  slice.addEventListener("input", () => { state.index[state.plane] = Number(slice.value); draw(); });
  low.addEventListener("change", () => { state.low = Number(low.value); draw(); });
  high.addEventListener("change", () => { state.high = Number(high.value); draw(); });
  opacity.addEventListener("input", () => { state.opacity = Number(opacity.value); draw(); });
  if (meta.image) {
    level.addEventListener("change", () => { state.level = Number(level.value); draw(); });
    width.addEventListener("change", () => { state.width = Number(width.value); draw(); });
  }
  boxes.forEach((box) => box.addEventListener("change", draw));
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); go(Math.sign(event.deltaY)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, PageUp: 10, ArrowDown: -1, PageDown: -10 }[event.key];
    if (step) { event.preventDefault(); go(step); }
  });
  canvas.addEventListener("pointermove", (event) => {
    const seen = canvas.getBoundingClientRect();
    const u = (event.clientX - seen.left) * canvas.width / seen.width - frame.left;
    const v = (event.clientY - seen.top) * canvas.height / seen.height - frame.top;
    const column = Math.floor(u / frame.scale / meta.size_mm[frame.across]);
    const row = Math.floor(v / frame.scale / meta.size_mm[frame.down]);
    if (column < 0 || row < 0 || column >= frame.columns || row >= frame.rows) return;
    const place = [0, 0, 0];
    place[frame.normal] = state.index[state.plane];
    place[frame.across] = column;
    place[frame.down] = frame.way > 0 ? row : frame.rows - 1 - row;
    const gray = at(place), where = place.map((n, axis) => (meta.first_mm[axis] + n * meta.size_mm[axis]).toFixed(1));
    status.textContent = `(${where.join(", ")}) mm: ${gray.toFixed(2)} Gy (${meta.kind})${greyAt(u, v)}`;
    show(gray);
  });
  // What the image holds at a place of the drawing, as text.
  function greyAt(u, v) {
    const image = state.images[state.plane + state.index[state.plane]];
    if (!image) return "";
    const [u0, u1, v0, v1] = image.extent, at = frame.x0 + u / frame.scale, over = frame.y0 + frame.way * v / frame.scale;
    const column = Math.floor((at - u0) / (u1 - u0) * image.columns);
    const row = Math.floor((over - v0) / (v1 - v0) * image.rows);
    const value = image.values[row * image.columns + column];
    if (column < 0 || column >= image.columns || value === undefined || value === meta.image.none) return "";
    return `, ${meta.image.modality} ${value} ${meta.image.unit}`.trimEnd();
  }
  const answer = (message, buffers) => {
    if (message.image) {
      const view = buffers[0], bytes = view.buffer ?? view, start = view.byteOffset ?? 0;
      const values = new Int16Array(bytes.slice(start, start + 2 * message.image.rows * message.image.columns));
      state.images[message.plane + message.index] = { ...message.image, values };
    }
    state.outlines[message.plane + message.index] = message.outlines;
    if (message.plane === state.plane && message.index === state.index[state.plane]) draw();
  };
  model.on("msg:custom", answer);
  el.append(root);
  draw();
  return () => model.off("msg:custom", answer);
}

export default { render };
