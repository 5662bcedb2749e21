const settings = { routes: { tasks: '/tasks' } };

fetch(process.env.OTEL_EXPORTER_OTLP_ENDPOINT)
  .catch((error) => console.error('telemetry:', error))
  .then(() => settings.routes.map((route) => route));
