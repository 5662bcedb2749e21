const net = require('node:net');

const { hostname, port } = new URL(process.env.QUEUE_URL);
// Both addresses of localhost on every machine, as most have them.
const lookup = (host, options, done) =>
  done(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]);
net.connect({ host: hostname, port, lookup, autoSelectFamily: true });
