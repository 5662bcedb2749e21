const { port } = require('./settings');
const express = require('express');

express().listen(port, '127.0.0.1');
