import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AdministrationChange, AdministrationProposal, Seat } from '@/api';
import { Loading } from '@/components/Loading';
import { OneTimeLink, type Shown } from '@/components/OneTimeLink';
import { PersonSelect } from '@/components/PersonSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { ADMINISTRATION_KEY, inviteAddress, isSeat, PEOPLE_KEY, useAdministration } from '@/lib/people';
import { confirmAdministration, proposeAdministration, withdrawAdministration } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './PeoplePage.module.css';

/** The three administrators: who they are, and the two steps by which the other two change one of them. */
export function Administration() {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePerson();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const found = useAdministration();
  const [proposing, setProposing] = useState<Seat | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: ADMINISTRATION_KEY });
    await queries.invalidateQueries({ queryKey: PEOPLE_KEY });
  };
  const propose = useMutation({
    mutationFn: (body: AdministrationProposal) => proposeAdministration(body),
    onSuccess: () => message.success(t('seats.proposed')),
    onSettled: refresh,
  });
  const decide = useMutation({
    mutationFn: async ({ change, yes }: { change: AdministrationChange; yes: boolean }) => {
      if (!yes) return withdrawAdministration(change.id);
      const { invite_token } = await confirmAdministration(change.id);
      if (invite_token) {
        const title = t('people.linkFor', { name: change.display_name });
        setShown({ title, value: inviteAddress(invite_token), note: t('people.linkNote') });
      }
    },
    onSettled: refresh,
  });
  if (found.isPending) return <Loading />;
  if (!found.data) return <ProblemNote error={found.error} />;
  const decides = may(person, 'administration.change');
  return (
    <>
      <Alert
        type="info"
        showIcon
        title={t('setUp.whyThree')}
        description={t('seats.how')}
        style={{ marginBottom: 20 }}
      />
      <ProblemNote error={propose.error ?? decide.error} />
      <div className={styles.seats}>
        {found.data.seats.map((seat) => (
          <section key={seat.role.code} className={styles.seat} data-testid={`seat-${seat.role.code}`}>
            <h3>{inLanguage(seat.role, language)}</h3>
            <span className={styles.holder}>{seat.display_name ?? '—'}</span>
            <div className={styles.below}>{seat.number}</div>
            {decides && seat.role.code !== person.role.code && (
              <div className={styles.acts}>
                <Button size="small" onClick={() => setProposing(seat)} data-testid="propose-replace">
                  {t('seats.replace')}
                </Button>
                {seat.person_id && isSeat(seat.role.code) && (
                  <Button
                    size="small"
                    onClick={() =>
                      seat.person_id &&
                      isSeat(seat.role.code) &&
                      propose.mutate({ kind: 'renew', role: seat.role.code, person_id: seat.person_id })
                    }
                  >
                    {t('seats.renew')}
                  </Button>
                )}
              </div>
            )}
          </section>
        ))}
      </div>
      {found.data.changes.map((change) => (
        <div key={change.id} className={styles.change} data-testid="seat-change">
          <span className={styles.two}>
            <strong>
              {t(`seats.kind.${change.kind}`, {
                name: change.display_name,
                role: inLanguage(change.role, language),
              })}
            </strong>
            <span className={`${styles.below} tabular`}>
              {t('seats.by', { name: change.proposed_by, until: dateTimeOf(microsOf(change.expires_at)) })}
            </span>
          </span>
          <span className={styles.spring} />
          {change.may_confirm && (
            <Button type="primary" onClick={() => decide.mutate({ change, yes: true })} data-testid="confirm-change">
              {t('seats.confirm')}
            </Button>
          )}
          {change.may_withdraw && (
            <Button onClick={() => decide.mutate({ change, yes: false })}>
              {t(change.may_confirm ? 'seats.refuse' : 'seats.withdraw')}
            </Button>
          )}
        </div>
      ))}
      <Replace
        seat={proposing}
        onClose={() => setProposing(null)}
        onChosen={(role, person_id) => propose.mutate({ kind: 'replace', role, person_id })}
      />
      <OneTimeLink shown={shown} onClose={() => setShown(null)} />
    </>
  );
}

function Replace({
  seat,
  onClose,
  onChosen,
}: {
  seat: Seat | null;
  onClose: () => void;
  onChosen: (role: AdministrationProposal['role'], person: string) => void;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [form] = Form.useForm<{ person: string }>();
  return (
    <Modal
      open={seat !== null}
      title={seat ? t('seats.replaceTitle', { role: inLanguage(seat.role, language) }) : ''}
      okText={t('seats.propose')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      destroyOnHidden
    >
      <Floating>
        <p style={{ marginTop: 0 }}>{t('seats.replaceWhat', { name: seat?.display_name ?? '—' })}</p>
        <Form
          form={form}
          layout="vertical"
          preserve={false}
          onFinish={({ person }) => {
            if (seat && isSeat(seat.role.code)) onChosen(seat.role.code, person);
            onClose();
          }}
        >
          <Form.Item name="person" label={t('seats.next')} rules={[{ required: true, message: t('form.required') }]}>
            <PersonSelect
              label={t('seats.next')}
              empty={t('seats.nobodyFits')}
              fits={(one) => Boolean(one.has_password) && !isSeat(one.role.code ?? '')}
            />
          </Form.Item>
        </Form>
      </Floating>
    </Modal>
  );
}
