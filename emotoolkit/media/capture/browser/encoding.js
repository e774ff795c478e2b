// @ts-check
// How the browser encodes what it records.

/** @import { Asked } from "./devices.js" */

const KEY_FRAME_INTERVAL_MS = 3000; // between key pictures: where a segment can begin

const MIME_TYPES = {
  pictures: [
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/webm",
    "video/mp4;codecs=avc1.42E01E,opus",
    "video/mp4",
  ],
  sound: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4;codecs=opus", "audio/mp4"],
};

/** @typedef {MediaRecorderOptions & { videoKeyFrameIntervalDuration: number }} Options */

/**
 * Bits of a second of pictures.
 * @param {Pick<Asked, "width" | "height">} size
 */
export function videoRate({ width, height }) {
  return Math.min(2e6, Math.max(3e5, width * height * 3));
}

/**
 * What the browser's recorder is made with: the first type of file that it can write.
 * @param {Pick<Asked, "pictures" | "width" | "height">} asked
 * @param {(type: string) => boolean} supported
 * @returns {Options}
 */
export function optionsOf(asked, supported) {
  return {
    mimeType: MIME_TYPES[asked.pictures ? "pictures" : "sound"].find((each) => supported(each)),
    videoKeyFrameIntervalDuration: KEY_FRAME_INTERVAL_MS,
    ...(asked.pictures && { videoBitsPerSecond: videoRate(asked) }),
  };
}
