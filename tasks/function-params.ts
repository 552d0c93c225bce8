/** How every task that is about one function is told which. */
export const functionParams = {
  user: { type: 'string', positional: true, short: 'u', values: 'users', help: 'Owner of the function.' },
  func: { type: 'string', positional: true, short: 'f', values: 'functions', help: 'Name of the function.' },
} as const;

/** The same where it may be any WebAssembly file, which is one word. */
export const subjectParams = {
  user: {
    ...functionParams.user,
    values: ['users', 'wasm-files'],
    help: 'Owner of the function, or a WebAssembly file.',
  },
  func: { ...functionParams.func, default: '' },
} as const;
