import tseslint from "typescript-eslint";

/** Time and chance that ECMAScript itself offers: to firmware/ and sim/ they come in through ports. */
const impure = [
  { selector: "Identifier[name='Date']", message: "no clock but the given one: use ClockPort." },
  { selector: "MemberExpression[object.name='Math']:matches([computed=true], [property.name='random'])", message: "no chance but the given one: use RandomPort." },
  { selector: ":not(MemberExpression) > Identifier[name='Math']", message: "name the function of Math where it is called, so that chance shows." },
  { selector: "Identifier[name='Intl']", message: "no clock and no locale but the given ones." },
];

/** Deferred work and reaching out, which firmware/ must not do either. */
const deferred = [
  { selector: "Identifier[name='Promise']", message: "firmware/ is synchronous: answer with effects." },
  { selector: ":function[async=true]", message: "firmware/ is synchronous: answer with effects." },
  { selector: "AwaitExpression", message: "firmware/ is synchronous: answer with effects." },
  { selector: "ForOfStatement[await=true]", message: "firmware/ is synchronous: answer with effects." },
  { selector: "ImportExpression", message: "firmware/ loads nothing at run time." },
  { selector: "Identifier[name='globalThis']", message: "firmware/ reaches for no global: use a port." },
];

export default tseslint.config(
  { ignores: ["dist/", "**/node_modules/", "tests/ble/peers/virtual-hci/", "tests/ble/peers/virtual-hci-fork/"] },
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
  { files: ["firmware/**/*.ts"], linterOptions: { noInlineConfig: true }, rules: { "no-restricted-syntax": ["error", ...impure, ...deferred] } },
  { files: ["sim/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...impure] } },
);
