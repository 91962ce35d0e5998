import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Collapse, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Organisation, OrganisationForm } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect } from '@/components/RegistrySelects';
import { standing } from '@/lib/problem';
import {
  addOrganisation,
  addSystem,
  changeOrganisation,
  getOrganisation,
  getSystem,
  giveSystemRole,
  retireOrganisation,
} from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { RegionField } from './Fields';
import { Roles } from './Roles';
import styles from './registry.module.css';
import { useSaving } from './useSaving';

const KINDS = ['government', 'police', 'institution', 'enterprise', 'community', 'other'] as const;

interface Props {
  id: string | null;
  parent: { id: string; name: string } | null;
  region: string | null;
  onDone: (id: string | null) => void;
}

/** One organisation with its systems, or a new one. */
export function OrganisationDetails({ id, parent, region, onDone }: Props) {
  const found = useQuery({
    queryKey: ['registry', 'organisation', id],
    queryFn: () => getOrganisation(id as string),
    enabled: id !== null,
  });
  if (id === null) return <OrganisationFields known={null} parent={parent} region={region} onDone={onDone} />;
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  return (
    <>
      <OrganisationFields known={known} parent={parent} region={region} onDone={onDone} />
      <Systems organisation={known} />
    </>
  );
}

interface FieldsProps extends Omit<Props, 'id'> {
  known: Organisation | null;
}

function OrganisationFields({ known, parent, region, onDone }: FieldsProps) {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'registry.manage');
  const save = useSaving(
    (form: OrganisationForm) => (known ? changeOrganisation(known.id, form) : addOrganisation(form)),
    (saved) => onDone(saved.id),
  );
  const retire = useSaving(
    () => retireOrganisation(known?.id ?? ''),
    () => onDone(null),
  );
  const initial: Partial<OrganisationForm> = known
    ? { ...words(known), kind: known.kind.code as OrganisationForm['kind'] }
    : { kind: 'other', parent_id: parent?.id ?? null, ...(region && { region_code: region }) };
  const required = { required: true, whitespace: true, message: t('form.required') };
  return (
    <Form layout="vertical" requiredMark={false} disabled={!manages} initialValues={initial} onFinish={save.mutate}>
      <Form.Item name="name" label={t('registry.organisation.name')} rules={[required]}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="parent_id" label={t('registry.organisation.above')} extra={t('registry.organisation.aboveHint')}>
        <EntrySelect kind="organisation" known={parent} />
      </Form.Item>
      <RegionField />
      <div className={styles.pair}>
        <Form.Item name="kind" label={t('registry.organisation.kind')}>
          <Select options={KINDS.map((value) => ({ value, label: t(`registry.organisationKind.${value}`) }))} />
        </Form.Item>
        <Form.Item name="credit_code" label={t('registry.organisation.creditCode')}>
          <Input maxLength={18} />
        </Form.Item>
      </div>
      <Form.Item name="address" label={t('registry.organisation.address')}>
        <Input maxLength={200} />
      </Form.Item>
      <div className={styles.pair}>
        <Form.Item name="contact" label={t('registry.organisation.contact')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="phone" label={t('registry.organisation.phone')}>
          <Input maxLength={200} />
        </Form.Item>
      </div>
      <ProblemNote error={save.error ?? retire.error} />
      {manages && (
        <div className={styles.actions}>
          <Button type="primary" htmlType="submit" loading={save.isPending} data-testid="save-organisation">
            {t('registry.save')}
          </Button>
          {known && (
            <Popconfirm
              title={t('registry.organisation.retire')}
              description={t('registry.organisation.retireText')}
              onConfirm={() => retire.mutate(undefined)}
            >
              <Button danger loading={retire.isPending}>
                {t('registry.organisation.retire')}
              </Button>
            </Popconfirm>
          )}
        </div>
      )}
    </Form>
  );
}

function words({ name, region_code, parent_id, credit_code, address, contact, phone }: Organisation) {
  const shown = { credit_code, address, contact, phone };
  const said = Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, value ?? '']));
  return { name, region_code, parent_id, ...said };
}

/** Who built a system, uses it, owns it: what the texts ask of each. */
function SystemRoles({ id }: { id: string }) {
  const found = useQuery({ queryKey: ['registry', 'system', id], queryFn: () => getSystem(id) });
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  return (
    <div data-testid="system-roles">
      <Roles roles={known.roles} onGive={(body) => giveSystemRole(id, body)} />
    </div>
  );
}

function Systems({ organisation }: { organisation: Organisation }) {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'registry.manage');
  const [name, setName] = useState('');
  const add = useSaving(
    () => addSystem({ name: name.trim(), organisation_id: organisation.id }),
    () => setName(''),
  );
  return (
    <section className={styles.section}>
      <h3>{t('registry.organisation.systems')}</h3>
      <p className={styles.hint}>{t('registry.organisation.systemsHint')}</p>
      <ul className={styles.list} data-testid="systems">
        {organisation.systems.length === 0 && <li className={styles.hint}>{t('registry.organisation.noSystems')}</li>}
      </ul>
      <Collapse
        ghost
        size="small"
        destroyOnHidden
        items={organisation.systems.map((system) => ({
          key: system.id,
          label: system.name,
          children: <SystemRoles id={system.id} />,
        }))}
      />
      {manages && (
        <div className={styles.row}>
          <Input
            maxLength={100}
            value={name}
            placeholder={t('registry.organisation.systemName')}
            aria-label={t('registry.organisation.systemName')}
            onChange={(event) => setName(event.target.value)}
          />
          <Button
            icon={<PlusOutlined />}
            disabled={!name.trim()}
            loading={add.isPending}
            onClick={() => add.mutate(undefined)}
          >
            {t('registry.organisation.addSystem')}
          </Button>
        </div>
      )}
      <ProblemNote error={add.error} />
    </section>
  );
}
