/** How every task that talks to an upload server is told which one. */
export const uploadParams = {
  uploadHost: {
    type: 'string',
    metavar: 'HOST',
    help: 'Where the upload server listens. (default: UPLOAD_HOST, faasm.ini, 127.0.0.1)',
  },
  uploadPort: {
    type: 'int',
    min: 1,
    max: 65_535,
    metavar: 'PORT',
    help: 'Its port. (default: UPLOAD_PORT, faasm.ini, 8002)',
  },
} as const;

/** The parsed {@link uploadParams}. */
export interface UploadServerArgs {
  readonly uploadHost: string | undefined;
  readonly uploadPort: number | undefined;
}
