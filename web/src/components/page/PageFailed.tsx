import type { ReactNode } from 'react';
import { ProblemNote } from '@/components/ProblemNote';
import { Page } from './Page';

/** A page that has nothing to show yet because its first answer did not come: its name, and what to do. */
export function PageFailed({ title, error, action }: { title: string; error: unknown; action?: ReactNode }) {
  return (
    <Page title={title}>
      <ProblemNote error={error} action={action} />
    </Page>
  );
}
