import type { Alert } from '@/api';
import type { Permission } from '@/lib/session';

interface Way {
  path: string;
  needs: Permission;
}

/** The page that shows what an alert is about; null when the console has none for it. */
export function placeOf({ object_kind, object_id }: Pick<Alert, 'object_kind' | 'object_id'>): Way | null {
  if (object_kind === 'channel') return { path: `/cameras?camera=${object_id}`, needs: 'channel.read' };
  return { path: '/storage', needs: 'storage.read' };
}
