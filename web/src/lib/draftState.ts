import { useCallback, useState } from 'react';
import { forget, keep, kept } from '@/lib/drafts';

/** What somebody types, kept on this machine until it was sent: a reload or a lock costs no words. */
export function useDraft(name: string): [string, (text: string) => void, () => void] {
  const [text, setText] = useState(() => {
    const before = kept(`draft.${name}`);
    return typeof before === 'string' ? before : '';
  });
  const write = useCallback(
    (next: string) => {
      setText(next);
      if (next) keep(`draft.${name}`, next);
      else forget(`draft.${name}`);
    },
    [name],
  );
  return [text, write, () => write('')];
}
