import "./styles/index.css";
import { Problem } from "@omni/api";
import { setLanguage } from "@omni/ui";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { showCartCount } from "./parts/cart-count";
import { readShell, type Shell } from "./shell";

interface Page {
  default: ComponentType<{ shell: Shell<never> }>;
}

// Each page is a module of its own, fetched beside this one (Django links it).
const pages = import.meta.glob<Page>("./pages/*.tsx");

const queries = new QueryClient({
  defaultOptions: {
    // Off line a request fails at once and says so, rather than wait without a word.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 30_000,
      retry: (count, error) => count < 2 && error instanceof Problem && error.passing,
    },
  },
});

async function start(): Promise<void> {
  const shell = readShell();
  setLanguage(shell.language);
  showCartCount();
  const load = pages[`./pages/${shell.page}.tsx`];
  const root = document.getElementById("app");
  // Pages that are only words stay as Django wrote them.
  if (!load || !root) return;
  const { default: Component } = await load();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Component shell={shell as Shell<never>} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
