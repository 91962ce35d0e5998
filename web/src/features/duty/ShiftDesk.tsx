import type { DutyDesk } from '@/api';
import { AlertQueue } from './AlertQueue';
import styles from './DutyPage.module.css';
import { Outages, Unreported } from './Outages';
import { OwnLog } from './OwnLog';
import { Posts } from './Posts';
import { ShiftBar } from './ShiftBar';
import { Tasks } from './Tasks';

/** What whoever is on duty needs in sight; off duty the posts, and the way to begin. */
export function ShiftDesk({ desk }: { desk: DutyDesk }) {
  if (!desk.shift) return <Posts desk={desk} />;
  return (
    <>
      <ShiftBar desk={desk} shift={desk.shift} />
      <div className={styles.desk} data-testid="desk">
        <AlertQueue />
        <OwnLog shift={desk.shift} />
        <div className={styles.column}>
          <Tasks tasks={desk.tasks} />
          <Unreported entries={desk.unreported} articles={desk.report_articles} />
          <Outages outages={desk.outages} cameras={desk.cameras} />
        </div>
      </div>
    </>
  );
}
