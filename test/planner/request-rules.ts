interface AnyRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body: string;
}

type Fields = Readonly<Record<string, unknown>>;

const messageFields = new Set(
  'id appId user function input_data cmdline record_exec_graph mpi mpi_world_size python py_user py_func pythonEntry executedHost groupIdx'.split(
    ' ',
  ),
);

/** The rules for what a planner is sent that a request breaks. Type numbers are let pass, for all recordings have them. */
export function brokenRules({ method, headers, body }: AnyRequest): string[] {
  const broken = new Set<string>();
  if (method !== undefined && method !== 'POST') broken.add('no POST');
  const says = Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() === 'content-type');
  if (headers !== undefined && !says.some(([, value]) => value !== '')) broken.add('no content type');
  const envelope = objectOf(body);
  if (envelope === undefined) return [...broken, 'envelope is no JSON object'];
  onlyFields(envelope, new Set(['http_type', 'payload']), broken);
  const { http_type: type, payload } = envelope;
  if (type === undefined) broken.add('no type');
  if (payload !== undefined && typeof payload !== 'string') return [...broken, 'payload is no string'];
  const kinds: Readonly<Record<string, (payload: Fields, broken: Set<string>) => void>> = {
    7: graphRules,
    10: batchRules,
    11: statusRules,
    12: batchRules,
    GET_EXEC_GRAPH: graphRules,
    EXECUTE_BATCH: batchRules,
    EXECUTE_BATCH_STATUS: statusRules,
    PRELOAD_SCHEDULING_DECISION: batchRules,
  };
  const check = kinds[String(type)];
  if (check === undefined) return [...broken];
  const fields = objectOf(payload ?? '');
  if (fields === undefined) broken.add('payload is no JSON object');
  else check(fields, broken);
  return [...broken];
}

function graphRules(payload: Fields, broken: Set<string>): void {
  onlyFields(payload, new Set(['appId', 'id']), broken);
  if (!isId(payload['id'])) broken.add('graph of no message');
  if (!isId(payload['appId'])) broken.add('graph of no app');
}

function statusRules(payload: Fields, broken: Set<string>): void {
  onlyFields(payload, new Set(['appId', 'expectedNumMessages']), broken);
}

function batchRules(payload: Fields, broken: Set<string>): void {
  onlyFields(payload, new Set(['appId', 'user', 'function', 'messages']), broken);
  const { appId, user, function: func, messages } = payload;
  if (!isId(appId)) broken.add('id is no positive int32');
  if (!user || !func) broken.add('batch without names');
  const list: readonly Fields[] = Array.isArray(messages) ? messages : [];
  if (list.length === 0) broken.add('batch without messages');
  const ids = new Set(list.map((message) => message['id']));
  if (ids.size !== list.length) broken.add('messages with one id');
  for (const message of list) {
    onlyFields(message, messageFields, broken);
    if (!isId(message['id'])) broken.add('id is no positive int32');
    if (message['appId'] !== appId) broken.add('messages of several apps');
    if (message['user'] !== user || message['function'] !== func) broken.add('messages of several functions');
    const input = message['input_data'];
    const isBase64 = typeof input === 'string' && Buffer.from(input, 'base64').toString('base64') === input;
    if (input !== undefined && !isBase64) broken.add('input is no base64');
  }
}

function isId(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31;
}

function onlyFields(object: Fields, known: ReadonlySet<string>, broken: Set<string>): void {
  if (Object.keys(object).some((name) => !known.has(name))) broken.add('unknown field');
}

function objectOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
