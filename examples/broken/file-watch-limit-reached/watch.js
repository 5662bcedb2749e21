const fs = require('node:fs');

fs.watch(__dirname, () => {});
