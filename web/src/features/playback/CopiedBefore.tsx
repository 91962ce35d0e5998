import { useQueries } from '@tanstack/react-query';
import { Alert, Form, type FormInstance } from 'antd';
import { useTranslation } from 'react-i18next';
import { rangeOf } from '@/components/RangeFields';
import { readMoments } from '@/lib/server';
import { clockOf, dateTimeOf, microsOf } from '@/lib/time';
import type { Filled } from './ClipDialog';
import { MOMENTS_KEY } from './timeline/useMoments';

const MOST_SHOWN = 4;

/** What was exported of these channels in this time before, by whomever: nobody copies twice unknowingly. */
export function CopiedBefore({ form }: { form: FormInstance<Filled> }) {
  const { t } = useTranslation();
  const filled = Form.useWatch((values: Filled) => values, form);
  const range = filled ? spanOf(filled) : null;
  const found = useQueries({
    queries: (range ? (filled?.channels ?? []) : []).map((id) => ({
      queryKey: [...MOMENTS_KEY, id, 'copies', range?.startUs, range?.endUs],
      queryFn: () => readMoments(id, range?.startUs ?? 0, range?.endUs ?? 1, 0),
      staleTime: 10_000,
    })),
    combine: (answers) => answers.flatMap((answer) => answer.data?.copies ?? []),
  });
  const copies = [...new Map(found.map((one) => [one.created_at + one.by, one])).values()];
  if (copies.length === 0) return null;
  return (
    <Alert
      type="info"
      showIcon
      style={{ marginBottom: 16 }}
      title={t('clips.before')}
      data-testid="copied-before"
      description={
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {copies.slice(0, MOST_SHOWN).map((one) => (
            <li key={one.created_at + one.by}>
              {t('clips.beforeOne', {
                by: one.by,
                created: dateTimeOf(microsOf(one.created_at)),
                from: dateTimeOf(microsOf(one.start)),
                to: clockOf(microsOf(one.end)),
                state: t(`clipState.${one.state}`),
              })}
            </li>
          ))}
        </ul>
      }
    />
  );
}

function spanOf(filled: Filled): { startUs: number; endUs: number } | null {
  try {
    const span = rangeOf(filled);
    return Number.isFinite(span.startUs) && span.endUs > span.startUs ? span : null;
  } catch {
    return null; // somebody is still typing
  }
}
