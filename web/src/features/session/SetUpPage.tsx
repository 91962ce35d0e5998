import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Result, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useSearchParams } from 'react-router';
import type { SetUpResult } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { PARTS } from '@/components/steps/parts';
import { STEPS } from '@/components/steps/Step';
import { useLanguage } from '@/lib/i18n';
import { setUp } from '@/lib/server';
import { SESSION_KEY, useServerState } from '@/lib/session';
import { InviteLinks } from './InviteLinks';
import { type FilledPeople, PeopleStep } from './PeopleStep';
import { PublicFrame } from './PublicFrame';
import styles from './SetUpPage.module.css';
import { type FilledSite, SiteStep } from './SiteStep';
import { LanguageStep, OriginStep, TokenStep } from './startSteps';

const BEFORE = ['language', 'token', 'origin', 'site', 'people'] as const;
const AFTER = ['links', ...STEPS] as const;
type Stage = (typeof BEFORE)[number] | (typeof AFTER)[number];
const STAGES: readonly Stage[] = [...BEFORE, ...AFTER];

/** The first run, page by page. What comes after the people is gone through signed in, and again later as a review. */
export default function SetUpPage() {
  const { t } = useTranslation();
  const state = useServerState();
  const [done, setDone] = useState<SetUpResult | null>(null);
  if (!done && state.data?.initialized) return <Navigate to="/sign-in" replace />;
  return (
    <PublicFrame title={t('setUp.title')} wide>
      {state.error && <ProblemNote error={state.error} />}
      {state.isPending && <Loading />}
      {state.data && <Stages done={done} onDone={setDone} />}
    </PublicFrame>
  );
}

function Stages({ done, onDone }: { done: SetUpResult | null; onDone: (done: SetUpResult) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const queries = useQueryClient();
  const [query] = useSearchParams();
  const [stage, setStage] = useState<Stage | 'end'>('language');
  const [token, setToken] = useState(query.get('token') ?? '');
  const [site, setSite] = useState<FilledSite | null>(null);
  const create = useMutation({
    mutationFn: ({ people, password }: FilledPeople) => setUp({ token, people, password, language, site }),
    onSuccess: (made) => {
      onDone(made);
      queries.setQueryData(SESSION_KEY, made.signed_in);
      queries.invalidateQueries({ queryKey: ['state'] });
      setStage('links');
    },
  });
  const at = stage === 'end' ? STAGES.length : STAGES.indexOf(stage);
  const next = () => setStage(STAGES[at + 1] ?? 'end');
  return (
    <>
      <Steps
        size="small"
        current={at}
        titlePlacement="vertical"
        className={styles.steps ?? ''}
        items={STAGES.map((key) => ({ title: t(`setUp.stage.${key}`) }))}
      />
      <div className={styles.stage} data-testid={`stage-${stage}`}>
        {stage === 'language' && <LanguageStep onDone={next} />}
        {stage === 'token' && (
          <TokenStep
            token={token}
            onDone={(good) => {
              setToken(good);
              next();
            }}
          />
        )}
        {stage === 'origin' && <OriginStep onDone={next} />}
        {stage === 'site' && (
          <SiteStep
            site={site}
            onDone={(filled) => {
              setSite(filled);
              next();
            }}
          />
        )}
        {stage === 'people' && <PeopleStep onDone={create.mutate} pending={create.isPending} error={create.error} />}
        {stage === 'links' && done && <InviteLinks invites={done.invites} onDone={next} />}
        <After stage={stage} onDone={next} />
        {stage === 'end' && (
          <Result
            status="success"
            title={t('setUp.doneTitle')}
            subTitle={t('setUp.doneText')}
            extra={
              <Link to="/">
                <Button type="primary">{t('setUp.start')}</Button>
              </Link>
            }
          />
        )}
      </div>
    </>
  );
}

function After({ stage, onDone }: { stage: Stage | 'end'; onDone: () => void }) {
  const step = STEPS.find((one) => one === stage);
  if (!step) return null;
  const Part = PARTS[step];
  return <Part key={step} onDone={onDone} />;
}
