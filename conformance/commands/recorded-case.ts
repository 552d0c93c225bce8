import { z } from 'zod';

// The recorded command lines of Faasm's two `inv` trees: what was typed, in what surroundings, and what it did to them.

const environment = z.record(z.string(), z.string().nullable());

const childResult = z.object({
  /** A regular expression on the child's command string. */
  match: z.string(),
  rc: z.number().optional(),
  stdout: z.string().optional(),
  creates: z.record(z.string(), z.string()).optional(),
  times: z.number().optional(),
});

const httpResponse = z.object({
  status: z.number().optional(),
  text: z.string().optional(),
  refused: z.boolean().optional(),
});

const execEvent = z.object({
  t: z.literal('exec'),
  /** For a shell. */
  command: z.string().optional(),
  argv: z.array(z.string()).optional(),
  cwd: z.string(),
  env: z.object({
    mode: z.enum(['inherit', 'inherit+', 'replace']),
    vars: z.record(z.string(), z.string()).optional(),
  }),
  rc: z.number().optional(),
  /** It was not started at all. */
  error: z.string().optional(),
});

const event = z.discriminatedUnion('t', [
  execEvent,
  z.object({ t: z.literal('mkdirs'), path: z.string() }),
  z.object({ t: z.literal('remove'), path: z.string() }),
  z.object({ t: z.literal('rmtree'), path: z.string() }),
  z.object({ t: z.literal('copy'), src: z.string(), dst: z.string() }),
  z.object({ t: z.literal('write'), path: z.string(), mode: z.string(), content: z.string() }),
  z.object({ t: z.literal('write_dot'), path: z.string() }),
  z.object({
    t: z.literal('http'),
    method: z.string(),
    url: z.string(),
    json: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ t: z.literal('sleep') }),
  z.object({ t: z.literal('github') }),
  z.object({ t: z.literal('docker_api') }),
]);

const recordedCase = z.object({
  id: z.string(),
  tree: z.enum(['new', 'old']),
  group: z.string(),
  argv: z.array(z.string()),
  command: z.string(),
  cwd: z.string(),
  setup: z.object({
    env: environment.default({}),
    dirs: z.array(z.string()).default([]),
    files: z.record(z.string(), z.string()).default({}),
    files_executable: z.array(z.string()).default([]),
    child_results: z.array(childResult).default([]),
    http_responses: z.array(httpResponse).default([]),
  }),
  expect: z.object({
    exit: z.number().nullable(),
    exception: z.unknown(),
    events: z.array(event),
    stdout: z.string(),
    stderr: z.string(),
  }),
});

export type RecordedCase = z.output<typeof recordedCase>;
export type ExecEvent = z.output<typeof execEvent>;
export type HttpResponse = z.output<typeof httpResponse>;

/** Reads a file of recorded command lines. @throws ZodError naming the place that is not as it should be. */
export function readCases(text: string): RecordedCase[] {
  return z.array(recordedCase).parse(JSON.parse(text));
}
