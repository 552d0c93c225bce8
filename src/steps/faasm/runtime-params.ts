/** Which WebAssembly runtime, by flag; without one the environment says. */
export const runtimeParams = {
  wamr: { type: 'bool', help: 'For WAMR, as FAASM_WASM_VM=wamr.' },
  sgx: { type: 'bool', help: 'For SGX (with or without --wamr), as FAASM_WASM_VM=sgx.' },
} as const;

/** The WebAssembly runtimes of Faasm. */
export type WasmVm = 'wavm' | 'wamr' | 'sgx';

/** The parsed {@link runtimeParams}. */
export interface RuntimeArgs {
  readonly wamr: boolean;
  readonly sgx: boolean;
}

/** The runtime that flags name. Enclaves run WAMR, so that both flags mean SGX. */
export function namedRuntime({ wamr, sgx }: RuntimeArgs): WasmVm | undefined {
  if (sgx) return 'sgx';
  return wamr ? 'wamr' : undefined;
}
