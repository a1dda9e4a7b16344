/** How the editor looks: colors of the language, rows of one height, the column of results at the right. */
import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { HANGS, ROOM_STEP, ROOM_STEPS } from './beside';

/** Every line of code is as high as this, whatever stands beside it; code that wraps adds whole lines of text. */
const ROW = 34;

export const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--ink2)', fontWeight: '500' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--ink2)' },
  { tag: tags.comment, color: 'var(--ink3)' },
  { tag: tags.operator, color: 'var(--ink)' },
  { tag: tags.function(tags.variableName), color: 'var(--ink)' },
  { tag: tags.className, fontWeight: '600' },
]);

export const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '22px', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--accent)' },
  '.cm-line': { position: 'relative', padding: '6px 12px 6px 8px', minHeight: `${ROW}px`, borderLeft: '3px solid transparent' },
  // What wraps goes on a little further in than where it began.
  ...Object.fromEntries(HANGS.map((hang) => [`.cm-line.lab-hang${hang}`, { paddingLeft: `calc(8px + ${hang + 2}ch)`, textIndent: `-${hang + 2}ch` }])),
  ...Object.fromEntries(Array.from({ length: ROOM_STEPS }, (_, i) => [`.cm-line.lab-room${i + 1}`, { paddingRight: `${12 + (i + 1) * ROOM_STEP}px` }])),
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--ink3)', fontSize: '12px' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 6px 0 12px', minWidth: '30px', lineHeight: `${ROW}px` },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--accentsoft)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--raise)', outline: '1px solid var(--line2)' },
  '.lab-chosen': { backgroundColor: 'var(--accentsoft)', borderLeftColor: 'var(--accent)' },
  '.lab-explained': { borderLeftColor: 'var(--accent)' },
  '.lab-name': { fontWeight: '600' },
  // A box of its own: what is merely inline cannot keep a finger's sideways move for itself.
  '.lab-number': { display: 'inline-block', textIndent: '0', textDecoration: 'underline dotted var(--accent) 1px', textUnderlineOffset: '4px', cursor: 'ew-resize', touchAction: 'pan-y' },
  '&.lab-dragging, &.lab-dragging *': { cursor: 'ew-resize !important', userSelect: 'none !important' },
  '*': { boxSizing: 'border-box' },
  // Beside the text, not in it: a result never changes the height of its row.
  '.lab-result': { position: 'absolute', right: '12px', bottom: '0', display: 'flex', alignItems: 'center', justifyContent: 'flex-end', gap: '6px', maxWidth: 'calc(100% - 24px)', height: `${ROW}px`, fontSize: '12px', textIndent: '0', whiteSpace: 'nowrap', userSelect: 'none', cursor: 'pointer', transition: 'opacity 140ms' },
  '.lab-past, &.lab-old .lab-result': { opacity: '0.4', transitionDelay: '260ms' },
  '.lab-result > :first-child': { minWidth: '0', overflow: 'hidden', textOverflow: 'ellipsis' },
  '.lab-chip': { padding: '1px 6px', border: '1px solid transparent', borderRadius: 'var(--r-chip)', background: 'var(--raise)', color: 'var(--ink2)', lineHeight: '16px' },
  '.lab-chosen .lab-chip': { background: 'var(--surface)' },
  '.lab-outlined, .lab-chosen .lab-outlined': { borderColor: 'var(--line2)', background: 'none' },
  '.lab-value': { fontWeight: '600', color: 'var(--ink)' },
  '.lab-runs.lab-did': { fontFamily: 'var(--mono)' },
  '.lab-did': { fontFamily: 'var(--sans)', color: 'var(--ink3)' },
  '.lab-mini': { display: 'block', flex: 'none' },
  '.lab-wrong': { textDecoration: 'underline wavy var(--danger)', textUnderlineOffset: '3px' },
  '.lab-problem-frame': { padding: '2px 12px 6px 8px' },
  '.lab-problem': { padding: '7px 10px', borderRadius: 'var(--r-control)', background: 'var(--dangersoft)', color: 'var(--ink)', font: 'var(--caption)', overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
  '.lab-problem b': { color: 'var(--danger)' },
  '.lab-problem-frame.lab-explains': { paddingBottom: '0' },
  '.lab-explains .lab-problem': { borderBottomLeftRadius: '0', borderBottomRightRadius: '0', paddingBottom: '2px' },
  '.lab-found': { textDecoration: 'underline wavy var(--warn) 1px', textUnderlineOffset: '4px' },
  '.lab-found-note': { textDecorationColor: 'var(--ink3)' },
  '.lab-finding-frame': { padding: '2px 12px 6px 8px' },
  '.lab-finding': { padding: '7px 10px', borderRadius: 'var(--r-control)', borderLeft: '3px solid var(--warn)', background: 'var(--warnsoft)', color: 'var(--ink)', font: 'var(--caption)', overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
  '.lab-finding.lab-note': { borderLeftColor: 'var(--line2)', background: 'var(--raise)' },
  '.lab-finding.lab-error': { borderLeftColor: 'var(--danger)', background: 'var(--dangersoft)' },
  '.lab-joined': { paddingTop: '0' },
  '.lab-joined .lab-finding': { borderLeft: 'none', borderTopLeftRadius: '0', borderTopRightRadius: '0', paddingTop: '2px' },
  '.lab-advice': { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: '4px 10px', marginTop: '3px' },
  '.lab-mend': { flex: '1 1 220px', color: 'var(--ink2)' },
  '.lab-mend::before': { content: '"→ "' },
  '.lab-buttons': { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  '.lab-buttons button': { minHeight: '26px', padding: '2px 10px', border: '1px solid var(--line2)', borderRadius: 'var(--r-control)', background: 'var(--surface)', color: 'var(--ink)', font: 'var(--caption)', cursor: 'pointer' },
  '.lab-buttons button:hover': { borderColor: 'var(--ink3)' },
  '.lab-buttons button:focus-visible': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '@media (pointer: coarse)': { '.lab-buttons button': { minHeight: '44px', padding: '2px 14px' } },
  '.lab-hint': { marginTop: '4px', color: 'var(--ink2)' },
  '.cm-tooltip': { border: '1px solid var(--line)', borderRadius: 'var(--r-panel)', background: 'var(--surface)', color: 'var(--ink)', boxShadow: 'var(--shadow1)', overflow: 'hidden' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '220px' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px', minHeight: '24px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--accentsoft)', color: 'var(--ink)' },
  '.cm-completionDetail': { marginLeft: '10px', color: 'var(--ink3)', fontStyle: 'normal', fontFamily: 'var(--sans)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionIcon': { display: 'none' },
  '.lab-doc': { maxWidth: '360px', padding: '8px 12px', font: 'var(--caption)' },
  '.lab-doc b': { font: '600 13px/18px var(--mono)' },
  '.lab-doc code': { display: 'block', marginTop: '4px', color: 'var(--ink2)' },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`.lab-id${i + 1}, .lab-id${i + 1} span`, { color: `var(--id${i + 1}-text)` }])),
});
