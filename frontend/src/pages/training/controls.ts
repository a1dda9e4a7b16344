/** Fields of the spec that are better shown than typed, by path or by `path=kind`. */
import type { Component } from 'svelte';
import type { FieldProps } from '../../components/form/context';
import DrawnPoints from './DrawnPoints.svelte';
import GapChoice from './GapChoice.svelte';
import InputColumns from './InputColumns.svelte';
import MissingValues from './MissingValues.svelte';
import TableDataset from './TableDataset.svelte';
import TargetColumn from './TargetColumn.svelte';

export const controls: Readonly<Record<string, Component<FieldProps>>> = {
  'dataset.points': DrawnPoints,
  'dataset.upload': TableDataset,
  'dataset.target': TargetColumn,
  'dataset.columns': InputColumns,
  'dataset.missing': MissingValues,
  'dataset.missing_target': GapChoice,
  'dataset.words': GapChoice,
};
