require('jose-edge');
