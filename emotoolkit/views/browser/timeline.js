// The timeline: lanes over media time, drawn on a canvas when something changed. The cursor is not drawn here.

const RULER = 22;
const GUTTER = 150;
const ROW = { wave: 44, parameter: 46, score: 46, signal: 17, state: 20 };
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
const HALF = 0.5; // px: what is narrower cannot be seen
const THINNEST = 2; // px of a bar
const CLOSEST = 0.5; // s over the whole width

function clock(seconds, digits = 0) {
  const scale = 10 ** digits;
  const whole = Math.round(seconds * scale);
  const parts = [Math.floor(whole / scale / 3600), Math.floor(whole / scale / 60) % 60, (whole / scale) % 60];
  const rest = parts[2].toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return parts[0] ? `${parts[0]}:${String(parts[1]).padStart(2, "0")}:${rest}` : `${parts[1]}:${rest}`;
}

class Timeline {
  constructor(canvas, story) {
    Object.assign(this, { canvas, story, width: 600, height: 100, rows: [], boxes: [], chosen: null });
    this.view = { from: 0, to: story.duration };
    this.whole = true;
  }

  x(moment) {
    return GUTTER + ((moment - this.view.from) / (this.view.to - this.view.from)) * (this.width - GUTTER);
  }

  moment(x) {
    const share = (x - GUTTER) / (this.width - GUTTER);
    return this.view.from + Math.min(Math.max(share, 0), 1) * (this.view.to - this.view.from);
  }

  zoom(factor, around) {
    const { from, to } = this.view;
    const length = Math.min(Math.max((to - from) * factor, CLOSEST), this.end());
    this.show(around - ((around - from) / (to - from)) * length, length);
  }

  pan(share) {
    const length = this.view.to - this.view.from;
    this.show(this.view.from + share * length, length);
  }

  all() {
    this.show(0, this.end());
  }

  show(from, length) {
    const end = this.end();
    const start = Math.min(Math.max(from, 0), Math.max(0, end - length));
    this.view = { from: start, to: start + length };
    this.whole = length >= end - 1e-6;
  }

  // Events may lie past the medium's end: the axis goes as far as they do.
  end() {
    return Math.max(this.story.duration, this.story.last);
  }

  // The lanes that are drawn unless the reader chose others: the usual ones first, as far as they vary.
  usual() {
    const rank = (lane) => (this.story.now.first.indexOf(lane.label) + 1 || 1000);
    const numbers = this.story.lanes.filter((lane) => lane.sort === "parameter").sort((a, b) => rank(a) - rank(b));
    const varying = numbers.filter((lane) => {
      const [low, high] = this.story.ranges.get(lane.number) ?? [0, 0];
      return low < high;
    });
    const scores = this.story.lanes.filter((lane) => lane.sort === "score" && lane.label === "quality_index");
    return new Set([...(varying.length ? varying : numbers).slice(0, 4), ...scores].map((lane) => lane.number));
  }

  layout() {
    const shown = this.chosen ?? this.usual();
    const rows = this.story.waveform ? [{ sort: "wave", label: "sound", height: ROW.wave }] : [];
    const of = (sort) => this.story.lanes.filter((lane) => lane.sort === sort);
    for (const lane of of("parameter")) if (shown.has(lane.number)) rows.push({ sort: "parameter", lane, height: ROW.parameter });
    const byName = of("signal").sort((a, b) => a.label.localeCompare(b.label));
    for (const lane of byName) {
      const packed = pack([...this.story.spans.get(lane.number).values()]);
      rows.push({ sort: "signal", lane, packed, height: ROW.signal * packed.lanes });
    }
    for (const lane of of("state")) rows.push({ sort: "state", lane, height: ROW.state });
    for (const lane of of("score")) if (shown.has(lane.number)) rows.push({ sort: "score", lane, height: ROW.score });
    let y = RULER;
    for (const row of rows) {
      row.y = y;
      y += row.height + 4;
    }
    this.rows = rows;
    this.height = Math.max(y + (this.story.marks.length ? 14 : 4), RULER + 40);
  }

  draw() {
    if (this.whole) this.view = { from: 0, to: this.end() };
    this.layout();
    const ratio = window.devicePixelRatio || 1;
    const pen = this.blank(ratio);
    pen.font = "11px system-ui, sans-serif";
    this.ink = getComputedStyle(this.canvas).color;
    this.boxes = [];
    this.drawRuler(pen);
    for (const row of this.rows) {
      this.drawLabel(pen, row);
      pen.save();
      pen.beginPath();
      pen.rect(GUTTER, row.y - 1, this.width - GUTTER, row.height + 3);
      pen.clip();
      if (row.sort === "wave") this.drawWave(pen, row);
      else if (row.sort === "signal" || row.sort === "state") this.drawSpans(pen, row);
      else this.drawLine(pen, row);
      pen.restore();
    }
    this.drawMarks(pen);
    if (this.rows.length === 0) {
      pen.fillStyle = this.ink;
      pen.fillText(this.story.under ? "Nothing was answered yet." : "Nothing was answered.", GUTTER + 8, RULER + 20);
    }
  }

  // An empty canvas of the right size. A new size costs its memory anew, so it is given only where it differs.
  blank(ratio) {
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.style.height = `${this.height}px`;
      Object.assign(this.canvas, { width, height });
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.scale(ratio, ratio);
    return pen;
  }

  drawRuler(pen) {
    const length = this.view.to - this.view.from;
    const most = Math.max(2, (this.width - GUTTER) / 90);
    const step = TICKS.find((tick) => length / tick <= most) ?? length / most;
    pen.fillStyle = pen.strokeStyle = this.ink;
    for (let n = Math.ceil(this.view.from / step - 1e-9); n * step <= this.view.to + 1e-9; n++) {
      const x = this.x(n * step);
      pen.globalAlpha = 0.15;
      pen.fillRect(x, RULER - 4, 1, this.height);
      pen.globalAlpha = 1;
      const text = clock(n * step, step < 1 ? 1 : 0);
      pen.fillText(text, Math.min(x + 3, this.width - pen.measureText(text).width), 12);
    }
  }

  drawLabel(pen, row) {
    pen.fillStyle = this.ink;
    const name = row.lane ? row.lane.name : row.label;
    const isLine = row.sort === "parameter" || row.sort === "score";
    pen.fillText(fitted(pen, name, isLine ? GUTTER - 70 : GUTTER - 26), 16, row.y + Math.min(row.height, 24) / 2 + 4);
    if (isLine) this.drawScale(pen, row);
    if (row.lane && row.sort !== "state") {
      pen.fillStyle = row.lane.colour;
      pen.fillRect(2, row.y + Math.min(row.height, 24) / 2 - 4, 9, 9);
    }
  }

  // The lowest and the highest value of a line, left of it.
  drawScale(pen, row) {
    const [low, high] = this.story.ranges.get(row.lane.number) ?? [0, 1];
    pen.textAlign = "right";
    pen.globalAlpha = 0.8;
    pen.fillText(shortNumber(high), GUTTER - 4, row.y + 9);
    pen.fillText(shortNumber(low), GUTTER - 4, row.y + row.height - 1);
    pen.globalAlpha = 1;
    pen.textAlign = "left";
  }

  drawWave(pen, row) {
    const { start, end, low, high, loudest } = this.story.waveform;
    const middle = row.y + row.height / 2;
    pen.fillStyle = this.ink;
    pen.globalAlpha = 0.55;
    const step = (end - start) / low.length;
    const width = Math.max(1, this.x(start + step) - this.x(start));
    pen.beginPath();
    low.forEach((each, n) => {
      const top = middle - (high[n] / loudest) * (row.height / 2);
      pen.rect(this.x(start + n * step), top, width, Math.max(0.5, middle - (each / loudest) * (row.height / 2) - top));
    });
    pen.fill();
    pen.globalAlpha = 1;
  }

  drawSpans(pen, row) {
    const drawn = []; // lane of the row -> where its last bar ends
    for (const one of this.story.spans.get(row.lane.number)?.values() ?? []) {
      const [x, right] = [this.x(one.start), this.x(one.end ?? Math.max(this.story.position(), one.start))];
      if (right < GUTTER || x > this.width) continue;
      const width = Math.max(right - x, THINNEST);
      const lane = row.packed?.of.get(one.number) ?? 0;
      if (width === THINNEST && Math.abs(x + width - (drawn[lane] ?? -Infinity)) < HALF) continue; // it lies on the last
      drawn[lane] = x + width;
      const y = row.y + ROW.signal * lane;
      const height = row.sort === "state" ? row.height - 2 : ROW.signal - 4;
      pen.fillStyle = pen.strokeStyle = one.colour;
      pen.globalAlpha = one.strength === null ? 0 : 0.25 + 0.75 * one.strength;
      pen.fillRect(x, y, width, height);
      pen.globalAlpha = 1;
      pen.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), height - 1);
      if (one.end === null || !one.closed) this.drawOpenEnd(pen, x + width, y, height);
      if (row.sort === "state" && width > 40) {
        const [word, begin] = [fitted(pen, one.label, width - 8), Math.max(x, GUTTER) + 4];
        pen.fillStyle = readable(one.colour);
        pen.fillText(word, begin, y + 13);
      }
      this.boxes.push({ x, y, width, height, one });
    }
  }

  // No end came: the bar is pointed.
  drawOpenEnd(pen, x, y, height) {
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + 5, y + height / 2);
    pen.lineTo(x, y + height);
    pen.fill();
  }

  drawLine(pen, row) {
    const values = this.story.values.get(row.lane.number) ?? [];
    const [low, high] = this.story.ranges.get(row.lane.number) ?? [0, 1];
    const y = (value) => row.y + row.height - 3 - ((value - low) / (high - low || 1)) * (row.height - 8);
    pen.strokeStyle = row.lane.colour;
    pen.lineWidth = 2;
    for (const channel of [0, 1]) {
      pen.setLineDash(channel ? [4, 3] : []);
      pen.beginPath();
      let [last, drawn] = [null, -Infinity];
      for (const each of values) {
        if (each.channel !== channel || each.end < this.view.from || each.start > this.view.to) continue;
        const [x, right] = [this.x(each.start), this.x(each.end)];
        if (right - drawn < HALF) continue;
        if (last !== null && Math.abs(each.start - last) < 0.001) pen.lineTo(x, y(each.value));
        else pen.moveTo(x, y(each.value));
        pen.lineTo(Math.max(right, x + 1), y(each.value));
        [last, drawn] = [each.end, right];
      }
      pen.stroke();
    }
    pen.setLineDash([]);
    pen.lineWidth = 1;
    pen.globalAlpha = 1;
  }

  drawMarks(pen) {
    const widths = new Map();
    const drawn = new Map(); // kind -> where its last sign stands
    for (const mark of this.story.marks) {
      const [x, right] = [this.x(mark.start), this.x(mark.end)];
      if (right < GUTTER || x > this.width) continue;
      const moment = mark.start === mark.end;
      if (moment && Math.abs(x - (drawn.get(mark.sort) ?? -Infinity)) < HALF) continue; // it lies on the last
      if (moment) drawn.set(mark.sort, x);
      pen.fillStyle = this.ink;
      pen.globalAlpha = 0.12;
      pen.fillRect(x, RULER, Math.max(right - x, 1), this.height - RULER);
      pen.globalAlpha = 1;
      if (!widths.has(mark.sort)) widths.set(mark.sort, pen.measureText(mark.sort).width);
      const width = widths.get(mark.sort);
      const left = Math.min(x, this.width - width);
      pen.fillText(mark.sort, left, this.height - 2);
      this.boxes.push({ x: left, y: this.height - 14, width: Math.max(right - x, width), height: 14, one: mark });
    }
  }

  // What is under the pointer, if anything.
  hit(x, y) {
    const at = this.boxes.findLast((b) => x >= b.x - 1 && x <= b.x + b.width + 1 && y >= b.y && y <= b.y + b.height);
    return at?.one ?? null;
  }
}

// Side by side where they overlap, as few lanes as there can be.
function pack(spans) {
  const free = [];
  const of = new Map();
  for (const one of spans.sort((a, b) => a.start - b.start)) {
    let lane = free.findIndex((since) => since <= one.start);
    if (lane < 0) lane = free.length;
    free[lane] = Math.max(one.end ?? Infinity, one.start + 1e-9);
    of.set(one.number, lane);
  }
  return { of, lanes: Math.max(1, free.length) };
}

function shortNumber(value) {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let kept = [...text].slice(0, Math.ceil(width / 4));
  while (kept.length && pen.measureText(`${kept.join("")}…`).width > width) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}

// Black or white, whichever stands out more from a colour.
function readable(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}
