const fs = require('node:fs');

// As a service should: not as root.
if (process.getuid() === 0) process.setuid(65534);

fs.appendFileSync('logs/api.log', 'started\n');
