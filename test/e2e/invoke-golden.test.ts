import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { recordingServer } from '../support/recording-server.ts';
import { root, run, type Sandbox, sandbox } from '../support/run.ts';

// The recorded invoke, flush, upload and state lines of Faasm's older `inv` tree: with the API of that time our requests are
// the same, and so are the addresses that `--dry` shows. Differences are rules, decided from what a case holds; users read
// them in docs/differences.md.

const request = z.object({
  t: z.string(),
  method: z.string().optional(),
  url: z.string().optional(),
  json: z.record(z.string(), z.unknown()).optional(),
  command: z.string().optional(),
  dst: z.string().optional(),
  path: z.string().optional(),
  content: z.string().optional(),
});
const golden = z.object({
  id: z.string(),
  argv: z.array(z.string()),
  setup: z.object({
    env: z.record(z.string(), z.string().nullable()).optional(),
    files: z.record(z.string(), z.string()).optional(),
    child_results: z.array(z.object({ rc: z.number().optional() })).optional(),
    http_responses: z.array(z.object({ status: z.number(), text: z.string() })).optional(),
  }),
  exit: z.number(),
  hasException: z.boolean(),
  requests: z.array(request),
  help: z.string().nullable(),
});
type Golden = z.output<typeof golden>;

const cases = z
  .array(golden)
  .parse(
    JSON.parse(await readFile(join(root, 'test', 'fixtures', 'golden', 'invoke-commands.json'), 'utf8')),
  );

/** What went over the wire: HTTP calls of its own, and those of the curl that it started. */
interface Wire {
  readonly method: string;
  readonly url: string;
  readonly json: unknown;
  /** The file that was sent. */
  readonly sent: string | undefined;
}

function wireOf({ requests }: Golden): Wire[] {
  return requests.flatMap((event): Wire[] => {
    if (event.t === 'http')
      return [{ method: event.method ?? '', url: event.url ?? '', json: event.json, sent: undefined }];
    const [, method, url, flag, file] = /^curl -X (\w+) (\S+) -(T|o) (.*)$/.exec(event.command ?? '') ?? [];
    if (method === undefined || url === undefined) return [];
    return [{ method, url, json: undefined, sent: flag === 'T' ? file : undefined }];
  });
}

/** The client of that time put a port of its own into state URLs. */
function isPortIgnored({ argv, setup }: Golden): boolean {
  return argv[0]?.startsWith('state.') === true && 'UPLOAD_PORT' in (setup.env ?? {});
}

/** Both spellings of a name are accepted. */
function isOtherSpelling({ argv }: Golden): boolean {
  return argv[0]?.includes('_') === true;
}

/** The file that would be sent is not there: nothing is sent then. */
function lacksFile(golden: Golden): boolean {
  const { files = {} } = golden.setup;
  return wireOf(golden).some(
    ({ sent }) => sent !== undefined && files[`\${PROJ_ROOT}/${sent}`] === undefined,
  );
}

/** A failed function, a failed upload, an answer that makes no sense: exit code 1, also where `inv` said 0. */
function hasFailed({ setup, hasException }: Golden): boolean {
  const answers = setup.http_responses ?? [];
  const failed = answers.some(({ status, text }) => status >= 400 || text.startsWith('FAILED'));
  return failed || hasException || (setup.child_results ?? []).some(({ rc = 0 }) => rc !== 0);
}

function expectedExit(golden: Golden): number {
  const { exit, argv, requests } = golden;
  if (isOtherSpelling(golden)) return 0;
  const asksForLastCall = argv.length === 1 && /^invoke\.(status|exec-graph)$/.test(argv[0] ?? '');
  // A line that cannot be read, or a number that is none.
  if (exit !== 0 && requests.length === 0 && !asksForLastCall) return 2;
  return exit !== 0 || hasFailed(golden) || lacksFile(golden) ? 1 : 0;
}

/** Where the case itself says where to call. */
function hasOwnAddress({ setup }: Golden): boolean {
  const names = Object.keys(setup.env ?? {});
  const isSaid = names.some((name) => /^(INVOKE|UPLOAD|PLANNER)_/.test(name) && setup.env?.[name] !== '');
  return isSaid || setup.files?.[`\${PROJ_ROOT}/faasm.ini`] !== undefined;
}

const unset = Object.fromEntries(
  ['INVOKE', 'UPLOAD', 'PLANNER'].flatMap((name) => [
    [`${name}_HOST`, undefined],
    [`${name}_PORT`, undefined],
  ]),
);

interface Place {
  readonly box: Sandbox;
  readonly env: Readonly<Record<string, string | undefined>>;
  fill(text: string): string;
  lastCall(port: number): string;
}

async function place({ setup }: Golden): Promise<Place> {
  const box = await sandbox();
  const fill = (text: string): string =>
    text
      .replace(/^(.*=)?\/tmp\//, `$1${box.cwd}/`)
      .replaceAll(`\${PROJ_ROOT}`, box.cwd)
      .replaceAll(`\${FAASM_LOCAL_DIR}`, box.env['FAASM_LOCAL_DIR'] ?? '');
  for (const [name, text] of Object.entries(setup.files ?? {})) {
    await mkdir(dirname(fill(name)), { recursive: true });
    await writeFile(fill(name), text);
  }
  const recorded = Object.entries(setup.env ?? {}).map(([name, value]) => [name, value ?? undefined]);
  const state = join(box.cwd, 'state');
  return {
    box,
    env: {
      ...box.env,
      ...unset,
      XDG_STATE_HOME: state,
      FAASM_API: 'worker',
      ...Object.fromEntries(recorded),
    },
    fill,
    lastCall: (port) => join(state, 'faasm-tasks', 'last-call', `127.0.0.1_${port}.json`),
  };
}

for (const golden of cases) {
  const { id, argv, setup, help, requests } = golden;
  const wanted = wireOf(golden);
  const line = `${id} inv ${argv.join(' ')}`;

  if (help !== null) {
    test(`${line}: the same flags`, async () => {
      const { stdout } = await run(argv);
      for (const [, short = '', valued = '', long = ''] of help.matchAll(/^ {2}-(\w)( \w+)?, (--[\w-]+)/gm)) {
        // The program's own --debug may stand after any task.
        if (long === '--debug') continue;
        const value = valued === '' ? '' : ' \\S+';
        assert.match(stdout, new RegExp(`^ {2}-${short}${value}, ${long}\\b`, 'm'), `-${short}, ${long}`);
      }
    });
    continue;
  }

  const [first] = wanted;
  if (first !== undefined && !/exec-graph/.test(argv[0] ?? '')) {
    test(`${line}: --dry shows the same request`, async () => {
      const { box, env, fill } = await place(golden);
      const last = setup.files?.['/tmp/faasm_last_call.txt'];
      const words = last === undefined ? argv : [...argv, `--call-id=${last}`];
      // What is sent must be there, as it must be when it is sent; the recorded client did not look.
      if (first.sent !== undefined) await writeFile(resolve(box.cwd, fill(first.sent)), 'x', { flag: 'a' });
      // The first task's request alone: what follows depends on its answer.
      const done = await run([...words.map(fill), '--dry', '--json'], { cwd: box.cwd, env });
      await box.remove();
      const event = z.object({ event: z.string(), argv: z.array(z.string()).optional() });
      const displayName = done.stdout
        .split('\n')
        .filter((text) => text.startsWith('{'))
        .map((text) => event.parse(JSON.parse(text)).argv ?? []);
      const [, , method, url = '', flag, ...rest] = displayName[0] ?? [];
      const recordedUrl = new URL(first.url);
      if (isPortIgnored(golden)) recordedUrl.port = setup.env?.['UPLOAD_PORT'] ?? '';
      assert.is(method, first.method, done.stderr);
      assert.is(new URL(url).href, recordedUrl.href);
      if (first.json !== undefined) assert.equal(JSON.parse(rest.at(-1) ?? ''), first.json);
      else
        assert.equal(
          [flag, rest.at(-1)],
          first.sent === undefined ? ['-o', rest.at(-1)] : ['-T', first.sent],
        );
    });
  }

  if (hasOwnAddress(golden)) continue;

  test(`${line}: the same requests, exit code ${expectedExit(golden)}`, async () => {
    const { box, env, fill, lastCall } = await place(golden);
    const failing = (setup.child_results ?? []).some(({ rc = 0 }) => rc !== 0);
    const answers = setup.http_responses ?? [];
    const server = await recordingServer((_request, index) =>
      failing ? { status: 500, text: 'no' } : (answers[index] ?? { status: 200, text: 'ok' }),
    );
    const port = String(server.port);
    const last = setup.files?.['/tmp/faasm_last_call.txt'] ?? '';
    if (last !== '') {
      await mkdir(dirname(lastCall(server.port)), { recursive: true });
      await writeFile(lastCall(server.port), JSON.stringify({ callId: Number(last) }));
    }
    const address = Object.fromEntries(
      ['INVOKE', 'UPLOAD', 'PLANNER'].flatMap((name) => [
        [`${name}_HOST`, '127.0.0.1'],
        [`${name}_PORT`, port],
      ]),
    );
    const done = await run(argv.map(fill), { cwd: box.cwd, env: { ...env, ...address } });
    await server.close();
    try {
      assert.is(done.exit, expectedExit(golden), done.stdout + done.stderr);
      const isCompared = !isOtherSpelling(golden) && !lacksFile(golden);
      const ours = server.requests.map(({ method, path, body }) => ({
        method,
        path,
        json: method === 'POST' ? JSON.parse(body) : undefined,
      }));
      const theirs = wanted.map(({ method, url, json }) => ({ method, path: new URL(url).pathname, json }));
      if (isCompared) assert.equal(ours, theirs);
      else if (lacksFile(golden)) assert.equal(ours, []);
      for (const { t, dst = '', path, content } of requests) {
        if (t === 'copy') {
          assert.is(await readFile(fill(dst), 'utf8'), setup.files?.[`\${PROJ_ROOT}/hello.py`]);
        }
        if (t === 'exec' && /exec-graph/.test(argv[0] ?? '') && argv.includes('-o')) {
          const picture = await readFile(fill(argv[argv.indexOf('-o') + 1] ?? ''));
          assert.is(picture.subarray(1, 4).toString(), 'PNG');
        }
        if (t === 'write' && path === '/tmp/faasm_last_call.txt') {
          const kept: unknown = JSON.parse(await readFile(lastCall(server.port), 'utf8'));
          assert.is(z.object({ callId: z.number() }).parse(kept).callId, Number(content));
        }
      }
    } finally {
      await box.remove();
    }
  });
}

test.run();
