import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DutyPost, DutyTask, NewTask } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { DUTY_KEY } from '@/lib/duty';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { setDutyTasks } from '@/lib/server';
import { Articles } from './Articles';
import styles from './DutyPage.module.css';

const KINDS: readonly NewTask['kind'][] = ['once', 'timed', 'cameras'];
const TIMES = /^([01]\d|2[0-3]):[0-5]\d(\s+([01]\d|2[0-3]):[0-5]\d)*$/;

const asNew = ({ id, title, kind, times, basis }: DutyTask): NewTask => ({ id, title, kind, times, basis });

/** What must be done in each shift: what the texts ask for, and what the manager adds. */
export function TaskList({ post, tasks }: { post: DutyPost; tasks: readonly DutyTask[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const [title, setTitle] = useState('');
  const [kind, setKind] = useState<NewTask['kind']>('once');
  const [times, setTimes] = useState('');
  const save = useMutation({
    mutationFn: (items: NewTask[]) => setDutyTasks(post.id, items),
    onSuccess: () => {
      setTitle('');
      setTimes('');
      return queries.invalidateQueries({ queryKey: DUTY_KEY });
    },
  });
  const kept = tasks.map(asNew);
  const fits = title.trim() !== '' && (kind !== 'timed' || TIMES.test(times.trim()));
  return (
    <section className={styles.panel} data-testid="task-list">
      <h2>{t('shift.tasks')}</h2>
      <ul className={styles.list}>
        {tasks.map((task) => (
          <li key={task.id} className={styles.row}>
            <span className={styles.line}>
              <span>{inLanguage(task.title, language)}</span>
              <span className={`${styles.small} tabular`}>
                {t(`shift.taskKind.${task.kind}`)} {task.times.join(' ')}
              </span>
              {post.may_plan && (
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined />}
                  aria-label={t('shift.slotRemove')}
                  onClick={() => save.mutate(kept.filter((one) => one.id !== task.id))}
                />
              )}
            </span>
            <Articles articles={task.articles} />
          </li>
        ))}
      </ul>
      {post.may_plan && (
        <form
          className={styles.line}
          onSubmit={(event) => {
            event.preventDefault();
            const named = { zh: title.trim(), en: title.trim() };
            const at = kind === 'timed' ? times.trim().split(/\s+/) : [];
            save.mutate([...kept, { title: named, kind, times: at, basis: '' }]);
          }}
        >
          <Input
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            maxLength={200}
            style={{ width: 280 }}
            aria-label={t('shift.newTask')}
            placeholder={t('shift.newTask')}
          />
          <Select<NewTask['kind']>
            value={kind}
            onChange={setKind}
            style={{ width: 180 }}
            aria-label={t('shift.taskWhen')}
            options={KINDS.map((value) => ({ value, label: t(`shift.taskKind.${value}`) }))}
          />
          {kind === 'timed' && (
            <Input
              value={times}
              onChange={(event) => setTimes(event.target.value)}
              style={{ width: 160 }}
              aria-label={t('shift.taskTimes')}
              placeholder="22:00 02:00"
            />
          )}
          <Button htmlType="submit" icon={<PlusOutlined />} disabled={!fits} loading={save.isPending}>
            {t('shift.addTask')}
          </Button>
        </form>
      )}
      <ProblemNote error={save.error} />
    </section>
  );
}
