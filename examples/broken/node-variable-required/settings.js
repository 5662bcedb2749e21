function required(name) {
  if (process.env[name]) return process.env[name];
  throw new Error(`${name} is required`);
}

module.exports = { store: required('SESSION_STORE_URL') };
