// Advance widths of DejaVu Sans in thousandths of an em, U+0020 … U+007E (a test compares them with the font). A layout
// needs them before anything is drawn; Verdana, the fallback of the pictures, is as wide, most others are narrower.
const regular =
  '318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636 337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635 611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 818 592 592 525 636 337 636 838';
const bold =
  '348 456 521 838 696 1002 872 306 457 457 523 838 380 415 380 365 696 696 696 696 696 696 696 696 696 696 400 400 838 838 838 580 1000 774 762 734 830 683 683 821 837 372 372 775 637 995 837 850 733 850 770 720 682 812 774 1103 771 724 725 457 365 457 838 500 500 675 716 593 716 678 435 716 712 343 343 665 343 1042 712 687 716 716 493 595 478 712 652 924 645 652 582 712 365 712 838';

const widths = { regular: regular.split(' ').map(Number), bold: bold.split(' ').map(Number) };
/** Wide enough for letters of other scripts, narrow enough for words of them. */
const otherWidth = { regular: 720, bold: 790 };
const ideograph = 1000;

export type FontWeight = 'regular' | 'bold';

/** How wide a text is, in units of the font size. */
export function textEms(text: string, weight: FontWeight): number {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    thousandths +=
      widths[weight][code - 0x20] ?? (code >= 0x1100 && code !== 0x2026 ? ideograph : otherWidth[weight]);
  }
  return thousandths / 1000;
}

/** The text, or both its ends with `…` between them where it is wider than `mostEms`. */
export function fittedEms(text: string, mostEms: number, weight: FontWeight): string {
  if (textEms(text, weight) <= mostEms) return text;
  const characters = [...text].slice(0, 400);
  const tail = [...text].slice(-200);
  let short = '…';
  for (let head = 1, end = 0; head < characters.length; head++) {
    if (head > 2 * (end + 1)) end++;
    const longer = `${characters.slice(0, head).join('')}…${end === 0 ? '' : tail.slice(-end).join('')}`;
    if (textEms(longer, weight) > mostEms) break;
    short = longer;
  }
  return short;
}
