import { useEffect, useState } from 'react';
import { UNSEEN_GRACE_MS } from './useUnseen';

/** False once the page has been hidden for a while: nobody watches, so nothing is watched. */
export function usePageVisible(): boolean {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    let timer = 0;
    const changed = () => {
      window.clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => setVisible(false), UNSEEN_GRACE_MS);
      else setVisible(true);
    };
    changed();
    document.addEventListener('visibilitychange', changed);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', changed);
    };
  }, []);
  return visible;
}
