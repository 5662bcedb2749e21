export default {
  server: { port: 4100 },
};
