/** The entry: providers, the gate, the router. */
import '@fontsource-variable/inter/wght.css'
import './app/mantine.css'
import './app/app.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/problems'
import { router } from './app/router'
import { theme } from './app/theme'
import { Gate } from './session/Gate'

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
Object.assign(globalThis, { __webpack_nonce__: nonce }) // where the scroll lock of dialogues looks for it; Mantine's own styles are told below
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What was refused stays refused; what did not answer is asked again.
      retry: (count, error) => count < 3 && error instanceof ApiProblem && (error.isUnreachable || error.status >= 500),
    },
  },
})

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="dark" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Gate><RouterProvider router={router} /></Gate>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
