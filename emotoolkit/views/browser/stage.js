// One view of the synced player: the medium, its timeline, the numbers at the cursor, and the messages.

const STEP = 1; // s of an arrow key
const MUCH = 200 * 1024 * 1024; // bytes: more does not come through the notebook's own connection
const DRAGGED = 4; // px
const HELP =
  "Space plays and pauses, the arrows move by a second, [ and ] set the selection's ends, f follows the replay, " +
  "+ and − zoom, 0 shows all, Escape selects nothing.";

class Stage {
  constructor({ model, root, calls, story, puller }) {
    Object.assign(this, { model, root, calls, story, puller, selection: null, selections: 0, follow: null });
    this.playhead = new Playhead(story.duration);
    this.cleanups = [];
    this.medium = { ready: false, refused: null, note: "" }; // refused: the file that this browser does not play
    this.seen = false;
    this.build();
    this.timeline = new Timeline(this.canvas, story);
    this.listen();
    this.frame = requestAnimationFrame(() => this.tick());
  }

  build() {
    const button = (text, title, act) => make("button", { type: "button", textContent: text, title, onclick: act });
    this.place = make("div");
    this.said = make("div", { className: "emo-said" });
    this.trouble = make("div", { className: "emo-trouble", role: "alert" });
    this.playButton = button("Play", "Play or pause (space)", () => this.toggle());
    this.followButton = button("Follow live", "Stay where the replay is (f)", () => this.setFollow(!this.follow));
    this.hereButton = button("Replay from here", "Send the recording again from the cursor on", () => this.replayFromHere());
    this.muteButton = button("Sound off", "Sound on or off", () => this.mute());
    this.time = make("span", { className: "emo-time" });
    this.chosenText = make("span", { className: "emo-chosen" });
    this.bar = make(
      "div",
      { className: "emo-bar", role: "toolbar", ariaLabel: "Playback" },
      this.playButton,
      this.followButton,
      this.hereButton,
      this.muteButton,
      button("+", "Zoom in (+)", () => this.zoom(0.5)),
      button("−", "Zoom out (-)", () => this.zoom(2)),
      button("All", "Show all (0)", () => this.showAll()),
      this.time,
      this.chosenText,
    );
    this.canvas = make("canvas");
    this.cursor = make("div", { className: "emo-cursor" });
    this.live = make("div", { className: "emo-live", title: "where the replay is" });
    this.brush = make("div", { className: "emo-brush", hidden: true });
    const clip = make("div", { className: "emo-clip" }, this.brush, this.live, this.cursor);
    this.axis = make("div", { className: "emo-axis", tabIndex: 0, role: "slider", title: "" }, this.canvas, clip);
    this.axis.setAttribute("aria-label", "Position in the recording");
    this.detail = make("div", { className: "emo-detail", role: "status" });
    this.numbers = make("div", { className: "emo-numbers" });
    this.numbersBox = make("details", {}, make("summary", { textContent: "Numbers at the cursor" }), this.numbers);
    this.messages = new Messages(this.story, (message) => this.goTo(message));
    this.messagesTitle = make("summary", { textContent: "Messages" });
    this.messagesBox = make("details", { open: true }, this.messagesTitle, this.messages.root);
    this.root.className = "emo-stage";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", `${this.model.get("label")}. ${HELP}`);
    this.root.setAttribute("data-lm-suppress-shortcuts", "true"); // the keys are ours, not JupyterLab's
    this.root.append(this.place, this.said, this.trouble, this.bar, this.axis, this.detail, this.numbersBox, this.messagesBox);
  }

  listen() {
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this.cleanups.push(() => target.removeEventListener(name, act, options));
    };
    on(this.root, "keydown", (event) => this.key(event));
    on(this.axis, "pointerdown", (event) => this.press(event));
    on(this.axis, "wheel", (event) => this.wheel(event), { passive: false });
    on(document, "visibilitychange", () => this.look());
    on(this.messagesBox, "toggle", () => this.messages.draw());
    on(this.numbersBox, "toggle", () => this.drawNumbers());
    const resized = new ResizeObserver(() => {
      const width = Math.max(320, this.axis.clientWidth);
      if (width === this.timeline.width) return; // it has become higher, by what was drawn
      this.timeline.width = width;
      this.changed();
    });
    resized.observe(this.axis);
    const crossed = new IntersectionObserver((entries) => {
      this.inSight = entries.at(-1).isIntersecting;
      this.look();
    });
    crossed.observe(this.root);
    this.cleanups.push(() => resized.disconnect(), () => crossed.disconnect());
  }

  // Nothing is asked for and nothing drawn while nobody can see it.
  look() {
    this.seen = Boolean(this.inSight) && !document.hidden;
    this.puller.look(this, this.seen);
    if (this.seen) this.changed();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.puller.look(this, false);
    this.cleanups.forEach((cleanup) => cleanup());
    clearTimeout(this.waveTimer);
    this.closed = true;
    this.dropMedium();
    this.playhead.pause();
  }

  // Something new came, or the view changed.
  changed() {
    const { story } = this;
    if (!story.now) {
      say(this.trouble, story.trouble);
      return;
    }
    this.playhead.duration = story.duration;
    if (this.follow === null) this.follow = story.under;
    if (this.follow && story.now.live && story.now.state === "ended") {
      this.follow = false;
      this.playhead.pause();
      this.playhead.rate = 1;
    }
    this.takeMedium();
    if (story.now.selections > this.selections && !this.dragging) {
      this.selections = story.now.selections;
      this.selection = story.now.selection && { start: story.now.selection[0], end: story.now.selection[1] };
    }
    if (this.waveAsked === undefined) {
      this.timeline.all();
      this.askWave();
    }
    this.redraw();
  }

  redraw() {
    if (!this.seen || !this.story.now) return;
    this.timeline.draw();
    this.drawBar();
    this.drawBrush();
    this.messages.update();
    this.drawNumbers();
  }

  // --- the medium

  takeMedium() {
    const told = this.story.now.medium;
    const sources = Object.values(this.story.now.sources);
    say(this.said, [told.said, this.medium.note, ...new Set(sources)].filter(Boolean).join(" · "));
    if (!told.ready && this.medium.ready) this.dropMedium();
    if (told.ready && !this.medium.ready && this.medium.refused !== named(told)) {
      this.medium = { ...this.medium, ready: true, note: "" };
      this.loadMedium(told).catch((problem) => {
        this.medium.note = problem.message;
      });
    }
  }

  async loadMedium(told) {
    const element = make(told.kind, { preload: "auto", playsInline: true });
    if (told.kind === "video") element.setAttribute("aria-label", `Pictures of ${this.story.now.title}`);
    element.addEventListener("error", () => this.unplayable(element, told));
    for (const name of ["play", "pause", "ended", "volumechange"]) element.addEventListener(name, () => this.drawBar());
    this.element = element;
    this.place.replaceChildren(element);
    if (this.calls.byComm) {
      const blob = await this.fetchMedium(told, element);
      if (!blob) return;
      element.src = this.blob = URL.createObjectURL(blob);
    } else {
      element.src = `${this.calls.url}/medium`;
    }
    this.playhead.attach(element);
  }

  // In pieces, each asked for when the last one is here; null where it is not wanted any more, or cannot come.
  async fetchMedium(told, element) {
    if (told.bytes > MUCH) {
      this.medium.note = "The file is too large to come through the notebook's connection.";
      return null;
    }
    const pieces = [];
    for (let from = 0; from < told.bytes; ) {
      const { answer, data } = await this.calls.ask({ do: "chunk", from });
      if (element !== this.element) return null;
      if (answer.error || !answer.bytes) throw new Error(answer.error ?? "The file ended before its end.");
      pieces.push(data);
      from += answer.bytes;
      say(this.time, `loading, ${Math.round((100 * from) / told.bytes)} %`);
    }
    return new Blob(pieces, { type: told.type });
  }

  // The file itself gives way to a preview, once; where that is not played either, there is none.
  unplayable(element, told) {
    if (element !== this.element || !element.getAttribute("src")) return;
    const first = this.medium.refused === null;
    this.dropMedium();
    this.medium = { ...this.medium, refused: named(told), note: "This browser does not play it." };
    if (first) this.command({ do: "preview", why: "This browser does not play the file" });
  }

  // Without a source, and told so, an element lets go of its connection and its memory.
  dropMedium() {
    const { element } = this;
    if (element) this.playhead.detach();
    this.element = null;
    this.place.replaceChildren();
    if (element) {
      element.pause();
      element.removeAttribute("src");
      element.load();
    }
    if (this.blob) URL.revokeObjectURL(this.blob);
    this.blob = null;
    this.medium = { ...this.medium, ready: false };
  }

  mute() {
    if (this.element) this.element.muted = !this.element.muted;
    this.drawBar();
  }

  // --- playing

  async command(call) {
    try {
      const { answer } = await this.calls.steer(call, this.story.now?.door);
      say(this.detail, answer.error ?? "");
      if (answer.now) this.story.be({ ...this.story.now, ...answer.now });
    } catch (problem) {
      this.story.trouble = problem.message;
    }
    this.changed();
  }

  toggle() {
    const { story } = this;
    if (this.follow && story.under) {
      if (!this.usable) return;
      const name = ["opening", "playing"].includes(story.now.state) ? "pause" : "play";
      if (name === "pause") {
        story.be({ ...story.now, position: story.position(), state: "paused" }); // shows at once
        this.playhead.pause();
      }
      this.drawBar();
      this.command({ do: name });
    } else if (this.playhead.playing) {
      this.playhead.pause();
    } else {
      if (this.playhead.time >= this.story.duration - 0.05) this.playhead.seek(0);
      this.playhead.rate = 1;
      this.playhead.play();
    }
    this.drawBar();
  }

  // What happens now can be started, but neither held nor sent again.
  get usable() {
    const { now, under } = this.story;
    return !(this.follow && under) || now.steered || now.state === "ready";
  }

  setFollow(follow) {
    this.follow = follow && this.story.under;
    if (!this.follow) this.playhead.rate = 1;
    this.drawBar();
  }

  scrub(moment) {
    this.setFollow(false);
    this.playhead.seek(moment);
    this.drawCursor();
    this.drawNumbers();
  }

  replayFromHere() {
    const to = this.playhead.time;
    this.setFollow(true);
    this.command({ do: "seek", to });
  }

  goTo(one) {
    const moment = one.start ?? one.end;
    if (moment !== null && moment !== undefined) this.scrub(moment);
    say(this.detail, described(one));
  }

  // --- the timeline

  zoom(factor) {
    this.timeline.zoom(factor, this.playhead.time);
    this.moved();
  }

  showAll() {
    this.timeline.all();
    this.moved();
  }

  moved() {
    this.redraw();
    this.drawCursor();
    clearTimeout(this.waveTimer);
    this.waveTimer = setTimeout(() => this.askWave(), 150);
  }

  async askWave() {
    const { from, to } = this.timeline.view;
    this.waveAsked = `${from}-${to}`;
    const asked = this.waveAsked;
    const points = Math.min(Math.max(200, this.timeline.width), 4000);
    try {
      const { answer } = await this.calls.ask({ do: "waveform", start: from, end: to, points: Math.round(points) });
      if (answer.low?.length && asked === this.waveAsked) this.story.waveform = { ...answer, loudest: loudest(answer) };
      this.redraw();
    } catch (problem) {
      this.story.trouble = problem.message;
    }
  }

  press(event) {
    if (event.button !== 0) return;
    const at = (one) => one.clientX - this.axis.getBoundingClientRect().left;
    const begin = { x: at(event), y: event.clientY - this.axis.getBoundingClientRect().top };
    if (begin.x < GUTTER) return;
    this.axis.focus({ preventScroll: true });
    const ruler = begin.y < RULER && !this.timeline.hit(begin.x, begin.y);
    this.axis.setPointerCapture(event.pointerId);
    if (ruler) this.scrub(this.timeline.moment(begin.x));
    const move = (moved) => {
      const x = at(moved);
      if (ruler) this.scrub(this.timeline.moment(x));
      else if (this.dragging || Math.abs(x - begin.x) > DRAGGED) {
        this.dragging = true;
        const ends = [this.timeline.moment(begin.x), this.timeline.moment(x)].sort((a, b) => a - b);
        this.selection = { start: ends[0], end: ends[1] };
        this.drawBrush();
      }
    };
    const over = (ended) => {
      const handlers = { pointermove: move, pointerup: over, pointercancel: over };
      for (const [name, handler] of Object.entries(handlers)) this.axis.removeEventListener(name, handler);
      if (this.dragging) this.select(this.selection);
      else if (!ruler && ended.type === "pointerup") this.click(begin);
      this.dragging = false;
    };
    this.axis.addEventListener("pointermove", move);
    this.axis.addEventListener("pointerup", over);
    this.axis.addEventListener("pointercancel", over); // the browser scrolls instead
    event.preventDefault();
  }

  click({ x, y }) {
    const one = this.timeline.hit(x, y);
    if (one) this.goTo(one);
    else this.scrub(this.timeline.moment(x));
  }

  wheel(event) {
    const x = event.clientX - this.axis.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) this.timeline.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeline.moment(x));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.timeline.pan(event.deltaX / 1000);
    else if (event.shiftKey) this.timeline.pan(event.deltaY / 1000);
    else return;
    event.preventDefault();
    this.moved();
  }

  async select(selection) {
    this.selection = selection;
    this.drawBrush();
    const ends = selection ? { start: selection.start, end: selection.end } : {};
    try {
      const { answer } = await this.calls.ask({ do: "select", ...ends });
      this.selections = Math.max(this.selections, answer.selections ?? 0);
    } catch (problem) {
      this.story.trouble = problem.message;
    }
  }

  selectTo(side) {
    const at = this.playhead.time;
    const { start, end } = this.selection ?? { start: 0, end: this.story.duration };
    const chosen = side === "start" ? { start: at, end: Math.max(at, end) } : { start: Math.min(start, at), end: at };
    this.select(chosen);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, summary")) return;
    const onButton = event.target.matches("button");
    const keys = {
      " ": () => this.toggle(),
      ArrowLeft: () => (event.shiftKey ? this.panned(-0.2) : this.scrub(this.playhead.time - STEP)),
      ArrowRight: () => (event.shiftKey ? this.panned(0.2) : this.scrub(this.playhead.time + STEP)),
      ...(event.target === this.axis && {
        ArrowDown: () => this.scrub(this.playhead.time - STEP),
        ArrowUp: () => this.scrub(this.playhead.time + STEP),
      }),
      Home: () => this.scrub(0),
      End: () => this.scrub(this.story.duration),
      "[": () => this.selectTo("start"),
      "]": () => this.selectTo("end"),
      f: () => this.setFollow(!this.follow),
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.showAll(),
      Escape: () => this.select(null),
    };
    const act = keys[event.key];
    if (!act || (onButton && event.key === " ")) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  panned(share) {
    this.timeline.pan(share);
    this.moved();
  }

  // --- what moves

  tick() {
    if (this.closed) return;
    if (this.story.now) {
      if (this.follow && this.story.under) this.playhead.follow(this.story);
      if (this.seen) this.drawCursor();
    }
    this.frame = requestAnimationFrame(() => this.tick());
  }

  drawCursor() {
    const [time, position] = [this.playhead.time, this.story.position()];
    this.cursor.style.transform = `translateX(${this.timeline.x(time) - GUTTER}px)`;
    this.live.style.transform = `translateX(${this.timeline.x(position) - GUTTER}px)`;
    this.live.hidden = !this.story.under || this.follow;
    this.axis.ariaValueMin = "0";
    this.axis.ariaValueMax = this.story.duration.toFixed(1);
    this.axis.ariaValueNow = time.toFixed(2);
    const text = `${clock(time, 1)} of ${clock(this.story.duration)}`;
    if (this.axis.ariaValueText !== text) {
      this.axis.ariaValueText = text;
      say(this.time, this.follow && this.story.under ? `${text} · live` : text);
      if (this.numbersBox.open) this.drawNumbers();
    }
  }

  drawBar() {
    const { story, playButton } = this;
    if (!story.now) return;
    const live = this.follow && story.under;
    const playing = live ? ["opening", "playing"].includes(story.now.state) : this.playhead.playing;
    const words = live && story.now.state === "ready" ? "Start" : "Play";
    say(playButton, playing ? "Pause" : words);
    this.root.dataset.state = story.now.state;
    this.root.dataset.door = story.now.door ? "open" : "";
    this.followButton.ariaPressed = String(Boolean(live));
    playButton.hidden = !this.usable;
    this.followButton.hidden = !story.under;
    this.hereButton.hidden = !story.under || !story.now.steered;
    this.muteButton.hidden = !this.element;
    say(this.muteButton, this.element?.muted ? "Sound on" : "Sound off");
    say(this.trouble, [...story.now.failures, story.trouble].filter(Boolean).join("\n"));
    say(this.messagesTitle, `Messages: ${story.messages.length}`);
  }

  drawBrush() {
    this.brush.hidden = !this.selection;
    const { start, end } = this.selection ?? {};
    say(this.chosenText, this.selection ? `selected ${clock(start, 2)} – ${clock(end, 2)}` : "");
    if (!this.selection) return;
    this.brush.style.left = `${this.timeline.x(start) - GUTTER}px`;
    this.brush.style.width = `${Math.max(1, this.timeline.x(end) - this.timeline.x(start))}px`;
  }

  // The numbers at the cursor, each with a box that puts it on the timeline.
  drawNumbers() {
    if (!this.numbersBox.open || !this.story.now) return;
    const lanes = this.story.lanes.filter((lane) => lane.sort === "parameter" || lane.sort === "score");
    const shown = this.timeline.chosen ?? this.timeline.usual();
    while (this.numbers.children.length < lanes.length) this.numbers.append(this.numberLine(lanes[this.numbers.children.length]));
    lanes.forEach((lane, n) => {
      const value = this.story.valueAt(lane.number, this.playhead.time);
      const [box, , output] = this.numbers.children[n].children;
      say(output, value === null ? "–" : `${shortNumber(value)} ${lane.unit.length < 12 ? lane.unit : ""}`);
      box.checked = shown.has(lane.number);
    });
  }

  numberLine(lane) {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      const chosen = new Set(this.timeline.chosen ?? this.timeline.usual());
      if (box.checked) chosen.add(lane.number);
      else chosen.delete(lane.number);
      this.timeline.chosen = chosen;
      this.redraw();
    });
    const unit = lane.unit ? ` (${lane.unit})` : "";
    return make("label", { title: lane.name + unit }, box, make("span", { textContent: lane.name }), make("output"));
  }
}

// Which of the files that one recording can be played from this is.
function named(told) {
  return `${told.type}, ${told.bytes} bytes`;
}

function loudest({ low, high }) {
  return low.reduce((most, each, n) => Math.max(most, -each, high[n]), 0.01);
}

function described(one) {
  const times = [one.start, one.end].filter((each) => each !== null && each !== undefined).map((each) => clock(each, 1));
  const strength = { 0.33: "low", 0.67: "medium", 1: "high" }[Number((one.strength ?? 0).toFixed(2))];
  const probable = strength && one.lane !== undefined && one.label ? `${strength} probability` : "";
  return [one.label ?? one.name ?? one.sort, probable, times.join("–"), one.text].filter(Boolean).join(" · ");
}

export default () => {
  const story = new Story();
  const stages = new Set();
  let calls = null;
  let puller = null;
  return {
    initialize({ model }) {
      calls = new Calls(model);
      puller = new Puller(calls, story, () => stages.forEach((stage) => stage.changed()));
      return () => {
        puller.closed = true;
        calls.close();
      };
    },
    render({ model, el }) {
      const root = make("div");
      el.append(root);
      const stage = new Stage({ model, root, calls, story, puller });
      stages.add(stage);
      return () => {
        stages.delete(stage);
        stage.close();
      };
    },
  };
};
