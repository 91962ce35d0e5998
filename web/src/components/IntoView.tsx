import { type ReactNode, useEffect, useRef } from 'react';

/** What answers a press of a button comes into view when it is there: below the fold of a drawer nobody would see it. */
export function IntoView({ when, children }: { when: unknown; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (when) place.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }, [when]);
  return <div ref={place}>{children}</div>;
}
