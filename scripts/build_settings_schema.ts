import { fileURLToPath } from 'node:url';
import { settingsJsonSchema } from '../src/faasm/settings-schema.ts';
import { writeFileAtomic } from '../src/util/atomic-write.ts';

// Writes docs/tasks.config.schema.json, which editors and the first line of a settings file point to. It is committed;
// a test compares it with what the tasks themselves check against.

const output = new URL('../docs/tasks.config.schema.json', import.meta.url);
await writeFileAtomic(fileURLToPath(output), `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
