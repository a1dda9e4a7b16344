/** Fields of a form that stand together under one title. */
export interface FormGroup {
  title: string;
  /** Names of top-level properties, in order. */
  fields: readonly string[];
  open?: boolean;
  /** A quiet fact beside the title while the group is open. */
  aside?: string;
  /** What the closed group says; by default its values. */
  summary?: string;
}
