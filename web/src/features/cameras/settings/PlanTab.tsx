import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, InputNumber, Radio, Select, Space } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { CHANNELS_KEY } from '@/lib/channels';
import { standing } from '@/lib/problem';
import { type Recording, readRecording, readStorage, setRecording } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { EventButton } from './EventButton';
import styles from './settings.module.css';
import { WeekGrid } from './WeekGrid';
import { minutesOf, PRESETS, rangesOf, weekOf } from './weekly';

/** When a channel is recorded, how much it matters, and which disks it goes to. */
export function PlanTab({ channel }: { channel: Channel }) {
  const plan = useQuery({ queryKey: ['recording', channel.id], queryFn: () => readRecording(channel.id) });
  const saved = standing(plan);
  if (!saved) return <Loading error={plan.error} />;
  return <PlanEditor key={JSON.stringify(saved)} channel={channel} saved={saved} />;
}

const KINDS = ['always', 'weekly', 'event'] as const;
const PRIORITIES = [1, 2, 3] as const;

function PlanEditor({ channel, saved }: { channel: Channel; saved: Recording }) {
  const { t } = useTranslation();
  const changes = may(usePerson(), 'recording.manage') && channel.state !== 'retired';
  const [plan, setPlan] = useState(saved);
  const set = (change: Partial<Recording>) => setPlan((before) => ({ ...before, ...change }));
  const save = useSave(channel);
  const week = weekOf(plan.weekly ?? []);
  const setWeek = (next: typeof week) => set({ weekly: rangesOf(next) });
  const nothing = plan.plan === 'weekly' && minutesOf(week) === 0;
  const changed = JSON.stringify(asSent(plan)) !== JSON.stringify(saved);
  return (
    <div className={styles.tab} data-testid="plan">
      <Radio.Group
        value={plan.plan}
        disabled={!changes}
        optionType="button"
        onChange={(event) => set({ plan: event.target.value })}
        options={KINDS.map((kind) => ({ value: kind, label: t(`plan.kind.${kind}`) }))}
      />
      <p className={styles.hint}>{t(`plan.hint.${plan.plan}`)}</p>
      {plan.plan === 'weekly' && (
        <>
          {changes && (
            <Space wrap>
              {(Object.keys(PRESETS) as (keyof typeof PRESETS)[]).map((name) => (
                <Button key={name} size="small" onClick={() => setWeek(PRESETS[name]())}>
                  {t(`plan.preset.${name}`)}
                </Button>
              ))}
            </Space>
          )}
          <WeekGrid week={week} disabled={!changes} onChange={setWeek} />
          <p className={`${styles.hint} tabular`}>
            {nothing ? t('plan.nothingPlanned') : t('plan.hours', { hours: Math.round(minutesOf(week) / 6) / 10 })}
          </p>
        </>
      )}
      {plan.plan === 'event' && <Rolls plan={plan} disabled={!changes} onChange={set} />}
      <Weight plan={plan} disabled={!changes} demonstration={channel.demonstration} onChange={set} />
      <ProblemNote error={save.error} />
      <Space>
        {changes && (
          <Button
            type="primary"
            disabled={!changed || nothing}
            loading={save.isPending}
            onClick={() => save.mutate(plan)}
            data-testid="save-plan"
          >
            {t('plan.save')}
          </Button>
        )}
        {saved.plan === 'event' && channel.state !== 'retired' && <EventButton channel={channel} saved={saved} />}
      </Space>
    </div>
  );
}

/** A week that was painted and then not chosen is no part of the plan. */
const asSent = (plan: Recording): Recording => (plan.plan === 'weekly' ? plan : { ...plan, weekly: [] });

function useSave(channel: Channel) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (plan: Recording) => setRecording(channel.id, asSent(plan)),
    onSuccess: async (plan) => {
      message.success(t('plan.saved', { name: channel.name }));
      queries.setQueryData(['recording', channel.id], plan);
      await queries.invalidateQueries({ queryKey: CHANNELS_KEY });
    },
  });
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface PartProps {
  plan: Recording;
  disabled: boolean;
  onChange: (change: Partial<Recording>) => void;
}

function Rolls({ plan, disabled, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.pairs}>
      <Field label={t('plan.preRoll')}>
        {(id) => (
          <InputNumber
            id={id}
            min={0}
            max={30}
            precision={0}
            suffix={t('plan.seconds')}
            disabled={disabled}
            value={plan.pre_roll_s ?? 5}
            onChange={(value) => onChange({ pre_roll_s: value ?? 0 })}
          />
        )}
      </Field>
      <Field label={t('plan.postRoll')}>
        {(id) => (
          <InputNumber
            id={id}
            min={1}
            max={3600}
            precision={0}
            suffix={t('plan.seconds')}
            disabled={disabled}
            value={plan.post_roll_s ?? 60}
            onChange={(value) => onChange({ post_roll_s: value ?? 1 })}
          />
        )}
      </Field>
    </div>
  );
}

/** What happens when room runs out, and which disks the channel goes to. */
function Weight({ plan, disabled, demonstration, onChange }: PartProps & { demonstration: boolean }) {
  const { t } = useTranslation();
  const mayRead = may(usePerson(), 'storage.read');
  const storage = useQuery({ queryKey: ['storage'], queryFn: readStorage, enabled: mayRead });
  const groups = (storage.data?.groups ?? []).filter((group) => group.demonstration === demonstration);
  const named = groups.map((group) => ({ value: group.id, label: group.name }));
  return (
    <div className={styles.pairs}>
      <Field label={t('plan.priority')}>
        {(id) => (
          <Select
            id={id}
            disabled={disabled}
            value={plan.priority ?? 2}
            onChange={(priority) => onChange({ priority })}
            options={PRIORITIES.map((value) => ({ value, label: t(`plan.priorities.${value}`) }))}
          />
        )}
      </Field>
      {mayRead && (
        <Field label={t('plan.group')}>
          {(id) => (
            <Select
              id={id}
              disabled={disabled}
              loading={storage.isPending}
              value={plan.group_id ?? ''}
              onChange={(id) => onChange({ group_id: id || null })}
              options={[{ value: '', label: t('plan.usualGroup') }, ...named]}
            />
          )}
        </Field>
      )}
    </div>
  );
}
