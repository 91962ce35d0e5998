import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HandoverSheet } from '@/api';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { dateTimeOf, microsOf } from '@/lib/time';

/** What the machine collected: open alerts, what was not done, what is not reported, how the cameras are. */
export function SheetFacts({ sheet }: { sheet: HandoverSheet }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const gone = sheet.outages.filter((one) => one.cleared_at === null);
  return (
    <table data-testid="sheet-facts" style={{ width: '100%' }}>
      <tbody>
        <Fact name={t('shift.factCameras')}>
          {t('shift.factCamerasSay', { all: sheet.cameras, gone: sheet.cameras_offline })}{' '}
          {gone.map((one) => one.name).join(t('grounds.between'))}
        </Fact>
        <Fact name={t('shift.factAlerts', { number: sheet.alerts_total })}>
          {sheet.alerts.length === 0
            ? t('shift.factNone')
            : sheet.alerts.map((one) => (
                <div key={one.id} className="tabular">
                  {dateTimeOf(microsOf(one.raised_at))} {inLanguage(one.title, language)}{' '}
                  {one.assigned_to && t('shift.assignedTo', { name: one.assigned_to })}
                </div>
              ))}
        </Fact>
        <Fact name={t('shift.factUndone')}>
          {sheet.undone.length === 0
            ? t('shift.factNone')
            : sheet.undone.map((one) => (
                <div key={`${one.title.zh} ${one.due_at}`}>
                  {inLanguage(one.title, language)}{' '}
                  {one.kind === 'cameras' && t('shift.watched', { seen: one.seen, total: one.total })}
                </div>
              ))}
        </Fact>
        <Fact name={t('shift.factUnreported')}>
          {sheet.unreported.length === 0
            ? t('shift.factNone')
            : sheet.unreported.map((one) => <div key={one.number}>{`${one.number} ${one.text}`}</div>)}
        </Fact>
        <Fact name={t('shift.factEntries')}>{sheet.entries}</Fact>
      </tbody>
    </table>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row" style={{ textAlign: 'start', verticalAlign: 'top', paddingInlineEnd: 16, fontWeight: 400 }}>
        {name}
      </th>
      <td>{children}</td>
    </tr>
  );
}
