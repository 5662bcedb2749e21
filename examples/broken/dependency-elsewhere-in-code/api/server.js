fetch('http://127.0.0.1:16029/health').then((answer) => answer.json()).then(console.log);
