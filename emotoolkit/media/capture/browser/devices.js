// @ts-check
// Camera and microphone of the page: constraints, opening, and level.

/**
 * What is to be recorded, as requested by browser_source.py.
 * @typedef {object} RecordingRequest
 * @property {boolean} pictures
 * @property {number} channels of the sound; 0: none
 * @property {number} rate pictures per second
 * @property {number} width px
 * @property {number} height px
 * @property {string} file
 * @property {string} source the source's name
 */

/** @typedef {"camera" | "microphone"} Kind */
/** @typedef {Record<Kind, string>} Chosen device ids; empty: the default one */

const METER_RANGE_DB = 60; // dB below full scale at which the meter begins

/**
 * The constraints for the browser. Processing for calls is off, since the voice itself is to be measured.
 * @param {Pick<RecordingRequest, "pictures" | "channels" | "rate" | "width" | "height">} request
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
 * The devices as a text.
 * @param {Pick<RecordingRequest, "pictures" | "channels">} request
 */
export function deviceNames({ pictures, channels }) {
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
 * Opens the devices; throws the browser's error.
 * @param {RecordingRequest} request
 * @param {Chosen} chosen
 */
export async function openDevices(request, chosen) {
  if (!navigator.mediaDevices) {
    throw new DOMException("this page is not on a secure address (https, or this machine)", "SecurityError");
  }
  return navigator.mediaDevices.getUserMedia(constraintsOf(request, chosen));
}

/** The devices that can be chosen. */
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

/** Level of an open microphone. */
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
