import { z } from 'zod';

// What gdb/source_names.py writes with `wasm report` and `wasm core`: one JSON line an event.

const frame = z.object({
  /** Of the code, as gdb writes it: `0x7f…`. */
  address: z.string(),
  /** gdb's own name; null where it knows none. */
  symbol: z.string().nullable(),
  locals: z.record(z.string(), z.string()),
  /** The user's function that this code belongs to. */
  wasm: z.object({ n: z.number().int(), name: z.string() }).optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  /** The shared library; absent for the program itself and for JIT code. */
  library: z.string().optional(),
});

/** The thread that stopped, by gdb's number; absent where there is only one. */
const thread = z.object({ number: z.number().int(), name: z.string(), of: z.number().int() }).optional();

const event = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('breakpoint'),
    n: z.number().int().nullable(),
    thread,
    frames: z.array(frame),
  }),
  z.object({ event: z.literal('signal'), signal: z.string(), thread, frames: z.array(frame) }),
  /** Where it was when its time was up. */
  z.object({ event: z.literal('timeout'), thread, frames: z.array(frame) }),
  z.object({ event: z.literal('core'), thread, frames: z.array(frame) }),
  z.object({ event: z.literal('exited'), code: z.number().int().nullable() }),
  z.object({
    event: z.literal('loaded'),
    /** Loads of the user's module. */
    objects: z.number().int(),
    /** JIT objects with functionDefs that are not the user's module. */
    others: z.number().int(),
  }),
]);

export type GdbFrame = z.infer<typeof frame>;
export type GdbEvent = z.infer<typeof event>;
export type GdbStop = Extract<GdbEvent, { frames: readonly GdbFrame[] }>;

/** What happened under gdb, from the event file's text; a last line that was cut off by a kill is left out. */
export function readGdbReport(text: string): GdbEvent[] {
  const lines = text.split('\n');
  const whole = lines.slice(0, -1);
  return whole.filter((line) => line !== '').map((line) => event.parse(JSON.parse(line)));
}
