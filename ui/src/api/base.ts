/** Where the service is: beside this page, whatever prefix a host application gave it. */

/** The path that the dashboard is served under, with its closing slash: "/" or "/ops/". */
export const basePath = typeof document === 'undefined' ? '/' : new URL('.', document.baseURI).pathname

/** Return the address of a path of the service, such as `api/v1/events`. */
export const addressOf = (path: string): string => new URL(path, document.baseURI).href
