import type { Problem, ProblemText } from '@/api';
import { i18n, type Language } from '@/lib/i18n';

/** The server answered, and the answer is a refusal in its own words. */
export class ServerProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly status: number,
    readonly retryAfterS: number | null = null,
  ) {
    super(problem.code);
  }
}

/** No answer came at all: restarted, unplugged, asleep. */
export class ConnectionLost extends Error {}

/** Whether the same question may be answered later; a refusal stays one. */
export const mayPass = (error: unknown): boolean =>
  error instanceof Error && !(error instanceof ServerProblem && error.status < 500 && error.status !== 429);

/** What was read stays when it cannot be asked for again just now, with what somebody is typing there. A refusal takes it. */
export const standing = <T>({ data, error }: { data: T | undefined; error: unknown }): T | undefined =>
  error && !mayPass(error) ? undefined : data;

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'zh' in value && 'en' in value;
}

export interface Words extends ProblemText {
  code: string | null;
}

export function wordsOfProblem(problem: Problem, language: Language): Words {
  return { ...(language === 'zh-CN' ? problem.zh : problem.en), code: problem.code };
}

/** What to show for any failure: the server's own words, or ours where it could say nothing. */
export function wordsOf(error: unknown, language: Language): Words {
  if (error instanceof ServerProblem) return wordsOfProblem(error.problem, language);
  const kind = error instanceof ConnectionLost ? 'connection' : 'unexpected';
  return {
    what: i18n.t(`failure.${kind}.what`),
    why: i18n.t(`failure.${kind}.why`),
    advice: i18n.t(`failure.${kind}.advice`),
    code: null,
  };
}
