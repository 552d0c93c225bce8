import type { Call } from './call.ts';
import type { Fields } from './protobuf-json.ts';

interface Chained {
  readonly id: number;
  /** The caller's own name where a pointer is called. */
  readonly name: string | undefined;
  readonly pointer: number | undefined;
  readonly input: Uint8Array;
  readonly groupId: number;
}

/** The Message of a chained call, as faabric's workers make it from the caller's. */
export function chainedFields(from: Call, { id, name, pointer, input, groupId }: Chained): Fields {
  const { cmdline } = from.fields;
  return {
    id,
    appId: from.app.id,
    mainHost: from.host?.ip ?? '',
    user: from.user,
    function: name ?? from.func,
    input_data: Buffer.from(input).toString('base64'),
    funcPtr: pointer ?? 0,
    resultKey: `result_${id}`,
    statusKey: `status_${id}`,
    groupId,
    ...(cmdline === undefined ? {} : { cmdline }),
    record_exec_graph: from.chainedIds !== undefined,
  };
}
