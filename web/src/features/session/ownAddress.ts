/** An address of this console out of a query, or the home page: nothing leads away from here. */
export function ownAddress(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}
