/** What an address with free slots is chosen by. */
interface Candidate {
  readonly host: Host;
  readonly sameApp: number;
}

const KEEP_ALIVE_MS = 2000;
const FIRST_MPI_PORT = 8020;

/** A host of the embedded planner: an address of this machine and a number of calls it takes at once. */
export class Host {
  readonly ip: string;
  readonly slots: number;
  usedSlots = 0;
  /** When it was first there; its keep-alives are counted from here. */
  registeredMs: number;

  constructor(ip: string, slots: number, nowMs: number) {
    this.ip = ip;
    this.slots = slots;
    this.registeredMs = nowMs;
  }

  get freeSlots(): number {
    return this.slots - this.usedSlots;
  }
}

/** The hosts, which of them a planner knows at the moment, and where the next call goes. */
export class HostTable {
  readonly #hosts: readonly Host[];
  #isKnown = true;

  constructor(count: number, slots: number, nowMs: number) {
    this.#hosts = Array.from({ length: count }, (_, index) => new Host(`127.0.0.${index + 2}`, slots, nowMs));
  }

  /** Forgets the hosts until they {@link comeBack}; calls that run go on. */
  forget(): void {
    this.#isKnown = false;
  }

  comeBack(nowMs: number): void {
    this.#isKnown = true;
    for (const host of this.#hosts) host.registeredMs = nowMs;
  }

  get freeSlots(): number {
    return this.#known.reduce((sum, { freeSlots }) => sum + freeSlots, 0);
  }

  find(ip: string): Host | undefined {
    return this.#known.find((host) => host.ip === ip);
  }

  /**
   * The host for one more call, undefined when all are full. As faabric's bin-pack does: a host that already runs much of
   * the same app, else one with many free slots, else the highest address.
   */
  place(runningOn: (host: Host) => number): Host | undefined {
    let best: Candidate | undefined;
    for (const host of this.#known) {
      if (host.freeSlots === 0) continue;
      const candidate = { host, sameApp: runningOn(host) };
      if (best === undefined || !isBetter(best, candidate)) best = candidate;
    }
    return best?.host;
  }

  /** The reply to GET_AVAILABLE_HOSTS. */
  text(nowMs: number): string {
    if (this.#known.length === 0) return '{}';
    const hosts = this.#known.map(({ ip, slots, usedSlots, registeredMs }) => {
      const aliveMs = nowMs - ((nowMs - registeredMs) % KEEP_ALIVE_MS);
      const mpiPorts = Array.from({ length: slots }, (_, index) => ({
        port: FIRST_MPI_PORT + index,
        ...(index < usedSlots ? { used: true } : {}),
      }));
      return {
        ip,
        slots,
        ...(usedSlots === 0 ? {} : { usedSlots }),
        registerTs: { epochMs: String(aliveMs) },
        mpiPorts,
      };
    });
    return JSON.stringify({ hosts });
  }

  get #known(): readonly Host[] {
    return this.#isKnown ? this.#hosts : [];
  }
}

/** Whether `a` comes before `b`, where `b` has the higher address. */
function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.sameApp !== b.sameApp) return a.sameApp > b.sameApp;
  return a.host.freeSlots > b.host.freeSlots;
}
