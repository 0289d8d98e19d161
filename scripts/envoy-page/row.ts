/** What becomes of some fields of the model. */
export interface FieldRow {
  /** `<shape>.<field>`, as the service model names them. */
  readonly fields: readonly string[];
  /** What Envoy is told, in its words, and where App Mesh's meaning is not obvious, why. */
  readonly emits: string;
  /** Full titles of the tests that saw it on real traffic. */
  readonly tests: readonly string[];
}

/** The fields of the same name in several shapes. */
export const each = (shapes: readonly string[], ...members: readonly string[]): string[] =>
  shapes.flatMap((shape) => members.map((member) => `${shape}.${member}`));
