import { type RefObject, useEffect, useState } from 'react';

/** So long a picture may be out of sight before its stream ends: who looks at another tab for a moment misses nothing. */
export const UNSEEN_GRACE_MS = 5_000;

/** True once nobody can have seen the element for a while: scrolled away, covered, or not laid out at all. */
export function useUnseen(element: RefObject<HTMLElement | null>, covered: boolean): boolean {
  const [seen, setSeen] = useState(true);
  const [unseen, setUnseen] = useState(false);
  useEffect(() => {
    if (!element.current || typeof IntersectionObserver === 'undefined') return;
    const observer = new IntersectionObserver(([entry]) => entry && setSeen(entry.isIntersecting));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  const hidden = covered || !seen;
  useEffect(() => {
    setUnseen(false);
    if (!hidden) return;
    const timer = window.setTimeout(() => setUnseen(true), UNSEEN_GRACE_MS);
    return () => window.clearTimeout(timer);
  }, [hidden]);
  return unseen && hidden;
}
