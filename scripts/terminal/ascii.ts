const PLAIN: Readonly<Record<string, string>> = {
  "─": "-", "━": "=", "│": "|", "┃": "|", "┊": ":", "┄": ".", "┆": ":",
  "╭": ".", "╮": ".", "╰": "'", "╯": "'", "├": "|", "┤": "|", "┬": "+", "┴": "+", "┼": "+",
  "╱": "/", "╲": "\\", "╳": "X", "▸": ">", "●": "*", "○": "o", "■": "#", "□": "o", "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "·": ".", "✓": "+",
};

/** The text in ASCII, column for column, for terminals of another encoding. */
export function plainText(text: string): string {
  return [...text].map((character) => (character.codePointAt(0)! < 128 ? character : (PLAIN[character] ?? "?"))).join("");
}
