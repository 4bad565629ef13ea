/** What the tests build: the pages, or what a backend would run. */
export default ({ mode }) => ({
  resolve: { alias: { '@': `${import.meta.dirname}/examples/next` } },
  define: { 'process.env.NEXT_PUBLIC_RECORDER_URL': JSON.stringify(process.env.RECORDER_URL) },
  build: {
    target: 'es2022',
    ...(mode === 'backend' && {
      outDir: 'backend',
      ssr: `examples/next/app/api/interviews/[id]/recording/route.ts`,
    }),
  },
})
