#!/usr/bin/env node
// Stands in for Docker's client on machines where no engine can run: records what it is asked for ($FAKE_DOCKER/argv), knows
// the services of a compose file by their names, and really serves a page at the port of `vector` until it is removed.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.FAKE_DOCKER;
const words = process.argv.slice(2);
appendFileSync(join(folder, 'argv'), `${JSON.stringify(words)}\n`);
const pidFile = join(folder, 'pid');
const portFile = join(folder, 'port');
const file = words[words.indexOf('-f') + 1];
const asked =
  words[0] === 'compose'
    ? words.find((word) => ['version', 'config', 'up', 'port', 'rm'].includes(word))
    : words[0];

function say(stream, text) {
  stream.write(`${text}\n`);
}

const page = `import { createServer } from 'node:http'; import { writeFileSync } from 'node:fs';
let asked = 0;
const server = createServer((_, response) => { asked += 1; response.writeHead(asked > 1 ? 200 : 503).end('Vector'); });
server.listen(0, '127.0.0.1', () => writeFileSync(${JSON.stringify(portFile)}, String(server.address().port)));`;

if (asked === 'version' && words[0] !== 'compose') {
  if (existsSync(join(folder, 'no-engine'))) {
    say(process.stderr, 'Cannot connect to the Docker daemon');
    process.exit(1);
  }
  say(process.stdout, '28.2.2');
} else if (asked === 'config') {
  say(
    process.stdout,
    [...readFileSync(file, 'utf8').matchAll(/^ {2}([\w-]+):/gm)].map(([, name]) => name).join('\n'),
  );
} else if (asked === 'up') {
  const child = spawn(process.execPath, ['--input-type=module', '-e', page], {
    detached: true,
    stdio: 'ignore',
  });
  writeFileSync(pidFile, String(child.pid));
  child.unref();
} else if (asked === 'port') {
  if (!existsSync(portFile)) process.exit(1);
  say(process.stdout, `0.0.0.0:${readFileSync(portFile, 'utf8')}`);
} else if (asked === 'rm') {
  process.kill(Number(readFileSync(pidFile, 'utf8')));
  rmSync(portFile, { force: true });
}
