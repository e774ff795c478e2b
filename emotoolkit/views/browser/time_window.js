// @ts-check
// The stretch of media time that the timeline shows, and the conversion between times and pixels.

export const GUTTER_PX = 150; // left of the window, for the names of the lanes
const MIN_LENGTH_S = 0.5; // over the whole width

export class TimeWindow {
  /**
   * @param {() => number} end returns the media second at which the axis ends
   * @param {number} [width] px, including the gutter
   */
  constructor(end, width = 600) {
    this.end = end;
    this.width = width;
    this.from = 0;
    this.to = end();
    this.showsAll = true; // and grows with the axis
  }

  get length() {
    return this.to - this.from;
  }

  /**
   * The x coordinate of a moment in px.
   * @param {number} moment s
   */
  x(moment) {
    return GUTTER_PX + ((moment - this.from) / this.length) * (this.width - GUTTER_PX);
  }

  /**
   * The moment at an x coordinate; beside the window, its nearest end.
   * @param {number} x px
   */
  moment(x) {
    const share = (x - GUTTER_PX) / (this.width - GUTTER_PX);
    return this.from + Math.min(Math.max(share, 0), 1) * this.length;
  }

  /**
   * Shows a longer or shorter stretch; the moment `around` keeps its x coordinate.
   * @param {number} factor of the length: below 1, less is shown
   * @param {number} around s
   */
  zoom(factor, around) {
    const length = Math.min(Math.max(this.length * factor, MIN_LENGTH_S), this.end());
    this.show(around - ((around - this.from) / this.length) * length, length);
  }

  /** @param {number} share of the length; below 0, backwards */
  pan(share) {
    this.show(this.from + share * this.length, this.length);
  }

  showAll() {
    this.show(0, this.end());
  }

  /**
   * Shows a stretch, moved into the axis if need be.
   * @param {number} from s
   * @param {number} length s
   */
  show(from, length) {
    const end = this.end();
    const start = Math.min(Math.max(from, 0), Math.max(0, end - length));
    this.from = start;
    this.to = start + length;
    this.showsAll = length >= end - 1e-6;
  }
}
