import type { Recording } from '../recording.ts';
import type { RecordingPicture } from './draw-recording.ts';

// Only drawing needs what is behind this.

/** Draws a recording as one SVG. @throws TaskError when the benchmark ran at another time. */
export async function drawRecording(recording: Recording, picture: RecordingPicture): Promise<string> {
  return await (await import('./draw-recording.ts')).drawRecording(recording, picture);
}
