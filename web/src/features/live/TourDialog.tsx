import { ArrowUpOutlined, DeleteOutlined } from '@ant-design/icons';
import { Button, Empty, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Floating } from '@/components/Surface';
import { useKnownChannels } from './channelStates';
import { LEAST_SECONDS, MOST_SECONDS, type SavedWall, type Step, type Tour } from './savedWalls';
import styles from './WallBar.module.css';
import { shownChannels, useWall } from './wall';

interface DialogProps {
  tour: Tour;
  walls: readonly SavedWall[];
  onSave: (tour: Tour) => void;
  onClose: () => void;
}

const USUAL_SECONDS = 15;

/** A tour put together: saved walls, and channels of the wall on the screen, each with its seconds. */
export function TourDialog({ tour, walls, onSave, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(tour.name);
  const [steps, setSteps] = useState<readonly Step[]>(tour.steps);
  const known = useKnownChannels((all) => all.channels);
  const onWall = shownChannels(useWall());
  const channels = [...new Set([...onWall, ...steps.flatMap((one) => (one.kind === 'channel' ? one.id : []))])];
  const nameOf = (step: Step) =>
    step.kind === 'wall'
      ? (walls.find((one) => one.id === step.id)?.name ?? t('live.tours.gone'))
      : (known.get(step.id)?.name ?? t('live.unknownChannel'));
  const change = (at: number, step: Step | null) =>
    setSteps(steps.flatMap((one, index) => (index === at ? (step ?? []) : one)));
  const add = (value: string) => {
    const [kind, id] = value.split(':');
    if (id) setSteps([...steps, { kind: kind === 'wall' ? 'wall' : 'channel', id, seconds: USUAL_SECONDS }]);
  };
  const ready = name.trim() !== '' && steps.length > 0;
  return (
    <Modal
      open
      title={t(tour.name ? 'live.tours.edit' : 'live.tours.add', { name: tour.name })}
      okText={t('live.tours.save')}
      cancelText={t('form.cancel')}
      okButtonProps={{ disabled: !ready }}
      onOk={() => onSave({ id: tour.id, name: name.trim(), steps })}
      onCancel={onClose}
      data-testid="tour-dialog"
    >
      <Floating>
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={t('live.tours.name')} htmlFor="tour-name">
            <Input
              id="tour-name"
              value={name}
              maxLength={60}
              onChange={(event) => setName(event.target.value)}
              data-testid="tour-name"
            />
          </Form.Item>
          <Form.Item label={t('live.tours.what')} htmlFor="tour-step" extra={t('live.tours.hint')}>
            <Select
              id="tour-step"
              value={null}
              placeholder={t('live.tours.choose')}
              onChange={(value: string | null) => value && add(value)}
              options={[
                {
                  label: t('live.walls.title'),
                  options: walls.map((one) => ({ value: `wall:${one.id}`, label: one.name })),
                },
                {
                  label: t('live.channels'),
                  options: channels.map((id) => ({ value: `channel:${id}`, label: known.get(id)?.name ?? id })),
                },
              ]}
              data-testid="tour-step"
            />
          </Form.Item>
        </Form>
        {steps.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('live.tours.noSteps')} />}
        <ol className={styles.items}>
          {steps.map((step, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same wall may come twice; a step is where it stands
            <li key={at}>
              <span className={styles.item}>{nameOf(step)}</span>
              <InputNumber
                size="small"
                min={LEAST_SECONDS}
                max={MOST_SECONDS}
                value={step.seconds}
                suffix={t('live.tours.seconds')}
                aria-label={t('live.tours.secondsOf', { name: nameOf(step) })}
                onChange={(value) => value && change(at, { ...step, seconds: value })}
              />
              <Button
                type="text"
                size="small"
                icon={<ArrowUpOutlined />}
                disabled={at === 0}
                aria-label={t('live.tours.up', { name: nameOf(step) })}
                onClick={() => {
                  const next = [...steps];
                  next.splice(at - 1, 0, ...next.splice(at, 1));
                  setSteps(next);
                }}
              />
              <Button
                type="text"
                size="small"
                icon={<DeleteOutlined />}
                aria-label={t('live.tours.removeStep', { name: nameOf(step) })}
                onClick={() => change(at, null)}
              />
            </li>
          ))}
        </ol>
      </Floating>
    </Modal>
  );
}
