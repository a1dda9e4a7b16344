/** What went wrong with a request, as a type: the server's problem+json, or a network that does not answer. */
import type { Problem, ProblemDocument } from '../protocol';

const PASSING: readonly number[] = [0, 429, 502, 503, 504];

export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';

  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Stable and machine-readable: `bad_spec`, `illegal_command`, `offline` … */
    readonly code: string,
    readonly detail: string,
    readonly position: string | null = null,
    readonly hint: string | null = null,
    /** One entry for each field, where several are wrong at once. */
    readonly errors: Problem[] = [],
  ) {
    super(detail);
  }

  /** Too busy, not there, or restarting: the same request may be answered a moment later. */
  get passes(): boolean {
    return PASSING.includes(this.status);
  }
}

/** Reads the body of an answer that is not ok. */
export async function problemFrom(response: Response): Promise<RequestProblem> {
  const status = response.status;
  try {
    const body = (await response.json()) as Partial<ProblemDocument>;
    if (typeof body.detail === 'string')
      return new RequestProblem(
        status,
        body.code ?? `http_${status}`,
        body.detail,
        body.position,
        body.hint,
        body.errors ?? [],
      );
  } catch {
    // Not JSON: a proxy or a crash; the status is all there is to say.
  }
  return new RequestProblem(status, `http_${status}`, response.statusText);
}
