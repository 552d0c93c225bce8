import type { reportText } from '../../doctor/report.ts';
import type { Paint } from '../../util/terminal-text.ts';

/** The colours of a report on checks. */
export function doctorPaint(paint: Paint): Parameters<typeof reportText>[2] {
  return (what, word) => {
    switch (what) {
      case 'ok':
        return paint('green', word);
      case 'warn':
        return paint('yellow', word);
      case 'title':
        return paint('bold', word);
      case 'dim':
        return paint('dim', word);
      default:
        return paint('red', word);
    }
  };
}
