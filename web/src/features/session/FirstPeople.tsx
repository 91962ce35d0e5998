import { DeleteOutlined } from '@ant-design/icons';
import { Button, Form, Input, Tag, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { FirstPerson } from '@/lib/server';
import styles from './FirstPeople.module.css';
import { FIRST_ROLES } from './firstRoles';

/** One row for each first person. The three separated administrators stay; the others may be left out. */
export function FirstPeople() {
  const { t } = useTranslation();
  return (
    <Form.List name="people">
      {(fields, { remove }) => (
        <table className={styles.people}>
          <thead>
            <tr>
              <th scope="col">{t('person.role')}</th>
              <th scope="col">{t('person.loginName')}</th>
              <th scope="col">{t('person.displayName')}</th>
              <th scope="col">{t('person.number')}</th>
              <th scope="col">
                <span className="unseen">{t('setUp.leaveOut')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <Row key={field.key} index={field.name} onRemove={() => remove(field.name)} />
            ))}
          </tbody>
        </table>
      )}
    </Form.List>
  );
}

function Row({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const person: FirstPerson | undefined = form.getFieldValue(['people', index]);
  const known = FIRST_ROLES.find((first) => first.role === person?.role);
  const name = known ? t(`role.${known.role}`) : (person?.role ?? '');
  return (
    <tr>
      <th scope="row">
        <Form.Item name={[index, 'role']} hidden noStyle>
          <Input />
        </Form.Item>
        {name}
        {index === 0 && <Tag className={styles.me ?? ''}>{t('setUp.me')}</Tag>}
        <span className={styles.duty}>{known && t(`roleDuty.${known.role}`)}</span>
      </th>
      <td>
        <Form.Item
          name={[index, 'login_name']}
          rules={[{ required: true, whitespace: true, message: t('form.required') }, uniqueName(t('setUp.sameName'))]}
        >
          <Input aria-label={`${name} ${t('person.loginName')}`} autoComplete="off" />
        </Form.Item>
      </td>
      <td>
        <Form.Item
          name={[index, 'display_name']}
          rules={[{ required: true, whitespace: true, message: t('form.required') }]}
        >
          <Input aria-label={`${name} ${t('person.displayName')}`} autoComplete="off" />
        </Form.Item>
      </td>
      <td>
        <Form.Item name={[index, 'number']}>
          <Input aria-label={`${name} ${t('person.number')}`} autoComplete="off" style={{ width: 130 }} />
        </Form.Item>
      </td>
      <td>
        {known && !known.separate && (
          <Tooltip title={t('setUp.leaveOut')}>
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={`${t('setUp.leaveOut')} ${name}`}
              onClick={onRemove}
            />
          </Tooltip>
        )}
      </td>
    </tr>
  );
}

const uniqueName =
  (words: string) =>
  ({ getFieldValue }: { getFieldValue: (name: string) => FirstPerson[] }) => ({
    validator: (_rule: unknown, value: string) => {
      const same = getFieldValue('people').filter((person) => person.login_name?.trim() === value?.trim());
      return same.length > 1 ? Promise.reject(new Error(words)) : Promise.resolve();
    },
  });
