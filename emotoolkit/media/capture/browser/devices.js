// @ts-check
// Camera and microphone of the page: what is asked for, which are open, and how loud it is.

/**
 * What is to be recorded, as browser_source.py asks for it.
 * @typedef {object} Asked
 * @property {boolean} pictures
 * @property {number} channels of the sound; 0: none
 * @property {number} rate pictures per second
 * @property {number} width px
 * @property {number} height px
 * @property {string} file
 * @property {string} source the source's own name
 */

/** @typedef {"camera" | "microphone"} Kind */
/** @typedef {Record<Kind, string>} Chosen device ids; empty: the usual one */

const METER_RANGE_DB = 60; // dB below full scale: where the meter begins

/**
 * What is asked of the browser. What is measured is the voice, not what an improver of calls makes of it.
 * @param {Pick<Asked, "pictures" | "channels" | "rate" | "width" | "height">} asked
 * @param {Chosen} chosen
 * @returns {MediaStreamConstraints}
 */
export function constraintsOf({ pictures, channels, rate, width, height }, { camera, microphone }) {
  return {
    video: pictures && {
      width: { ideal: width },
      height: { ideal: height },
      frameRate: { ideal: rate },
      ...(camera && { deviceId: { exact: camera } }),
    },
    audio: channels > 0 && {
      channelCount: { ideal: channels },
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      ...(microphone && { deviceId: { exact: microphone } }),
    },
  };
}

/**
 * The devices in words.
 * @param {Pick<Asked, "pictures" | "channels">} asked
 */
export function named({ pictures, channels }) {
  if (!pictures) return "microphone";
  return channels ? "camera and microphone" : "camera";
}

/**
 * The mean power of samples on a scale in dB, from 0 to 1.
 * @param {Float32Array} samples from -1 to 1
 */
export function loudness(samples) {
  const power = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
  return Math.max(0, Math.min(1, 1 + (10 * Math.log10(power + 1e-9)) / METER_RANGE_DB));
}

/**
 * Asks for the devices; throws what the browser answers.
 * @param {Asked} asked
 * @param {Chosen} chosen
 */
export async function request(asked, chosen) {
  if (!navigator.mediaDevices) {
    throw new DOMException("this page is not on a secure address (https, or this machine)", "SecurityError");
  }
  return navigator.mediaDevices.getUserMedia(constraintsOf(asked, chosen));
}

/** The devices that can be chosen from. */
export async function available() {
  const all = navigator.mediaDevices ? await navigator.mediaDevices.enumerateDevices() : [];
  /** @param {MediaDeviceKind} kind */
  const of = (kind) => all.filter((each) => each.kind === kind && each.deviceId);
  return { camera: of("videoinput"), microphone: of("audioinput") };
}

/** @param {MediaStream | null} stream */
export function stopTracks(stream) {
  for (const track of stream ? stream.getTracks() : []) track.stop();
}

/** How loud an open microphone is. */
export class Meter {
  /** @param {MediaStream} stream */
  constructor(stream) {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(stream).connect(this.analyser);
  }

  get level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    return loudness(this.samples);
  }

  close() {
    this.context.close();
  }
}
