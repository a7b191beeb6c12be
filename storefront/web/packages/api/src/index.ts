export type { components, paths } from "../dist/schema";
export * as accounts from "./accounts";
export { api, unwrap } from "./client";
export { intentKey } from "./intents";
export { Problem } from "./problems";
export { type Link, type StockState, StockStream } from "./stock-stream";
