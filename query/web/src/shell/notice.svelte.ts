// A few words on what was just done, shown for a moment and read out.

let words = $state("");

export const notice = {
  get words() {
    return words;
  },
  /** Says something; it goes by itself. */
  say(text: string): void {
    words = text;
    setTimeout(() => { if (words === text) words = ""; }, 2_500);
  },
};
