/** Where `latchkey car` listens and `latchkey key` looks unless told otherwise. */
export const DEFAULT_LISTEN = "127.0.0.1:4150";
