import { CheckOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DutyDue } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { serverNowUs } from '@/lib/clock';
import { DUTY_KEY } from '@/lib/duty';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { tickDutyTask } from '@/lib/server';
import { clockOf, microsOf } from '@/lib/time';
import { Articles } from './Articles';
import styles from './DutyPage.module.css';

/** The must-do list of the shift with times; done with time and name. */
export function Tasks({ tasks }: { tasks: readonly DutyDue[] }) {
  const { t } = useTranslation();
  const left = tasks.filter((one) => !one.finished).length;
  return (
    <section className={styles.panel} aria-label={t('shift.tasks')} data-testid="tasks">
      <h2>
        {t('shift.tasks')} <span className={styles.small}>{t('shift.tasksLeft', { left, all: tasks.length })}</span>
      </h2>
      {tasks.length === 0 && <p className={styles.muted}>{t('shift.noTasks')}</p>}
      <ul className={styles.list}>
        {tasks.map((due) => (
          <Task key={`${due.task.id} ${due.key}`} due={due} />
        ))}
      </ul>
    </section>
  );
}

function Task({ due }: { due: DutyDue }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const late = !due.finished && due.due_at !== null && microsOf(due.due_at) < serverNowUs();
  return (
    <li
      className={styles.row}
      data-testid="task"
      data-kind={due.task.kind}
      data-finished={due.finished}
      data-severity={late ? 'warning' : ''}
    >
      <span className={styles.line}>
        <span>{inLanguage(due.task.title, language)}</span>
        {due.due_at && (
          <span className={`${late ? styles.late : styles.small} tabular`}>
            {t(late ? 'shift.dueSince' : 'shift.dueBy', { time: clockOf(microsOf(due.due_at)).slice(0, 5) })}
          </span>
        )}
      </span>
      {due.task.kind === 'cameras' && <Watched due={due} />}
      {due.done ? (
        <span className={due.done.well ? styles.good : styles.late}>
          <CheckOutlined />{' '}
          {t(due.done.well ? 'shift.doneBy' : 'shift.doneNotWell', {
            name: due.done.by,
            time: clockOf(microsOf(due.done.at)),
          })}
          {due.done.note && ` ${due.done.note}`}
        </span>
      ) : (
        !due.finished && <Tick due={due} />
      )}
      <Articles articles={due.task.articles} />
    </li>
  );
}

function Watched({ due }: { due: DutyDue }) {
  const { t } = useTranslation();
  return (
    <span className="tabular" data-testid="watched">
      {t('shift.watched', { seen: due.seen, total: due.total })}{' '}
      {due.missing.length > 0 && (
        <Link to="/live" title={due.missing.map((one) => one.name).join('、')}>
          {t('shift.notWatched', {
            names: due.missing
              .slice(0, 3)
              .map((one) => one.name)
              .join(t('grounds.between')),
          })}
        </Link>
      )}
    </span>
  );
}

function Tick({ due }: { due: DutyDue }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [well, setWell] = useState(true);
  const [note, setNote] = useState('');
  const tick = useMutation({
    mutationFn: () => tickDutyTask({ task_id: due.task.id, key: due.key, well, note }),
    onSuccess: () => queries.invalidateQueries({ queryKey: DUTY_KEY }),
  });
  if (!open) {
    return (
      <span>
        <Button size="small" onClick={() => setOpen(true)} data-testid="tick">
          {t('shift.tick')}
        </Button>
      </span>
    );
  }
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        tick.mutate();
      }}
    >
      <Checkbox checked={well} onChange={(event) => setWell(event.target.checked)}>
        {t('shift.allWell')}
      </Checkbox>
      <Input
        size="small"
        autoFocus
        value={note}
        maxLength={200}
        onChange={(event) => setNote(event.target.value)}
        aria-label={t('shift.tickNote')}
        placeholder={t('shift.tickNote')}
        data-testid="tick-note"
      />
      <ProblemNote error={tick.error} />
      <span className={styles.acts}>
        <Button size="small" type="primary" htmlType="submit" loading={tick.isPending} data-testid="tick-done">
          {t('shift.tickDone')}
        </Button>
        <Button size="small" onClick={() => setOpen(false)}>
          {t('shift.correctNot')}
        </Button>
      </span>
    </form>
  );
}
