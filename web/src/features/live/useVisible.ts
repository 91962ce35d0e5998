import { useEffect, useState } from 'react';

const HIDDEN_GRACE_MS = 10_000;

/** False once the page has been hidden for ten seconds: nobody watches, so nothing is watched. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    let timer = 0;
    const changed = () => {
      window.clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => setVisible(false), HIDDEN_GRACE_MS);
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
