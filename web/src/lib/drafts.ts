/** Small things kept on this machine: drafts of forms, the last wall. Never secrets. */
export function keep(name: string, value: unknown): void {
  try {
    window.localStorage.setItem(`mingjian.${name}`, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs a convenience only.
  }
}

export function kept(name: string): unknown {
  try {
    return JSON.parse(window.localStorage.getItem(`mingjian.${name}`) ?? 'null');
  } catch {
    return null;
  }
}

export const forget = (name: string): void => window.localStorage.removeItem(`mingjian.${name}`);
