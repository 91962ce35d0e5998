import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { useDesk } from '@/lib/duty';
import styles from './DutyPage.module.css';
import { HandoverPaper, ShiftPaper } from './Papers';
import { Records } from './Records';
import { RosterPart } from './Roster';
import { ShiftDesk } from './ShiftDesk';

const PARTS = ['desk', 'roster', 'records'] as const;
type Part = (typeof PARTS)[number];

/** The duty desk, the roster, and what was written: one page, three parts, and papers to print. */
export default function DutyPage() {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const desk = useDesk();
  const part = PARTS.find((one) => one === query.get('part')) ?? 'desk';
  const shift = query.get('shift');
  const handover = query.get('handover');
  if (shift) return <ShiftPaper id={shift} />;
  if (handover) return <HandoverPaper id={handover} />;
  if (desk.isPending) return <Loading />;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('menu.duty')}</h1>
        <Segmented<Part>
          value={part}
          onChange={(next) => setQuery(next === 'desk' ? {} : { part: next })}
          aria-label={t('shift.parts')}
          options={PARTS.map((value) => ({ value, label: t(`shift.part.${value}`) }))}
        />
      </header>
      <ProblemNote error={desk.error} />
      {desk.data && part === 'desk' && <ShiftDesk desk={desk.data} />}
      {desk.data && part === 'roster' && <RosterPart desk={desk.data} />}
      {desk.data && part === 'records' && <Records desk={desk.data} />}
    </div>
  );
}
