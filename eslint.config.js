import tseslint from "typescript-eslint";

/** What ECMAScript itself offers and firmware/ must not touch: time, chance and deferred work come in through ports. */
const impure = [
  { selector: "Identifier[name='Date']", message: "firmware/ has no clock of its own: use ClockPort." },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: "firmware/ has no randomness of its own: use RandomPort." },
  { selector: "MemberExpression[object.name='Math'][property.value='random']", message: "firmware/ has no randomness of its own: use RandomPort." },
  { selector: "Identifier[name='Promise']", message: "firmware/ is synchronous: answer with effects." },
  { selector: ":function[async=true]", message: "firmware/ is synchronous: answer with effects." },
  { selector: "AwaitExpression", message: "firmware/ is synchronous: answer with effects." },
  { selector: "ImportExpression", message: "firmware/ loads nothing at run time." },
  { selector: "Identifier[name='globalThis']", message: "firmware/ reaches for no global: use a port." },
];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    languageOptions: {
      parserOptions: {
        project: ["firmware/tsconfig.json", "hal/tsconfig.json", "sim/tsconfig.json", "scripts/tsconfig.json", "tests/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 5],
    },
  },
  { files: ["vitest.config.ts"], ...tseslint.configs.disableTypeChecked, languageOptions: { parserOptions: { project: null } } },
  { files: ["firmware/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...impure] } },
  { files: ["sim/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...impure.slice(0, 3)] } },
);
