// All messages in a list of which only the lines in sight exist: ten thousand cost no more than ten.

const LINE = 20;

class Messages {
  constructor(story, chosen) {
    this.story = story;
    this.root = make("div", { className: "emo-messages", tabIndex: 0, role: "table", ariaLabel: "Messages of the servers" });
    this.tall = make("div", { className: "emo-tall" });
    this.root.append(this.tall);
    this.root.addEventListener("scroll", () => this.draw());
    this.tall.addEventListener("click", (event) => {
      const line = event.target.closest("[data-number]");
      if (line) chosen(this.story.messages[Number(line.dataset.number)]);
    });
    this.count = -1;
  }

  // Stays at the end, unless the reader has scrolled away from it.
  update() {
    const count = this.story.messages.length;
    if (count === this.count) return;
    const atEnd = this.root.scrollTop + this.root.clientHeight >= this.tall.offsetHeight - LINE;
    this.count = count;
    this.tall.style.height = `${count * LINE}px`;
    this.root.ariaRowCount = String(count);
    if (atEnd) this.root.scrollTop = count * LINE;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.root.scrollTop / LINE) - 2);
    const last = Math.min(this.story.messages.length, first + Math.ceil(this.root.clientHeight / LINE) + 4);
    const lines = [];
    for (let number = first; number < last; number++) lines.push(this.line(number));
    this.tall.replaceChildren(...lines);
  }

  line(number) {
    const { api, name, start, end, received, text } = this.story.messages[number];
    const about = [start, end].filter((each) => each !== null).map((each) => clock(each, 1)).join("–");
    const row = make("div", { className: "emo-line", role: "row", ariaRowIndex: String(number + 1) });
    row.dataset.number = number;
    row.style.top = `${number * LINE}px`;
    for (const cell of [`${received.toFixed(1)} s`, api.replace("_", " "), name, about, text]) {
      row.append(make("span", { role: "cell", textContent: cell, title: cell }));
    }
    return row;
  }
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
