import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Checkbox, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { DayField } from '@/components/DayField';
import { PersonSelect } from '@/components/PersonSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { giveGrant } from '@/lib/server';
import { usePerson } from '@/lib/session';
import { DAY_US, isoOf, parseAddressTime } from '@/lib/time';
import styles from './PermissionsPage.module.css';
import { GRANTS_KEY } from './queries';
import { type ChosenScope, ScopeSelect } from './ScopeSelect';
import { hoursOn, minuteOf } from './weekHours';

interface Fields {
  person_id: string;
  scope: ChosenScope;
  until: string;
  days: number[];
  from_time: string;
  until_time: string;
  note: string;
}

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** Let somebody reach something: whom, where, until when, at which hours, why. */
export function GiveGrant({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const me = usePerson();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const give = useMutation({
    mutationFn: (fields: Fields) => giveGrant(bodyOf(fields)),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: GRANTS_KEY });
    },
  });
  const days = Form.useWatch('days', form) ?? [];
  const needed = { required: true, message: t('form.required') };
  const isTime = {
    validator: (_rule: unknown, text: string) =>
      minuteOf(text) === null ? Promise.reject(new Error(t('permissions.timeForm'))) : Promise.resolve(),
  };
  return (
    <Modal
      open={open}
      title={t('permissions.grants.give')}
      okText={t('permissions.grants.give')}
      cancelText={t('form.cancel')}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={give.isPending}
      afterClose={() => give.reset()}
      destroyOnHidden
      width={600}
    >
      <Floating>
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          preserve={false}
          onFinish={give.mutate}
          initialValues={{ until: '', days: [], from_time: '08:00', until_time: '18:00', note: '' }}
        >
          <Form.Item name="person_id" label={t('permissions.person')} rules={[needed]}>
            <PersonSelect without={me.id} programs />
          </Form.Item>
          <Form.Item
            name="scope"
            label={t('permissions.scope')}
            initialValue={{ kind: 'territory', value: '' }}
            rules={[
              {
                validator: (_rule, scope: ChosenScope) =>
                  scope.kind === 'everywhere' || scope.value
                    ? Promise.resolve()
                    : Promise.reject(new Error(t('form.required'))),
              },
            ]}
          >
            <ScopeSelect everywhere={t('permissions.kind.everywhere')} />
          </Form.Item>
          <Form.Item name="until" label={t('permissions.until')} extra={t('permissions.untilHint')}>
            <DayField />
          </Form.Item>
          <Form.Item label={t('permissions.hours')} extra={t('permissions.hoursHint')}>
            <Form.Item name="days" noStyle>
              <Checkbox.Group options={DAYS.map((day) => ({ value: day, label: t(`weekday.${day}`) }))} />
            </Form.Item>
            {days.length > 0 && (
              <div className={styles.hours}>
                <Form.Item name="from_time" noStyle rules={[isTime]}>
                  <Input style={{ width: 90 }} aria-label={t('permissions.fromTime')} />
                </Form.Item>
                –
                <Form.Item name="until_time" noStyle rules={[isTime]}>
                  <Input style={{ width: 90 }} aria-label={t('permissions.untilTime')} />
                </Form.Item>
              </div>
            )}
          </Form.Item>
          <Form.Item name="note" label={t('permissions.note')}>
            <Input maxLength={200} autoComplete="off" placeholder={t('permissions.notePlaceholder')} />
          </Form.Item>
          <ProblemNote error={give.error} />
        </Form>
      </Floating>
    </Modal>
  );
}

function bodyOf({ person_id, scope, until, days, from_time, until_time, note }: Fields) {
  const end = parseAddressTime(`${until}T00:00:00+08:00`);
  return {
    person_id,
    ...scope,
    until_at: end === null ? null : isoOf(end + DAY_US),
    hours: days?.length ? hoursOn(days, minuteOf(from_time) ?? 0, minuteOf(until_time) ?? 1440) : [],
    note: note.trim(),
  };
}
