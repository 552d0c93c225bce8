/** What `FAASM_SGX_MODE` may be. */
export const sgxModes = ['Disabled', 'Simulation', 'Hardware'] as const;
