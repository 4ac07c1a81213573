// Without a file here vitest would take that of the folder above.
export default { test: { cache: false } };
