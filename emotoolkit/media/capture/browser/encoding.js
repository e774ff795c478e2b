// @ts-check
// Options for the browser's encoder.

/** @import { RecordingRequest } from "./devices.js" */

const KEY_FRAME_INTERVAL_MS = 3000; // between key pictures, at which segments can begin

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
 * Bit rate of pictures, in bit/s.
 * @param {Pick<RecordingRequest, "width" | "height">} size
 */
export function videoRate({ width, height }) {
  return Math.min(2e6, Math.max(3e5, width * height * 3));
}

/**
 * Options of the browser's MediaRecorder, with the first type of file that it can write.
 * @param {Pick<RecordingRequest, "pictures" | "width" | "height">} request
 * @param {(type: string) => boolean} supported
 * @returns {Options}
 */
export function optionsOf(request, supported) {
  return {
    mimeType: MIME_TYPES[request.pictures ? "pictures" : "sound"].find((each) => supported(each)),
    videoKeyFrameIntervalDuration: KEY_FRAME_INTERVAL_MS,
    ...(request.pictures && { videoBitsPerSecond: videoRate(request) }),
  };
}
